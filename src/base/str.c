/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: bounded strings and strict numbers.
 * Every function says when something did not fit; none of them allocates.
 */
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 64

int str_fmt(char *buf, size_t n, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(buf, n, fmt, ap);
	va_end(ap);
	return len < 0 || (size_t)len >= n ? -ENAMETOOLONG : 0;
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

char *str_word(char **cursor)
{
	char *s = *cursor, *word;

	while (is_blank(*s))
		s++;
	if (!*s) {
		*cursor = s;
		return NULL;
	}
	word = s;
	while (*s && !is_blank(*s))
		s++;
	if (*s)
		*s++ = '\0';
	*cursor = s;
	return word;
}

char *str_trim(char *s)
{
	size_t n;

	while (is_blank(*s))
		s++;
	n = strlen(s);
	while (n && is_blank(s[n - 1]))
		n--;
	s[n] = '\0';
	return s;
}

static unsigned octal_byte(const char *s)
{
	if (s[0] != '\\' || s[1] < '0' || s[1] > '3' || s[2] < '0' || s[2] > '7' || s[3] < '0' || s[3] > '7')
		return 0;
	return (unsigned)(s[1] - '0') << 6 | (unsigned)(s[2] - '0') << 3 | (unsigned)(s[3] - '0');
}

char *str_octal(char *s)
{
	char *to = s;

	for (const char *from = s; *from;) {
		unsigned byte = octal_byte(from);

		*to++ = byte ? (char)byte : *from;
		from += byte ? 4 : 1;
	}
	*to = '\0';
	return s;
}

int str_u64(const char *s, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		unsigned digit = (unsigned char)*s - '0';

		if (digit > 9)
			return -EINVAL;
		if (v > (UINT64_MAX - digit) / 10)
			return -ERANGE;
		v = v * 10 + digit;
	}
	if (v > max)
		return -ERANGE;
	*ret = v;
	return 0;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

unsigned str_distance(const char *a, const char *b)
{
	unsigned char row[3][WORD_MAX + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n >= WORD_MAX || m >= WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= m; j++)
		row[0][j] = (unsigned char)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned char *cur = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];

		cur[0] = (unsigned char)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned d = min3(up[j] + 1u, cur[j - 1] + 1u, up[j - 1] + (a[i - 1] != b[j - 1]));

			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && up2[j - 2] + 1u < d)
				d = up2[j - 2] + 1u;
			cur[j] = (unsigned char)d;
		}
	}
	return row[n % 3][m];
}

char *str_size(char *buf, size_t n, uint64_t bytes)
{
	static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	uint64_t whole = bytes, rest = 0;
	unsigned u = 0;

	while (whole >= 1024 && u + 1 < ARRAY_LEN(unit)) {
		rest = whole % 1024;
		whole /= 1024;
		u++;
	}
	if (u == 0)
		snprintf(buf, n, "%u B", (unsigned)whole);
	else
		snprintf(buf, n, "%u.%u %s", (unsigned)whole, (unsigned)(rest * 10 / 1024), unit[u]);
	return buf;
}

/* Bytes of the character that the NUL-terminated S begins with, when a terminal may have it; else 0. */
static size_t shown(const unsigned char *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = *s < 0xc2 ? 0 : *s < 0xe0 ? 2
			     : *s < 0xf0       ? 3
			     : *s < 0xf5       ? 4
					       : 0;
	uint32_t c = len ? *s & (0x7fu >> len) : 0;

	if (*s >= ' ' && *s <= '~')
		return 1;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	/* Controls of C1, surrogates, what turns the direction or ends a line, byte order marks. */
	if (len == 0 || c < least[len] || c < 0xa0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) || c == 0x61c ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff)
		return 0;
	return len;
}

char *str_clean(char *s)
{
	for (size_t i = 0; s[i];) {
		size_t len = shown((const unsigned char *)s + i);

		if (len == 0)
			s[i] = '?';
		i += len ? len : 1;
	}
	return s;
}

char *str_safe(char *buf, size_t n, const char *s)
{
	size_t used = 0;

	while (n && *s) {
		size_t len = shown((const unsigned char *)s), step = len ? len : 1;

		if (used + step >= n)
			break;
		if (len)
			memcpy(buf + used, s, len);
		else
			buf[used] = '?';
		used += step;
		s += step;
	}
	if (n)
		buf[used] = '\0';
	return buf;
}
