/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: lines of the configuration.
 * Cuts the buffer in place into directive and value; knows comments, quotes and nothing of meaning.
 */
#include "conf/lex.h"

#include "base/invisible.h"
#include "base/str.h"

#include <string.h>

#define JOIN_MAX \
	64 /* lines that one line can continue over: the search for its comment starts anew each \
	      time */

#define DASH  "a dash that is not ASCII: write '-'"
#define QUOTE "a typographic quote: write '\"'"

/* What web pages and word processors put in the place of ASCII (UTF-8), and what is seen. */
static const struct {
	const char *bytes, *what;
	const char *dash; /* what is meant, or NULL */
	bool first;       /* of a word only: names have them inside */
} typo[] = {
	{ "\xe2\x80\x93", "a long dash: write '-'", "-", false },
	{ "\xe2\x80\x94", "a long dash: write '--'", "--", false },
	{ "\xe2\x80\x9c", QUOTE, NULL, false },
	{ "\xe2\x80\x9d", QUOTE, NULL, false },
	{ "\xe2\x80\x90", DASH, "-", true }, /* U+2010, U+2011: hyphens */
	{ "\xe2\x80\x91", DASH, "-", true },
	{ "\xe2\x88\x92", DASH, "-", true }, /* U+2212: minus */
	{ "\xef\xb9\xa3", DASH, "-", true }, /* U+FE63, U+FF0D: of East Asian fonts */
	{ "\xef\xbc\x8d", DASH, "-", true },
	{ "\xe2\x80\x98", QUOTE, NULL, true },
	{ "\xe2\x80\x99", QUOTE, NULL, true },
	{ "\xe2\x80\x9e", QUOTE, NULL, true },
	{ "\xc2\xab", QUOTE, NULL, true },
};

const char *lex_dash(const char *s, size_t *len)
{
	for (size_t i = 0; i < ARRAY_LEN(typo); i++)
		if (typo[i].dash && str_starts(s, typo[i].bytes)) {
			*len = strlen(typo[i].bytes);
			return typo[i].dash;
		}
	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void lex_start(struct lexer *x, char *text, size_t n)
{
	x->pos = text;
	x->end = text + n;
	x->line = 0;
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		x->pos += 3;
}

char *lex_comment(char *s, char *e)
{
	bool in_quotes = false;

	for (char *p = s; p < e; p++) {
		if (in_quotes && *p == '\\' && p + 1 < e)
			p++;
		else if (*p == '"')
			in_quotes = !in_quotes;
		else if (*p == '#' && !in_quotes && (p == s || is_blank(p[-1])))
			return p;
	}
	return e;
}

char *lex_blank(char *s)
{
	bool in_quotes = false;

	for (; *s; s++) {
		if (*s == '"')
			in_quotes = !in_quotes;
		else if (is_blank(*s) && !in_quotes)
			return s;
	}
	return NULL;
}

static char *line_end(char *s, char *end)
{
	char *nl = memchr(s, '\n', (size_t)(end - s));

	return nl ? nl : end;
}

/* Moves E in front of carriage returns and blanks at the end of [S, E). */
static char *cut_blanks(const char *s, char *e)
{
	while (e > s && (is_blank(e[-1]) || e[-1] == '\r'))
		e--;
	return e;
}

/*
 * Takes the text of the next line into [*S, return value). The backslash that joins it with the
 * following one (RHEL5 and RHEL6 read so) and what ends the line become blanks. Comments do not
 * join.
 */
static char *take_line(struct lexer *x, char **s, struct conf_line *ret)
{
	char *e = line_end(x->pos, x->end);

	*s = x->pos;
	while (*s < e && is_blank(**s))
		(*s)++;
	ret->line = ++x->line;
	for (unsigned joins = 0; e < x->end && joins < JOIN_MAX; joins++) {
		char *last = e;

		while (last > *s && last[-1] == '\r')
			last--;
		if (last == *s || last[-1] != '\\' || lex_comment(*s, last) != last)
			break;
		memset(last - 1, ' ', (size_t)(e - last) + 2);
		e = line_end(e + 1, x->end);
		x->line++;
		ret->joined = true;
	}
	x->pos = e < x->end ? e + 1 : e;
	return e;
}

static void find_fault(struct conf_line *ret, const char *s, const char *e)
{
	bool in_quotes = false;

	for (const char *p = s; p < e; p++) {
		unsigned char byte = (unsigned char)*p;

		if ((byte < ' ' && byte != '\t') || byte == 0x7f) {
			ret->fault = LEX_BYTE;
			ret->byte = byte;
			return;
		}
		if (in_quotes && byte == '\\' && p + 1 < e)
			p++;
		else if (byte == '"')
			in_quotes = !in_quotes;
	}
	if (in_quotes)
		ret->fault = LEX_QUOTE;
	else if (e > s + 1 && e[-1] == '\\' && is_blank(e[-2]))
		ret->fault = LEX_JOIN;
}

/* In a value, characters that words of some languages are written with stay. */
static void find_unseen(struct conf_line *ret, const char *s)
{
	const char *value = s + strcspn(s, " \t");
	const struct invisible *found;

	while (ret->fault == LEX_FINE && (found = invisible_find(s, &s))) {
		if (!found->writing || s < value)
			ret->fault = LEX_UNSEEN;
		s++;
	}
}

static void find_typo(struct conf_line *ret, const char *s)
{
	for (size_t i = 0; i < ARRAY_LEN(typo) && ret->fault == LEX_FINE; i++) {
		const char *at = strstr(s, typo[i].bytes);

		while (at && typo[i].first && at > s && !is_blank(at[-1]))
			at = strstr(at + 1, typo[i].bytes);
		if (!at)
			continue;
		ret->fault = LEX_TYPO;
		ret->typo = typo[i].what;
	}
}

/* Cuts the terminated line at S into directive and value. */
static void split(struct conf_line *ret, char *s)
{
	size_t n;

	ret->key = s;
	while (*s && !is_blank(*s))
		s++;
	if (*s)
		*s++ = '\0';
	ret->value = str_trim(s);
	n = strlen(ret->value);
	if (n >= 2 && ret->value[0] == '"' && strchr(ret->value + 1, '"') == ret->value + n - 1) {
		ret->value[n - 1] = '\0';
		ret->value = str_trim(ret->value + 1);
		ret->quoted = true;
	}
	ret->hash = strchr(ret->value, '#') != NULL;
}

bool lex_next(struct lexer *x, struct conf_line *ret)
{
	while (x->pos < x->end) {
		char *s, *e;

		*ret = (struct conf_line){ .fault = LEX_FINE };
		e = take_line(x, &s, ret);
		e = cut_blanks(s, lex_comment(s, e));
		if (s == e)
			continue;
		find_fault(ret, s, e);
		*e = '\0';
		for (char *p = s; ret->fault == LEX_BYTE && p < e; p++)
			if ((unsigned char)*p < ' ' || *p == 0x7f)
				*p = ' ';
		find_unseen(ret, s);
		find_typo(ret, s);
		split(ret, s);
		return true;
	}
	return false;
}
