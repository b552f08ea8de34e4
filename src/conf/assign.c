/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: files of shell assignments (/etc/sysconfig/kdump, /etc/default/…).
 * Pure: text to names and values. Nothing is run; what only a shell could tell is a fault of its line.
 */
#include "conf/assign.h"

#include "base/invisible.h"
#include "conf/shell_skip.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	const char *p, *end;
	unsigned line;
	struct assigns *a;
	char *value; /* ASSIGN_VALUE_MAX bytes: the value that is being read */
	size_t len;
	const char *fault; /* first one of this value */

	const char *from; /* where the command began that is being read, */
	unsigned from_line;
	unsigned first; /* and the entry that its first assignment is */
	bool fresh;     /* nothing of it is read yet */
};

static bool name_start(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

static bool name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

static void blame(struct reader *x, const char *fault)
{
	if (!x->fault)
		x->fault = fault;
}

static void put(struct reader *x, char c)
{
	if (x->len + 1 >= ASSIGN_VALUE_MAX)
		blame(x, "the value is too long");
	else if (c == '\0')
		blame(x, "a NUL byte in the value");
	else
		x->value[x->len++] = c;
}

static void put_text(struct reader *x, const char *s)
{
	for (; *s; s++)
		put(x, *s);
}

static char next(struct reader *x)
{
	char c = *x->p++;

	x->line += c == '\n';
	return c;
}

/* A backslash and the line's end join two lines. */
static bool joined(struct reader *x)
{
	size_t n = x->end - x->p >= 3 && x->p[1] == '\r' ? 3 : 2;

	if ((size_t)(x->end - x->p) < n || x->p[0] != '\\' || x->p[n - 1] != '\n')
		return false;
	x->p += n;
	x->line++;
	return true;
}

static void skip_comment(struct reader *x)
{
	while (x->p < x->end && *x->p != '\n')
		x->p++;
}

/* Passes over the whole command that the place belongs to; gives why it cannot be taken. */
static const char *skip_command(struct reader *x)
{
	struct shell_skipped s = shell_skip(x->from, x->end);

	x->line = x->from_line;
	for (x->p = x->from; x->p < s.end; x->p++)
		x->line += *x->p == '\n';
	if (s.stops)
		x->p = x->end;
	x->fresh = true;
	return s.what;
}

static bool at_blank(const struct reader *x)
{
	return x->p < x->end && (*x->p == ' ' || *x->p == '\t' || *x->p == '\r');
}

static void skip_blanks(struct reader *x)
{
	while (at_blank(x) || joined(x))
		if (at_blank(x))
			x->p++;
}

static const char *find(const struct assigns *a, const char *name, size_t len)
{
	for (unsigned i = a->n; i-- > 0;)
		if (a->v[i].name && a->v[i].value && strncmp(a->v[i].name, name, len) == 0 &&
		    a->v[i].name[len] == '\0')
			return a->v[i].value;
	return NULL;
}

/* Behind a '$'. Inside double quotes a quote ends the text, elsewhere $'…' is a shell's own form. */
static void read_variable(struct reader *x, bool quoted)
{
	bool brace = x->p < x->end && *x->p == '{';
	const char *name = x->p + brace, *s = name, *value;

	if (name < x->end && name_start(*name))
		while (s < x->end && name_byte(*s))
			s++;
	if (s == name && !brace &&
	    (s == x->end || !one_of(*s, quoted ? "(@*#?-$!0123456789" : "('\"@*#?-$!0123456789"))) {
		put(x, '$'); /* alone it stands for itself */
		return;
	}
	if (s == name || (brace && (s == x->end || *s != '}'))) {
		blame(x, "an expansion that only a shell can make");
		return;
	}
	value = find(x->a, name, (size_t)(s - name));
	put_text(x, value ? value : "");
	x->p = s + brace;
}

static void read_double(struct reader *x)
{
	while (x->p < x->end && *x->p != '"') {
		char c;

		if (joined(x))
			continue;
		c = next(x);
		if (c == '`')
			blame(x, "a command, which is never run from here");
		else if (c == '$')
			read_variable(x, true);
		else if (c == '\\' && x->p < x->end && one_of(*x->p, "$`\"\\"))
			put(x, next(x));
		else
			put(x, c);
	}
	if (x->p == x->end)
		blame(x, "a double quote without its partner");
	else
		x->p++;
}

static void read_single(struct reader *x)
{
	while (x->p < x->end && *x->p != '\'')
		put(x, next(x));
	if (x->p == x->end)
		blame(x, "a single quote without its partner");
	else
		x->p++;
}

static bool value_ends(const struct reader *x)
{
	return x->p == x->end || one_of(*x->p, " \t\r\n;");
}

static void read_value(struct reader *x)
{
	while (!x->fault && (joined(x) || !value_ends(x))) {
		char c;

		if (value_ends(x))
			break;
		c = next(x);
		if (c == '"')
			read_double(x);
		else if (c == '\'')
			read_single(x);
		else if (c == '$')
			read_variable(x, false);
		else if (c == '\\' && x->p < x->end)
			put(x, next(x));
		else if (c == '`')
			blame(x, "a command, which is never run from here");
		else if (one_of(c, "&|<>()"))
			blame(x, "a shell operator: a value that holds one needs quotes");
		else
			put(x, c);
	}
}

/* The length of `NAME=` or `NAME+=` at P, 0 when there is neither; *PLUS tells which. */
static size_t assignment(const struct reader *x, size_t *name, bool *plus)
{
	const char *s = x->p;

	if (s == x->end || !name_start(*s))
		return 0;
	while (s < x->end && name_byte(*s))
		s++;
	*name = (size_t)(s - x->p);
	*plus = x->end - s >= 2 && s[0] == '+' && s[1] == '=';
	if (!*plus && (s == x->end || *s != '='))
		return 0;
	return *name + 1 + *plus;
}

/* Something else than a further assignment or the end behind a value: in a shell, a command. */
static bool word_follows(struct reader *x)
{
	size_t name;
	bool plus;

	skip_blanks(x);
	return x->p < x->end && !one_of(*x->p, "\n;#") && assignment(x, &name, &plus) == 0;
}

static int add(struct reader *x, unsigned line, const char *name, size_t len)
{
	struct assign *v;

	x->a->faults += x->fault || x->a->n == ASSIGN_ENTRIES;
	if (x->a->n == ASSIGN_ENTRIES)
		return 0;
	v = &x->a->v[x->a->n];
	*v = (struct assign){ .line = line, .last = line, .fault = x->fault };
	x->a->n++;
	if (name)
		v->name = strndup(name, len);
	if (!x->fault)
		v->value = strndup(x->value, x->len);
	return (name && !v->name) || (!x->fault && !v->value) ? -ENOMEM : 0;
}

/* `A=1 B=2 command`: assignments before a command, or in a list, are no assignments of the file. */
static void take_back(struct reader *x, const char *fault)
{
	for (unsigned i = x->first; i < x->a->n; i++) {
		if (x->a->v[i].fault)
			continue;
		free(x->a->v[i].value);
		x->a->v[i].value = NULL;
		x->a->v[i].fault = fault;
		x->a->faults++;
	}
}

static int read_assignment(struct reader *x, size_t name, size_t skip, bool plus)
{
	static const char behind[] = "a word behind the value: a value with blanks needs quotes";
	const char *at = x->p, *before;
	unsigned line = x->line, n = x->a->n;
	int rc;

	before = plus ? find(x->a, at, name) : NULL;
	if (before)
		put_text(x, before);
	x->p += skip;
	if (x->p < x->end && *x->p == '~')
		blame(x, "an expansion that only a shell can make: a ~ that stands for itself needs quotes");
	read_value(x);
	if (!x->fault && word_follows(x))
		blame(x, behind);
	rc = add(x, line, at, name);
	if (rc || !x->fault)
		return rc;
	(void)skip_command(x);
	if (x->fault == behind)
		take_back(x, behind);
	if (x->a->n > n)
		x->a->v[n].last = x->line;
	return 0;
}

/* The word at P, when it is the one given and a blank or the end of the command is behind it. */
static bool word_at(const struct reader *x, const char *word)
{
	size_t n = strlen(word), left = (size_t)(x->end - x->p);

	return left >= n && memcmp(x->p, word, n) == 0 && (left == n || one_of(x->p[n], " \t\r\n;"));
}

/* `export NAME=…`: passes over the word and its options. */
static void skip_export(struct reader *x)
{
	static const char *const words[] = { "export", "readonly", "declare", "typeset", "local" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!word_at(x, words[i]))
			continue;
		x->p += strlen(words[i]);
		skip_blanks(x);
		while (x->p < x->end && *x->p == '-') {
			while (!value_ends(x))
				x->p++;
			skip_blanks(x);
		}
		return;
	}
}

/* Names alone up to the end of the command: of unset, UNSET, they become empty; of export they stay. */
static bool read_names(struct reader *x, bool unset, int *rc)
{
	for (;;) {
		const char *name = x->p;

		while (x->p < x->end && name_byte(*x->p))
			x->p++;
		if (x->p == name)
			return value_ends(x) || *x->p == '#';
		if (!name_start(*name) || !value_ends(x)) {
			x->p = name;
			return false;
		}
		if (unset)
			*rc = *rc ? *rc : add(x, x->line, name, (size_t)(x->p - name));
		skip_blanks(x);
	}
}

/* An assignment that a shell does not take for one: something that is not seen stands before its name. */
static int read_unseen(struct reader *x, const struct invisible *found)
{
	const char *at;
	size_t name = 0, len;
	bool plus;

	while (x->end - x->p > 3 && invisible_at(x->p, &len))
		x->p += len;
	at = x->p;
	if (assignment(x, &name, &plus) == 0)
		name = 0;
	(void)skip_command(x);
	x->fault = found->before;
	take_back(x, x->fault);
	return add(x, x->from_line, name ? at : NULL, name);
}

static int read_statement(struct reader *x)
{
	const struct invisible *found;
	size_t name = 0, skip;
	bool plus, fresh = x->fresh;
	unsigned n;
	int rc = 0;

	x->len = 0;
	x->fault = NULL;
	if (fresh) {
		x->from = x->p;
		x->from_line = x->line;
		x->first = x->a->n;
	}
	x->fresh = false;
	found = x->end - x->p > 3 ? invisible_at(x->p, &skip) : NULL;
	if (found)
		return read_unseen(x, found);
	if (fresh && word_at(x, "unset")) {
		x->p += strlen("unset");
		skip_blanks(x);
		if (read_names(x, true, &rc))
			return rc;
	} else if (fresh) {
		skip_export(x);
		skip = (size_t)(x->p - x->from);
		if (skip && assignment(x, &name, &plus) == 0 && read_names(x, false, &rc))
			return rc;
	}
	skip = assignment(x, &name, &plus);
	if (rc == 0 && skip)
		return read_assignment(x, name, skip, plus);
	n = x->a->n;
	x->fault = skip_command(x);
	take_back(x, x->fault);
	rc = rc ? rc : add(x, x->from_line, NULL, 0);
	if (rc == 0 && x->a->n > n)
		x->a->v[n].last = x->line;
	return rc;
}

int assign_parse(struct assigns *ret, const char *text, size_t n, struct err *e)
{
	struct reader x = { .p = text, .end = text + n, .line = 1, .a = ret, .fresh = true };
	int rc = 0;

	memset(ret, 0, sizeof(*ret));
	x.value = malloc(ASSIGN_VALUE_MAX);
	if (!x.value)
		return err_set(e, -ENOMEM, "no memory for assignments");
	while (rc == 0) {
		skip_blanks(&x);
		if (x.p == x.end)
			break;
		if (*x.p == '#')
			skip_comment(&x);
		else if (*x.p == '\n' || *x.p == ';') {
			(void)next(&x);
			x.fresh = true;
		} else
			rc = read_statement(&x);
	}
	free(x.value);
	if (rc == 0)
		return 0;
	assign_free(ret);
	return err_set(e, rc, "no memory for assignments");
}

const char *assign_get(const struct assigns *a, const char *name)
{
	return find(a, name, strlen(name));
}

void assign_free(struct assigns *a)
{
	if (!a)
		return;
	for (unsigned i = 0; i < a->n; i++) {
		free(a->v[i].name);
		free(a->v[i].value);
	}
	memset(a, 0, sizeof(*a));
}
