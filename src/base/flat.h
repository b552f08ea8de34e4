/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: the flattened form of a dump.
 * A header, records of (offset, bytes), an end mark; integers are big endian, gaps read as zero.
 * Layout: as makedumpfile 1.7 writes it and libkdumpfile 0.5 (flatmap.c) reads it.
 */
#ifndef BASE_FLAT_H
#define BASE_FLAT_H

#include "base/bytes.h"

#include <endian.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FLAT_HEAD      4096u
#define FLAT_RECORD    16u /* two signed 64-bit integers: offset and size of the bytes that follow */
#define FLAT_SIGNATURE "makedumpfile"

struct flat_record {
	uint64_t off, len;
};

/* The FLAT_HEAD bytes before the first record: signature in 16 bytes, type 1, version 1. */
static inline void flat_head_fill(uint8_t p[FLAT_HEAD])
{
	memset(p, 0, FLAT_HEAD);
	memcpy(p, FLAT_SIGNATURE, sizeof(FLAT_SIGNATURE));
	put_u64(p + 16, htobe64(1));
	put_u64(p + 24, htobe64(1));
}

/* 0 when the N bytes at P begin a flattened dump, else -EINVAL. */
static inline int flat_head_check(const void *p, size_t n)
{
	const uint8_t *b = (const uint8_t *)p;

	if (n < 32 || memcmp(b, FLAT_SIGNATURE, sizeof(FLAT_SIGNATURE)) != 0)
		return -EINVAL;
	return be64toh(get_u64(b + 16)) == 1 && be64toh(get_u64(b + 24)) == 1 ? 0 : -EINVAL;
}

static inline void flat_record_fill(uint8_t p[FLAT_RECORD], uint64_t off, uint64_t len)
{
	put_u64(p, htobe64(off));
	put_u64(p + 8, htobe64(len));
}

/* 1: a record, in *R; 0: the end mark; -EINVAL: neither, the stream is damaged. */
static inline int flat_record_get(const uint8_t p[FLAT_RECORD], struct flat_record *r)
{
	uint64_t off = be64toh(get_u64(p)), len = be64toh(get_u64(p + 8));

	if (off == UINT64_MAX && len == UINT64_MAX)
		return 0;
	if (off > INT64_MAX || len == 0 || len > INT64_MAX - off)
		return -EINVAL;
	r->off = off;
	r->len = len;
	return 1;
}

#endif
