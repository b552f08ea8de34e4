/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: SHA-1 and HMAC-SHA1.
 * For names in known_hosts files, which are hashed with it; nothing is protected by it here.
 */
#ifndef BASE_SHA1_H
#define BASE_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SHA1_SIZE 20

/* The HMAC (RFC 2104) with SHA-1 (FIPS 180-4) of N bytes at P under a key of NKEY <= 64 bytes. */
void hmac_sha1(const void *key, size_t nkey, const void *p, size_t n, uint8_t ret[SHA1_SIZE]);

#endif
