/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: integers in foreign bytes.
 * The caller has checked the bounds; alignment does not matter. Byte order of the machine: a capture
 * kernel always reads a crashed kernel of its own byte order.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t get_u16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t get_u32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t get_u64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void put_u16(void *p, uint16_t v)
{
	memcpy(p, &v, sizeof(v));
}

static inline void put_u32(void *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

static inline void put_u64(void *p, uint64_t v)
{
	memcpy(p, &v, sizeof(v));
}

/* Rounds V up to a multiple of ALIGN, a power of two; 0 when that would overflow. */
static inline uint64_t align_up(uint64_t v, uint64_t align)
{
	return v > UINT64_MAX - (align - 1) ? 0 : (v + align - 1) & ~(align - 1);
}

static inline uint64_t align_down(uint64_t v, uint64_t align)
{
	return v & ~(align - 1);
}

/* True when [off, off + len) lies inside a buffer of SIZE bytes, without overflow. */
static inline int range_ok(uint64_t off, uint64_t len, uint64_t size)
{
	return off <= size && len <= size - off;
}

#endif
