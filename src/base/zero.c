/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: the test for zeros.
 * Every page of a dump goes through it once; it reads no further than the first byte that is set.
 */
#include "base/zero.h"

#include "base/bytes.h"

/* 16 bytes at any address; the compiler makes SSE2 or NEON of it. */
typedef uint64_t v16 __attribute__((vector_size(16), aligned(1), may_alias));

#define STRIDE 128u

static inline bool stride_is_zero(const uint8_t *p)
{
	const v16 *v = (const v16 *)p;
	v16 a = (v[0] | v[1]) | (v[2] | v[3]);
	v16 b = (v[4] | v[5]) | (v[6] | v[7]);

	a |= b;
	return (a[0] | a[1]) == 0;
}

bool page_is_zero(const void *p, size_t n)
{
	const uint8_t *b = p;
	size_t i = 0;

	/* Most pages with content have some at an end: headers, stacks, the last entry of a table. */
	if (n >= 8 && (get_u64(b) | get_u64(b + n - 8)))
		return false;
	for (; n - i >= STRIDE; i += STRIDE)
		if (!stride_is_zero(b + i))
			return false;
	for (; n - i >= 8; i += 8)
		if (get_u64(b + i))
			return false;
	for (; i < n; i++)
		if (b[i])
			return false;
	return true;
}
