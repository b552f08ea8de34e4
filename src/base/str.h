/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: bounded strings and strict numbers.
 * Every function says when something did not fit; none of them allocates.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* printf into BUF of N bytes; -ENAMETOOLONG when cut (BUF then holds the cut text), else 0. */
int str_fmt(char *buf, size_t n, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

/*
 * Gives the next word of *CURSOR, words being separated by blanks (space, tab). The word is
 * terminated in place and *CURSOR moves behind it. NULL at the end.
 */
char *str_word(char **cursor);

/* Cuts blanks at both ends of S in place and gives the first character that stays. */
char *str_trim(char *s);

/*
 * Decodes \040, \011, \012, \134 and every other \ooo of a field of /proc/self/mountinfo, /proc/mounts, /proc/swaps
 * or fstab in place, and gives S. \000 stays what it is.
 */
char *str_octal(char *s);

/* Decimal number without sign or blanks, at most MAX. 0, or -EINVAL / -ERANGE. */
int must_check str_u64(const char *s, uint64_t max, uint64_t *ret);

/* Number of edits (insert, delete, replace, swap of neighbours) between two words of at most 63 bytes. */
unsigned str_distance(const char *a, const char *b);

/* Writes BYTES as "931.2 MiB" (binary units) into BUF and gives BUF. */
char *str_size(char *buf, size_t n, uint64_t bytes);

/*
 * What a terminal and a log may be shown: printable ASCII and the other characters of valid UTF-8 without controls
 * (C0, DEL, C1), line separators, changes of direction, and characters of no width. Every other byte becomes '?'.
 * str_clean() works in place, str_safe() copies S into BUF of N bytes and never cuts a character. Both give the text.
 */
char *str_clean(char *s);
char *str_safe(char *buf, size_t n, const char *s);

#endif
