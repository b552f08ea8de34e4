/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: the input of a conversation, a byte at a time.
 */
#ifndef TESTS_FUZZ_INPUT_H
#define TESTS_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

/* The next of the *N bytes at *P; 0 behind the last one. */
static inline uint8_t input_byte(const uint8_t **p, size_t *n)
{
	if (!*n)
		return 0;
	--*n;
	return *(*p)++;
}

#endif
