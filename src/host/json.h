/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: what our own reports say.
 * Pure: finds members of a JSON text (RFC 8259) without building a tree; damaged text finds nothing.
 */
#ifndef HOST_JSON_H
#define HOST_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A value inside a text: its bytes, quotes and brackets included. */
struct json {
	const char *p;
	size_t n;
};

/* The value of member KEY of the object OBJ. False: OBJ is no object, or has none. */
bool json_get(struct json obj, const char *key, struct json *ret);

/* Element I of the array ARR. */
bool json_at(struct json arr, unsigned i, struct json *ret);

/*
 * A string, number or word as text, cut at N - 1 bytes; what is not printable ASCII becomes '?'. "" for
 * an object or array. Gives BUF.
 */
char *json_text(struct json value, char *buf, size_t n);

/* Member KEY of OBJ as text; "" when there is none. Gives BUF. */
char *json_member(struct json obj, const char *key, char *buf, size_t n);

/* Bytes that json_quote() may need for a string of N bytes, its NUL included. */
#define JSON_QUOTED(n) (6 * (n) + 2)

/*
 * The string S as a value, quotes included, cut between characters where N bytes are not enough. Characters of UTF-8
 * stay what they are, so that a name can be opened; a byte that is no text is \u00XX. Gives BUF.
 */
char *json_quote(char *buf, size_t n, const char *s);

#endif
