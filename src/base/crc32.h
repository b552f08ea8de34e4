/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: CRC-32.
 * Tells bytes that a disk or memory has changed; it protects against nobody.
 */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Goes on from CRC, 0 at the start, over N bytes at P. Polynomial 0xedb88320, as in gzip (RFC 1952). */
uint32_t crc32_add(uint32_t crc, const void *p, size_t n);

#endif
