/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: look-ups in vmcoreinfo.
 * The text can be cut anywhere: a last line without newline counts as a line.
 */
#include "base/vmcoreinfo.h"

#include "base/str.h"

#include <errno.h>
#include <string.h>

#define VALUE_MAX 40 /* a number: "-0x" and 16 digits, or 20 decimal ones */

/* Finds the value of KEY; NULL when there is no such line. */
static const char *find(const char *text, size_t len, const char *key, size_t *value_len)
{
	size_t k = strlen(key);

	while (len) {
		const char *eol = memchr(text, '\n', len);
		size_t line = eol ? (size_t)(eol - text) : len;

		if (line > k && text[k] == '=' && memcmp(text, key, k) == 0) {
			*value_len = line - k - 1;
			return text + k + 1;
		}
		if (!eol)
			return NULL;
		text += line + 1;
		len -= line + 1;
	}
	return NULL;
}

int vmci_str(const char *text, size_t len, const char *key, char *buf, size_t n)
{
	size_t m;
	const char *value = find(text, len, key, &m);

	if (!value)
		return -ENOENT;
	if (m >= n)
		return -ENAMETOOLONG;
	memcpy(buf, value, m);
	buf[m] = '\0';
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int parse_hex(const char *s, uint64_t *ret)
{
	uint64_t v = 0;

	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		int digit = hex_digit(*s);

		if (digit < 0)
			return -EINVAL;
		if (v >> 60)
			return -ERANGE;
		v = v << 4 | (uint64_t)digit;
	}
	*ret = v;
	return 0;
}

static int parse_number(const char *s, uint64_t *ret)
{
	uint64_t v;
	bool minus = *s == '-';
	int rc;

	s += minus;
	if (str_starts(s, "0x"))
		rc = parse_hex(s + 2, &v);
	else if ((rc = str_u64(s, UINT64_MAX, &v)) == -EINVAL)
		rc = parse_hex(s, &v);
	if (rc == 0)
		*ret = minus ? -v : v;
	return rc;
}

int vmci_u64(const char *text, size_t len, const char *key, uint64_t *ret)
{
	char value[VALUE_MAX];
	int rc = vmci_str(text, len, key, value, sizeof(value));

	if (rc < 0)
		return rc == -ENOENT ? rc : -EINVAL;
	if (str_starts(key, "SYMBOL(") || strcmp(key, "KERNELOFFSET") == 0)
		return parse_hex(str_starts(value, "0x") ? value + 2 : value, ret);
	return parse_number(value, ret);
}
