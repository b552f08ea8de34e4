/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec: the checksum of zlib streams (Adler-32, RFC 1950, section 8.2).
 */
#ifndef CODEC_ADLER_H
#define CODEC_ADLER_H

#include <stddef.h>
#include <stdint.h>

#define ADLER_MAX (1u << 24) /* bytes: the sums then fit 64 bits */

/* The checksum of the N bytes at BUF, N at most ADLER_MAX; of no bytes 1. */
uint32_t adler_sum(const void *buf, size_t n);

#endif
