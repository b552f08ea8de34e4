/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: bitmaps.
 * Bit n is bit n & 7 of byte n >> 3, as in dump files. Ranges are [from, to); no byte outside is read.
 */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include <stdbool.h>
#include <stdint.h>

static inline bool bit_get(const uint8_t *bits, uint64_t n)
{
	return bits[n >> 3] >> (n & 7) & 1;
}

static inline void bit_set(uint8_t *bits, uint64_t n)
{
	bits[n >> 3] = (uint8_t)(bits[n >> 3] | 1u << (n & 7));
}

/* Set bits in [from, to). */
uint64_t bits_count(const uint8_t *bits, uint64_t from, uint64_t to);

/* The first bit in [from, to) that is set (SET) or clear; TO when there is none. */
uint64_t bits_next(const uint8_t *bits, uint64_t from, uint64_t to, bool set);

#endif
