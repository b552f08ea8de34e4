/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the assignments of a file that a shell reads (/etc/default/grub).
 * Pure: where each stands, and whether it is carried out for certain. shell_value.c reads the values.
 */
#include "host/shell_file.h"

#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64

struct walk {
	const char *text, *p, *end;
	struct shell_assign *v;
	unsigned n;
	unsigned pending; /* assignments from here on belong to the command that is being read */
	char inside[DEPTH_MAX];
	unsigned depth;
	bool doubt;      /* behind && or ||, or in a pipe */
	bool continued;  /* the operator before wants another command, be it in the next line */
	const char *why; /* the file is refused at P */
	bool exporting;  /* the words are those of export or readonly */
	bool named;      /* the command has its name */
};

static void refuse(struct walk *w, const char *why)
{
	if (!w->why)
		w->why = why;
}

static unsigned line_of(const struct walk *w, const char *p)
{
	unsigned line = 1;

	for (const char *s = w->text; s < p; s++)
		line += *s == '\n';
	return line;
}

static bool is_name(char c, bool first)
{
	return isalpha((unsigned char)c) || c == '_' || (!first && isdigit((unsigned char)c));
}

static bool is_joined(const struct walk *w)
{
	return w->end - w->p >= 2 && w->p[0] == '\\' && w->p[1] == '\n';
}

static void skip_blanks(struct walk *w)
{
	while (w->p < w->end && (*w->p == ' ' || *w->p == '\t' || is_joined(w)))
		w->p += is_joined(w) ? 2 : 1;
}

static void skip_single(struct walk *w)
{
	const char *to = memchr(w->p, '\'', (size_t)(w->end - w->p));

	if (!to)
		refuse(w, "a single quote without its partner");
	w->p = to ? to + 1 : w->end;
}

/* To behind the next C that no backslash stands before. */
static void skip_to(struct walk *w, char c, const char *why)
{
	while (w->p < w->end && *w->p != c)
		w->p += *w->p == '\\' && w->end - w->p > 1 ? 2 : 1;
	if (w->p >= w->end)
		refuse(w, why);
	else
		w->p++;
}

/* Behind "$(" or "${": to its partner CLOSE. What would need a whole shell to find is refused. */
static void skip_nested(struct walk *w, char open, char close)
{
	static const char again[] = "a command inside a value whose end only a shell can find";
	const char *from = w->p;
	unsigned depth = 1;

	while (w->p < w->end && depth && !w->why) {
		char c = *w->p++;

		if (c == '\\' && w->p < w->end)
			w->p++;
		else if (c == '\'' && open == '(')
			skip_single(w);
		else if (c == '`' || c == '#' || c == '\'' || (c == '<' && w->p < w->end && *w->p == '<'))
			refuse(w, again);
		else if (c == '"')
			skip_to(w, '"', again);
		else if (c == open || c == close)
			depth += c == open ? 1 : -1u;
	}
	if (depth || memmem(from, (size_t)(w->p - from), "case", 4))
		refuse(w, again);
}

/* "$NAME" needs no care: its end does not matter here. */
static void skip_expansion(struct walk *w)
{
	if (w->p == w->end || (*w->p != '(' && *w->p != '{'))
		return;
	if (*w->p++ == '{') {
		const char *s = w->p;

		while (s < w->end && is_name(*s, false))
			s++;
		if (s < w->end && *s == '#') /* ${NAME#pattern}: the # is none of a comment */
			w->p = s + 1;
		if (s < w->end && s[*s == ':'] == '=')
			refuse(w, "an expansion that assigns");
		skip_nested(w, '{', '}');
		return;
	}
	skip_nested(w, '(', ')');
}

static void skip_double(struct walk *w)
{
	while (w->p < w->end && *w->p != '"' && !w->why) {
		char c = *w->p++;

		if (c == '\\' && w->p < w->end)
			w->p++;
		else if (c == '`')
			skip_to(w, '`', "a backquote without its partner");
		else if (c == '$')
			skip_expansion(w);
	}
	if (w->p >= w->end)
		refuse(w, "a double quote without its partner");
	else
		w->p++;
}

static bool ends_word(char c)
{
	return strchr(" \t\n;&|<>()", c) != NULL; /* and NUL, which is refused before */
}

/* Over one word. */
static void skip_word(struct walk *w)
{
	while (w->p < w->end && !ends_word(*w->p) && !w->why) {
		char c = *w->p++;

		if (c == '\\' && w->p < w->end && *w->p == '\n')
			refuse(w, "a word that goes on in the next line");
		else if (c == '\\' && w->p < w->end)
			w->p++;
		else if (c == '\'')
			skip_single(w);
		else if (c == '"')
			skip_double(w);
		else if (c == '`')
			skip_to(w, '`', "a backquote without its partner");
		else if (c == '$')
			skip_expansion(w);
	}
}

static bool word_is(const char *s, const char *end, const char *const *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(all[i]) == (size_t)(end - s) && memcmp(s, all[i], (size_t)(end - s)) == 0)
			return true;
	return false;
}

/* The length of `NAME=` or `NAME+=` at the start of S … END; 0: another word. */
static size_t assignment(const char *s, const char *end, bool *plus)
{
	const char *p = s;

	while (p < end && is_name(*p, p == s))
		p++;
	if (p == s || p == end)
		return 0;
	*plus = *p == '+' && end - p > 1 && p[1] == '=';
	return *plus || *p == '=' ? (size_t)(p - s) + 1 + *plus : 0;
}

static void add(struct walk *w, const char *s, size_t head, bool plus)
{
	if (w->n == SHELL_ASSIGNS) {
		refuse(w, "more assignments than are read");
		return;
	}
	w->v[w->n++] = (struct shell_assign){
		.name = s,
		.name_n = head - 1 - plus,
		.raw = s + head,
		.raw_n = (size_t)(w->p - s) - head,
		.line = line_of(w, s),
		.append = plus,
		.sure = w->depth == 0 && !w->doubt,
	};
}

static void push(struct walk *w, char what)
{
	if (w->depth == DEPTH_MAX)
		refuse(w, "conditions inside conditions, too deep");
	else
		w->inside[w->depth++] = what;
}

/* The end of one of KINDS. */
static void pop(struct walk *w, const char *kinds)
{
	if (w->depth && strchr(kinds, w->inside[w->depth - 1]))
		w->depth--;
	else
		refuse(w, "the end of a condition or loop that does not begin");
}

static bool is_one(const char *s, const char *end, const char *what)
{
	return word_is(s, end, &what, 1);
}

/* The name of a command, S … END. Words of the language change where the walk is. */
static void command(struct walk *w, const char *s, const char *end)
{
	static const char *const open[] = { "if", "while", "until", "{" };
	static const char *const open_words[] = { "case", "for" };
	static const char *const middle[] = { "then", "else", "elif", "do", "!" };
	static const char *const foreign[] = { ".", "source", "eval", "exit", "exec", "return", "unset", "read",
					       "alias", "local", "declare", "typeset", "command", "builtin",
					       "getopts" };
	static const char *const special[] = { ":", "set", "trap", "shift", "times" };
	static const char *const exports[] = { "export", "readonly" };

	if (word_is(s, end, middle, ARRAY_LEN(middle)))
		return;
	if (word_is(s, end, open, ARRAY_LEN(open))) {
		push(w, *s);
		return;
	}
	w->named = true;
	w->exporting = word_is(s, end, exports, ARRAY_LEN(exports));
	if (w->n > w->pending && word_is(s, end, special, ARRAY_LEN(special)))
		refuse(w, "an assignment in front of a special command");
	if (!w->exporting)
		w->n = w->pending; /* NAME=VALUE in front of a command holds for that command alone */
	if (word_is(s, end, open_words, ARRAY_LEN(open_words)))
		push(w, *s);
	else if (is_one(s, end, "fi"))
		pop(w, "i");
	else if (is_one(s, end, "done"))
		pop(w, "wuf");
	else if (is_one(s, end, "}"))
		pop(w, "{");
	else if (is_one(s, end, "esac"))
		pop(w, "c");
	else if (word_is(s, end, foreign, ARRAY_LEN(foreign)))
		refuse(w, "a command that may set or end anything (., eval, read, unset, exit)");
}

static void word(struct walk *w)
{
	const char *s = w->p;
	bool plus = false;
	size_t head;

	w->continued = false;
	skip_word(w);
	if (w->why)
		return;
	head = assignment(s, w->p, &plus);
	if (head && (!w->named || w->exporting))
		add(w, s, head, plus);
	else if (!w->named)
		command(w, s, w->p);
}

static void end_command(struct walk *w)
{
	w->named = w->exporting = false;
	w->pending = w->n;
}

static void operator(struct walk *w)
{
	char c = *w->p++;
	bool twice = w->p < w->end && *w->p == c;

	if (c == '<' || c == '>') {
		if (c == '<' && twice)
			refuse(w, "a here-document");
		w->p += twice || (w->p < w->end && *w->p == '&');
		skip_blanks(w);
		skip_word(w);
		return;
	}
	if (c == '(')
		push(w, '(');
	else if (c == ')' && w->depth && w->inside[w->depth - 1] == '(')
		pop(w, "(");
	else if (c == ')' && (!w->depth || w->inside[w->depth - 1] != 'c'))
		refuse(w, "a closing parenthesis without its partner");
	if ((c == '|' || c == '&') && !twice) /* in a process of its own: nothing that it sets is seen here */
		for (unsigned i = w->pending; i < w->n; i++)
			w->v[i].sure = false;
	w->p += (c == '|' || c == '&') && twice;
	if (c == '|' || (c == '&' && twice))
		w->doubt = w->continued = true;
	else if (!w->continued && (c == '\n' || c == ';' || c == '&'))
		w->doubt = false;
	end_command(w);
}

static void walk(struct walk *w)
{
	while (!w->why) {
		skip_blanks(w);
		if (w->p >= w->end)
			break;
		if (*w->p == '#') {
			const char *nl = memchr(w->p, '\n', (size_t)(w->end - w->p));

			w->p = nl ? nl : w->end;
		} else if (ends_word(*w->p)) {
			operator(w);
		} else {
			word(w);
		}
	}
	if (w->depth)
		refuse(w, "a condition or loop without its end");
}

int shell_assignments(const char *text, size_t n, struct shell_assign **ret, unsigned *count, struct err *e)
{
	struct walk w = { .text = text, .p = text, .end = text + n };

	if (memchr(text, '\0', n))
		return err_set(e, -EINVAL, "a NUL byte, which no shell reads");
	w.v = calloc(SHELL_ASSIGNS, sizeof(*w.v));
	if (!w.v)
		return err_set(e, -ENOMEM, "no memory for the assignments");
	walk(&w);
	if (w.why) {
		free(w.v);
		return err_set(e, -EINVAL, "line %u: %s", line_of(&w, w.p), w.why);
	}
	*ret = w.v;
	*count = w.n;
	return 0;
}
