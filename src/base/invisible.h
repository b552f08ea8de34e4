/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: characters that a screen does not show, or shows as a plain blank.
 * Text with one of them looks right and is not.
 */
#ifndef BASE_INVISIBLE_H
#define BASE_INVISIBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One of them; all strings are static. */
struct invisible {
	uint32_t code;      /* the first, where several have a name */
	const char *name;   /* "U+FEFF (byte order mark)" */
	const char *before; /* the same, as what is wrong before a name: "… before the name: remove it" */
	bool blank;         /* it has a width: meant as a blank */
	bool writing;       /* words of some languages are written with it */
};

/* The one that S (UTF-8) begins with and its bytes in *LEN; NULL when there is none. */
const struct invisible *invisible_at(const char *s, size_t *len);

/* The first one of S and its place in *AT, which may be NULL; NULL when there is none. */
const struct invisible *invisible_find(const char *s, const char **at);

/* The first word of S as it was meant, into BUF of N bytes: without them, and up to a blank. Gives BUF. */
char *invisible_word(char *buf, size_t n, const char *s);

/*
 * str_safe() for what a user wrote: control bytes come out as \t, \r, \n and \x1b, invisible characters as <U+FEFF>.
 * Gives BUF.
 */
char *invisible_show(char *buf, size_t n, const char *s);

#endif
