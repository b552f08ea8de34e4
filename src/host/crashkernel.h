/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the value of crashkernel=.
 * Pure: which texts the kernel takes, and what they reserve on a machine of a given size.
 */
#ifndef HOST_CRASHKERNEL_H
#define HOST_CRASHKERNEL_H

#include "base/err.h"
#include "host/text_out.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one word behind crashkernel= is (kernel/crash_reserve.c, Linux 6.17). In the order of a set. */
enum crashkernel_kind {
	CRASHKERNEL_PLAIN, /* SIZE[@START], or START-[END]:SIZE[,…][@START] */
	CRASHKERNEL_HIGH,  /* SIZE,high: anywhere; the kernel looks at it only where no plain word is */
	CRASHKERNEL_LOW,   /* SIZE,low: beside HIGH */
	CRASHKERNEL_CMA,   /* SIZE,cma: beside another, memory that the running system may use */
	CRASHKERNEL_KINDS,
	CRASHKERNEL_NONE = CRASHKERNEL_KINDS, /* the kernel refuses it */
};

enum crashkernel_kind crashkernel_kind(const char *s);

/*
 * A number as the kernel's memparse() reads it (lib/cmdline.c): decimal, 0x hexadecimal or 0 octal, with K, M, G, T, P
 * or E of either case behind it. At *P, which moves behind it. False: no number, or one that 64 bits do not hold.
 */
bool crashkernel_memparse(const char **p, uint64_t *ret);

/* Bytes that S reserves on a machine with MEMORY bytes; 0: none, or S is of no kind. */
uint64_t crashkernel_size(const char *s, uint64_t memory);

/*
 * SET, words with blanks between, each with or without "crashkernel=" in front, as words without it and with single
 * blanks into RET of SIZE bytes. -EINVAL with a sentence: a word that the kernel does not take, or a set that
 * reserves nothing, or of which a part is forgotten.
 */
int must_check crashkernel_set(const char *set, char *ret, size_t size, struct err *e);

/* Adds VALUE, as crashkernel_set() gives it, as words of a command line: "crashkernel=A crashkernel=B". */
void crashkernel_add_words(struct text_out *o, const char *value);

/* Of WORDS (behind crashkernel=, in the order of a command line) those that the kernel looks at, ordered as kinds. */
void crashkernel_counts(const char *words, char *ret, size_t size);

#endif
