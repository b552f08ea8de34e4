/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: what our own reports say.
 * Pure: finds members of a JSON text (RFC 8259) without building a tree; damaged text finds nothing.
 */
#include "host/json.h"

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
