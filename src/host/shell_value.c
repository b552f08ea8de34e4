/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the value behind NAME= in a file that a shell reads.
 * Pure: quotes, backslashes and variables; each byte with the place it comes from.
 */
#include "host/shell_file.h"

#include <ctype.h>
#include <string.h>

#define EXPANSIONS 16 /* one inside another */

struct value {
	const char *raw;
	size_t at, n;
	const struct shell_reader *how;
	size_t from, len; /* of the expansion that is being put; LEN 0: none */
	unsigned depth;   /* of expansions */
	bool quoted;
};

static void put(const struct value *v, int c, size_t at, size_t len)
{
	struct shell_piece p = { .c = c, .at = at, .len = len, .literal = v->len == 0, .quoted = v->quoted };

	if (v->len) {
		p.at = v->from;
		p.len = v->len;
	}
	v->how->put(v->how->arg, &p);
}

static bool is_name(char c, bool first)
{
	return isalpha((unsigned char)c) || c == '_' || (!first && isdigit((unsigned char)c));
}

/* Behind the partner of the brace or parenthesis before AT; shell_assignments() has found that there is one. */
static size_t behind_nested(const struct value *v, size_t at, char open, char close)
{
	unsigned depth = 1;
	char quote = '\0';

	for (; at < v->n && depth; at++) {
		char c = v->raw[at];

		if (c == '\\' && quote != '\'')
			at++;
		else if (quote)
			quote = c == quote ? '\0' : quote;
		else if (c == '\'' || c == '"')
			quote = c;
		else if (c == open || c == close)
			depth += c == open ? 1 : -1u;
	}
	return at < v->n ? at : v->n;
}

static void put_text(const struct value *v, const char *s)
{
	for (; s && *s; s++)
		put(v, (unsigned char)*s, 0, 0);
}

static void put_unknown(const struct value *v)
{
	put(v, SHELL_UNKNOWN, 0, 0);
}

static void read_pieces(struct value *v, const char *stop);

/* ${NAME}, ${NAME-WORD}, ${NAME+WORD} and both with a colon; AT: behind the name, TO: behind the brace. */
static void put_braced(const struct value *v, const char *name, size_t name_n, size_t at, size_t to)
{
	const char *is = v->how->get(v->how->arg, name, name_n);
	bool colon = v->raw[at] == ':';
	struct value word = *v;

	word.at = at + colon + 1;
	word.n = to - 1;
	if (at == to - 1) {
		put_text(v, is);
		return;
	}
	if (word.at > word.n || !strchr("-+", v->raw[at + colon]) || ++word.depth == EXPANSIONS) {
		put_unknown(v);
		return;
	}
	if (colon && is && !*is)
		is = NULL;
	if (v->raw[at + colon] == '+' ? is != NULL : is == NULL)
		read_pieces(&word, "");
	else if (v->raw[at + colon] == '-')
		put_text(v, is);
}

/* At a '$'. */
static void read_dollar(struct value *v)
{
	size_t start = v->at, at = start + 1, end;
	char c = at < v->n ? v->raw[at] : '\0';
	bool outer = v->len == 0;
	const char *name;

	at += c == '{';
	end = at;
	while (end < v->n && is_name(v->raw[end], end == at))
		end++;
	name = v->raw + at;
	if (end == at && c != '{' && c != '(' && !(c && strchr("'\"@*#?-$!0123456789", c))) {
		v->at++;
		put(v, '$', start, 1); /* alone it stands for itself */
		return;
	}
	if (end == at && (c == '"' || (c == '\'' && v->quoted))) {
		v->at++;
		put(v, '$', start, 1);
		return;
	}
	v->at = c == '(' ? behind_nested(v, at + 1, '(', ')') : c == '{' ? behind_nested(v, at, '{', '}')
									 : end;
	if (v->at == at) /* $1, $?, $'…' */
		v->at = at + 1;
	if (outer) {
		v->from = start;
		v->len = v->at - start;
	}
	put(v, -1, 0, 0);
	if (end == at)
		put_unknown(v);
	else if (c == '{')
		put_braced(v, name, end - at, end, v->at);
	else
		put_text(v, v->how->get(v->how->arg, name, end - at));
	if (outer)
		v->len = 0;
}

static void read_command(struct value *v)
{
	size_t start = v->at++;
	bool outer = v->len == 0;

	while (v->at < v->n && v->raw[v->at] != '`')
		v->at += v->raw[v->at] == '\\' && v->n - v->at > 1 ? 2 : 1;
	v->at += v->at < v->n;
	if (outer) {
		v->from = start;
		v->len = v->at - start;
	}
	put_unknown(v);
	if (outer)
		v->len = 0;
}

/* At a backslash. Between double quotes it is itself before most bytes; at a line's end both are gone. */
static void read_backslash(struct value *v)
{
	char c = v->n - v->at > 1 ? v->raw[v->at + 1] : '\0';

	if (v->n - v->at < 2 || (v->quoted && !strchr("$`\"\\\n", c))) {
		put(v, '\\', v->at, 1);
		v->at++;
		return;
	}
	if (c != '\n')
		put(v, (unsigned char)c, v->at, 2);
	v->at += 2;
}

static void read_single(struct value *v)
{
	for (v->at++; v->at < v->n && v->raw[v->at] != '\''; v->at++)
		put(v, (unsigned char)v->raw[v->at], v->at, 1);
	v->at += v->at < v->n;
}

/* Up to one of STOP or the end. */
static void read_pieces(struct value *v, const char *stop)
{
	while (v->at < v->n && !strchr(stop, v->raw[v->at])) {
		char c = v->raw[v->at];
		bool was = v->quoted;

		if (c == '\\') {
			read_backslash(v);
		} else if (c == '$') {
			read_dollar(v);
		} else if (c == '`') {
			read_command(v);
		} else if (c == '"') {
			v->at++;
			v->quoted = true;
			read_pieces(v, "\"");
			v->at += v->at < v->n;
			v->quoted = was;
		} else if (c == '\'' && !was) {
			v->quoted = true;
			read_single(v);
			v->quoted = was;
		} else {
			put(v, (unsigned char)c, v->at, 1);
			v->at++;
		}
	}
}

void shell_value(const char *raw, size_t n, const struct shell_reader *how)
{
	struct value v = { .raw = raw, .n = n, .how = how };

	read_pieces(&v, "");
}
