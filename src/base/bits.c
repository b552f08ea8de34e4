/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: bitmaps.
 * Eight bytes at a time: a bitmap has 32 MiB for a TiB of memory.
 */
#include "base/bits.h"

#include "base/bytes.h"

#include <endian.h>

uint64_t bits_count(const uint8_t *bits, uint64_t from, uint64_t to)
{
	uint64_t n = 0;

	for (; from < to && from & 63; from++)
		n += bit_get(bits, from);
	for (; from + 64 <= to; from += 64)
		n += (uint64_t)__builtin_popcountll(get_u64(bits + (from >> 3)));
	for (; from < to; from++)
		n += bit_get(bits, from);
	return n;
}

uint64_t bits_next(const uint8_t *bits, uint64_t from, uint64_t to, bool set)
{
	for (; from < to && from & 63; from++)
		if (bit_get(bits, from) == set)
			return from;
	for (; from + 64 <= to; from += 64) {
		uint64_t w = get_u64(bits + (from >> 3));

		w = le64toh(set ? w : ~w);
		if (w)
			return from + (uint64_t)__builtin_ctzll(w);
	}
	for (; from < to; from++)
		if (bit_get(bits, from) == set)
			return from;
	return to;
}
