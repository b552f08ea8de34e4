/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec: Adler-32 without vector instructions.
 * Eight bytes at a time in one register: nearly free on any processor, and in an emulator, where the vectors of a
 * library's checksum took a third of the packer's time.
 */
#include "codec/adler.h"

#include "base/bytes.h"

#include <endian.h>

#define MODULUS 65521u
#define LANES   0x00ff00ff00ff00ffu
#define RUN     22u /* words after which a lane is full: 255 * 22 * 23 / 2 is less than 65536 */

static inline uint64_t lane(uint64_t v, unsigned i)
{
	return v >> (16 * i) & 0xffff;
}

static inline uint64_t lanes(uint64_t v)
{
	return lane(v, 0) + lane(v, 1) + lane(v, 2) + lane(v, 3);
}

/*
 * Adds N words. Lane I of EVEN and ODD is the sum of bytes 2 I and 2 I + 1 of each word, that of the other two the
 * sum of those sums after each word: what B needs, but for the place of the byte within its word.
 */
static void add_words(uint64_t *a, uint64_t *b, const uint8_t *p, unsigned n)
{
	uint64_t even = 0, odd = 0, evens = 0, odds = 0;

	for (unsigned i = 0; i < n; i++) {
		uint64_t v = le64toh(get_u64(p + 8 * i));

		even += v & LANES;
		odd += v >> 8 & LANES;
		evens += even;
		odds += odd;
	}
	*b += 8 * n * *a + 8 * (lanes(evens) + lanes(odds)) - lanes(odd);
	for (unsigned i = 1; i < 4; i++)
		*b -= 2 * i * (lane(even, i) + lane(odd, i));
	*a += lanes(even) + lanes(odd);
}

uint32_t adler_sum(const void *buf, size_t n)
{
	const uint8_t *p = buf, *end = p + n;
	uint64_t a = 1, b = 0;

	while (end - p >= 8) {
		size_t words = (size_t)(end - p) / 8;
		unsigned run = words < RUN ? (unsigned)words : RUN;

		add_words(&a, &b, p, run);
		p += 8 * run;
	}
	for (; p < end; p++) {
		a += *p;
		b += a;
	}
	return (uint32_t)(b % MODULUS << 16 | a % MODULUS);
}
