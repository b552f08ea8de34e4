/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: binary inputs written as text, so that seeds can be read and reviewed.
 * '.' is 0, 'a' to 'z' are 1 to 26, '~' is 0x7f; all other bytes stand for themselves.
 */
#ifndef TESTS_FUZZ_PLAIN_H
#define TESTS_FUZZ_PLAIN_H

#include <stdint.h>
#include <stdlib.h>

/* Gives the bytes that N bytes of text D mean, in a new buffer of exactly N; NULL without memory.
 */
static inline uint8_t *plain_bytes(const uint8_t *d, size_t n)
{
	uint8_t *ret = malloc(n ? n : 1);

	for (size_t i = 0; ret && i < n; i++) {
		ret[i] = d[i];
		if (d[i] == '.')
			ret[i] = 0;
		else if (d[i] == '~')
			ret[i] = 0x7f;
		else if (d[i] >= 'a' && d[i] <= 'z')
			ret[i] = (uint8_t)(d[i] - 'a' + 1);
	}
	return ret;
}

#endif
