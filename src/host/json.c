/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: what our own reports say.
 * Pure: finds members of a JSON text (RFC 8259) without building a tree; damaged text finds nothing. And the way back.
 */
#include "host/json.h"

#include <stdio.h>
#include <string.h>

#define DEPTH 16

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* Behind the string that begins at P; NULL: it does not end. */
static const char *skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p < end ? p + 1 : NULL;
}

/* Behind the value that begins at P; NULL: there is no whole one. */
static const char *skip_value(const char *p, const char *end)
{
	unsigned depth = 0;

	if (p == end)
		return NULL;
	if (*p != '{' && *p != '[' && *p != '"') {
		while (p < end && !strchr(",]} \t\r\n", *p))
			p++;
		return p;
	}
	do {
		if (*p == '"') {
			p = skip_string(p, end);
			if (!p)
				return NULL;
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth--;
		p++;
	} while (depth && depth < DEPTH && p < end);
	return depth ? NULL : p;
}

static bool key_is(const char *p, const char *end, const char *key)
{
	size_t n = strlen(key);

	return (size_t)(end - p) == n + 2 && memcmp(p + 1, key, n) == 0;
}

/* Steps over what follows a member or element; false at the end of the list. */
static bool next_one(const char **p, const char *end)
{
	*p = skip_blanks(*p, end);
	if (*p == end || **p != ',')
		return false;
	*p = skip_blanks(*p + 1, end);
	return *p < end;
}

bool json_get(struct json obj, const char *key, struct json *ret)
{
	const char *end = obj.p + obj.n, *p = skip_blanks(obj.p, end);

	if (p == end || *p != '{')
		return false;
	p = skip_blanks(p + 1, end);
	while (p < end && *p == '"') {
		const char *name = p, *behind = skip_string(p, end), *value;

		if (!behind)
			return false;
		p = skip_blanks(behind, end);
		if (p == end || *p != ':')
			return false;
		value = skip_blanks(p + 1, end);
		p = skip_value(value, end);
		if (!p)
			return false;
		*ret = (struct json){ value, (size_t)(p - value) };
		if (key_is(name, behind, key))
			return true;
		if (!next_one(&p, end))
			return false;
	}
	return false;
}

bool json_at(struct json arr, unsigned i, struct json *ret)
{
	const char *end = arr.p + arr.n, *p = skip_blanks(arr.p, end);

	if (p == end || *p != '[')
		return false;
	p = skip_blanks(p + 1, end);
	while (p < end && *p != ']') {
		const char *value = p;

		p = skip_value(value, end);
		if (!p)
			return false;
		*ret = (struct json){ value, (size_t)(p - value) };
		if (i-- == 0)
			return true;
		if (!next_one(&p, end))
			return false;
	}
	return false;
}

/* One character of a string at *P as a byte that can be shown. */
static char shown(const char **p, const char *end)
{
	char c = *(*p)++;

	if (c != '\\' || *p == end)
		return c >= ' ' && c <= '~' ? c : '?';
	c = *(*p)++;
	if (c == 'u') {
		*p += end - *p < 4 ? end - *p : 4;
		return '?';
	}
	return c == 'n' || c == 't' ? ' ' : c >= ' ' && c <= '~' ? c
								 : '?';
}

char *json_text(struct json value, char *buf, size_t n)
{
	const char *p = value.p, *end = value.p + value.n;
	size_t used = 0;

	buf[0] = '\0';
	if (p == end || *p == '{' || *p == '[')
		return buf;
	if (*p == '"' && value.n >= 2) {
		p++;
		end--;
	}
	while (p < end && used + 1 < n)
		buf[used++] = shown(&p, end);
	buf[used] = '\0';
	return buf;
}

char *json_member(struct json obj, const char *key, char *buf, size_t n)
{
	struct json value;

	buf[0] = '\0';
	return json_get(obj, key, &value) ? json_text(value, buf, n) : buf;
}

/* How many bytes the character of UTF-8 at S has, when it is one of several (RFC 3629). */
static size_t json_utf8(const char *s)
{
	unsigned char first = (unsigned char)*s, second = (unsigned char)s[1];
	size_t n = 0;

	if (first >= 0xc2 && first < 0xf5)
		n = first < 0xe0 ? 2 : first < 0xf0 ? 3
						    : 4;
	/* longer than it need be, a surrogate, beyond U+10FFFF */
	if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) ||
	    (first == 0xf4 && second > 0x8f))
		return 0;
	for (size_t i = 1; i < n; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

char *json_quote(char *buf, size_t n, const char *s)
{
	size_t at = 0, bytes;

	if (n < sizeof("\"\""))
		return n ? (*buf = '\0', buf) : buf;
	buf[at++] = '"';
	for (; *s && at + 8 < n; s += bytes) {
		bytes = json_utf8(s);
		if (bytes)
			memcpy(buf + at, s, bytes);
		at += bytes;
		if (bytes)
			continue;
		bytes = 1;
		if (*s == '"' || *s == '\\')
			buf[at++] = '\\';
		if (*s >= ' ' && *s <= '~')
			buf[at++] = *s;
		else
			at += (size_t)snprintf(buf + at, n - at, "\\u%04x", (unsigned char)*s);
	}
	memcpy(buf + at, "\"", 2);
	return buf;
}
