/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: the test for zeros.
 * Every page of a dump goes through it once; it reads no further than the first byte that is set.
 */
#ifndef BASE_ZERO_H
#define BASE_ZERO_H

#include <stdbool.h>
#include <stddef.h>

/* True when the N bytes at P, of any alignment, are all zero. */
bool page_is_zero(const void *p, size_t n);

#endif
