/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: characters that a screen does not show, or shows as a plain blank.
 * Those of Unicode 16 with the property Default_Ignorable_Code_Point or White_Space that editors, browsers and word
 * processors leave in files.
 */
#include "base/invisible.h"

#include "base/str.h"

#include <stdio.h>
#include <string.h>

/* Rows that stand for more than one code: the first and the last. */
static const uint32_t more[][2] = {
	{ 0x17b4, 0x17b5 },
	{ 0x180b, 0x180d },
	{ 0x206a, 0x206f },
	{ 0xfe00, 0xfe0f },
	{ 0xfff9, 0xfffb },
	{ 0xe0000, 0xe00ff },
	{ 0xe0100, 0xe01ef },
};

/* ROW(code, its name, meant as a blank, part of words) */
#define ROW(hex, text, blank, writing)                                                                              \
	{                                                                                                           \
		0x##hex, "U+" #hex " (" text ")", "U+" #hex " (" text ") before the name: remove it", (blank) != 0, \
			(writing) != 0                                                                              \
	}

/* The same, of several: up to LAST, as above */
#define ROWS(hex, last, text, writing)                                                                  \
	{                                                                                               \
		0x##hex, "U+" #hex "-" #last " (" text ")",                                             \
			"U+" #hex "-" #last " (" text ") before the name: remove it", 0, (writing) != 0 \
	}

static const struct invisible row[] = {
	ROW(0085, "next line", 1, 0),
	ROW(00A0, "no-break space", 1, 0),
	ROW(00AD, "soft hyphen", 0, 0),
	ROW(034F, "combining grapheme joiner", 0, 0),
	ROW(061C, "Arabic letter mark", 0, 0),
	ROW(115F, "Hangul filler", 0, 0),
	ROW(1160, "Hangul filler", 0, 0),
	ROW(1680, "Ogham space", 1, 0),
	ROWS(17B4, 17B5, "Khmer vowel inherent", 1),
	ROWS(180B, 180D, "Mongolian variation selector", 1),
	ROW(180E, "Mongolian vowel separator", 0, 0),
	ROW(2000, "en quad", 1, 0),
	ROW(2001, "em quad", 1, 0),
	ROW(2002, "en space", 1, 0),
	ROW(2003, "em space", 1, 0),
	ROW(2004, "three-per-em space", 1, 0),
	ROW(2005, "four-per-em space", 1, 0),
	ROW(2006, "six-per-em space", 1, 0),
	ROW(2007, "figure space", 1, 0),
	ROW(2008, "punctuation space", 1, 0),
	ROW(2009, "thin space", 1, 0),
	ROW(200A, "hair space", 1, 0),
	ROW(200B, "zero-width space", 0, 0),
	ROW(200C, "zero-width non-joiner", 0, 1),
	ROW(200D, "zero-width joiner", 0, 1),
	ROW(200E, "left-to-right mark", 0, 0),
	ROW(200F, "right-to-left mark", 0, 0),
	ROW(2028, "line separator", 1, 0),
	ROW(2029, "paragraph separator", 1, 0),
	ROW(202A, "left-to-right embedding", 0, 0),
	ROW(202B, "right-to-left embedding", 0, 0),
	ROW(202C, "end of a change of direction", 0, 0),
	ROW(202D, "left-to-right override", 0, 0),
	ROW(202E, "right-to-left override", 0, 0),
	ROW(202F, "narrow no-break space", 1, 0),
	ROW(205F, "mathematical space", 1, 0),
	ROW(2060, "word joiner", 0, 0),
	ROW(2061, "function application", 0, 0),
	ROW(2062, "invisible times", 0, 0),
	ROW(2063, "invisible separator", 0, 0),
	ROW(2064, "invisible plus", 0, 0),
	ROW(2066, "left-to-right isolate", 0, 0),
	ROW(2067, "right-to-left isolate", 0, 0),
	ROW(2068, "first strong isolate", 0, 0),
	ROW(2069, "end of an isolate", 0, 0),
	ROWS(206A, 206F, "deprecated format character", 0),
	ROW(3000, "ideographic space", 1, 1),
	ROW(3164, "Hangul filler", 0, 0),
	ROWS(FE00, FE0F, "variation selector", 1),
	ROW(FEFF, "byte order mark", 0, 0),
	ROW(FFA0, "Hangul filler", 0, 0),
	ROWS(FFF9, FFFB, "interlinear annotation", 0),
	ROWS(E0000, E00FF, "tag character", 0),
	ROWS(E0100, E01EF, "variation selector", 1),
};

/* The character of two to four bytes that S begins with and its bytes in *LEN; 0: none. */
static uint32_t decode(const char *s, size_t *len)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t n = 4;
	uint32_t code;

	if (u[0] < 0xc2 || u[0] > 0xf4)
		return 0;
	if (u[0] < 0xf0)
		n = u[0] < 0xe0 ? 2 : 3;
	code = u[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (u[i] & 0x3fu);
	}
	*len = n;
	return code;
}

/* The first code of the row that CODE belongs to, which may be its own. */
static uint32_t first_of(uint32_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(more); i++)
		if (code >= more[i][0] && code <= more[i][1])
			return more[i][0];
	return code;
}

const struct invisible *invisible_at(const char *s, size_t *len)
{
	size_t n = 0;
	uint32_t code = first_of(decode(s, &n));

	for (size_t i = 0; code && i < ARRAY_LEN(row); i++)
		if (row[i].code == code) {
			*len = n;
			return &row[i];
		}
	return NULL;
}

const struct invisible *invisible_find(const char *s, const char **at)
{
	const struct invisible *found;
	size_t len;

	for (; *s; s++) {
		found = (unsigned char)*s < 0xc2 ? NULL : invisible_at(s, &len);
		if (!found)
			continue;
		if (at)
			*at = s;
		return found;
	}
	return NULL;
}

char *invisible_word(char *buf, size_t n, const char *s)
{
	const struct invisible *found;
	size_t used = 0, len;

	while (*s && used + 1 < n) {
		found = invisible_at(s, &len);
		if (((found && found->blank) || *s == ' ' || *s == '\t') && used)
			break;
		if (found)
			s += len;
		else if (*s == ' ' || *s == '\t')
			s++;
		else
			buf[used++] = *s++;
	}
	if (n)
		buf[used] = '\0';
	return buf;
}

/* How the byte C of the C0 set is written. */
static void control(char text[8], char c)
{
	static const char name[] = "\tt\nn\rr";
	const char *at = c ? strchr(name, c) : NULL;

	if (at)
		snprintf(text, 8, "\\%c", at[1]);
	else
		snprintf(text, 8, "\\x%02x", (unsigned char)c);
}

/* Bytes of the character at S: a bad one has one, and becomes '?' at the end. */
static size_t bytes_of(const char *s)
{
	size_t n = 1;

	while (n < 4 && (unsigned char)s[0] >= 0xc2 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

char *invisible_show(char *buf, size_t n, const char *s)
{
	size_t used = 0;

	while (n && *s) {
		size_t len = 1;
		const struct invisible *found = invisible_at(s, &len);
		char text[16];

		if (found)
			snprintf(text, sizeof(text), "<U+%04X>", (unsigned)decode(s, &len));
		else if ((unsigned char)*s < ' ' || *s == 0x7f)
			control(text, *s);
		else
			(void)str_fmt(text, sizeof(text), "%.*s", (int)(len = bytes_of(s)), s);
		if (used + strlen(text) >= n)
			break;
		memcpy(buf + used, text, strlen(text));
		used += strlen(text);
		s += len;
	}
	if (n)
		buf[used] = '\0';
	return str_clean(buf);
}
