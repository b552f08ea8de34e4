/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: how far a command reaches in a file of shell assignments.
 * Pure. Nothing is run and nothing is decided: what a command holds, assignments too, is passed over with it.
 */
#include "conf/shell_skip.h"

#include "base/str.h"

#include <ctype.h>
#include <string.h>

#define DEPTH 64 /* nested constructs; deeper than that, the rest of the text is passed over */
#define DOCS  8  /* here-documents that begin in one line */

#define NOT(what) "not an assignment but " what ": only a shell can tell what holds"
#define FAR       "not an assignment but "

/* What the innermost construct waits for. */
enum frame {
	FI = 1,
	DONE,
	ESAC,
	BRACE,  /* } of a group */
	PAREN,  /* ) of a subshell, a substitution or a function's () */
	ARRAY,  /* ) of NAME=( */
	TEST,   /* ]] */
	QUOTE,  /* " */
	EXPAND, /* } of ${ */
};

struct doc {
	char word[64];
	bool tabs; /* <<-: leading tabs are taken off */
};

struct skip {
	const char *p, *end;
	unsigned char frame[DEPTH];
	unsigned depth;
	bool command; /* the next word begins a command */
	bool more;    /* the command goes on behind a newline */
	bool pattern; /* of a case: up to its ) */
	bool in;      /* the word `in` of a case is still to come */
	bool named;   /* the last token was the first word of a command: () behind it make a function */
	bool empty;   /* the last token was the ( behind such a word */
	bool fname;   /* the next word is the name of a function */
	bool list;    /* && or || outside of every construct */
	bool deep;
	bool past; /* P is behind the last line of a here-document */
	struct doc doc[DOCS];
	unsigned ndoc;
	const char *what;
	bool stops;
};

static unsigned top(const struct skip *s)
{
	return s->depth ? s->frame[s->depth - 1] : 0;
}

static void push(struct skip *s, enum frame f)
{
	if (s->depth == DEPTH)
		s->deep = true;
	else
		s->frame[s->depth++] = (unsigned char)f;
}

/* Pops F when that is what the innermost construct waits for. */
static bool pop(struct skip *s, enum frame f)
{
	if (top(s) != f)
		return false;
	s->depth--;
	return true;
}

static bool at(const struct skip *s, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(s->end - s->p) >= n && memcmp(s->p, text, n) == 0;
}

static void skip_to(struct skip *s, char c)
{
	while (s->p < s->end && *s->p != c)
		s->p++;
	s->p += s->p < s->end;
}

/* 'text' or, ESCAPES, $'text': with backslashes; P is behind the first quote. Or `command`. */
static void skip_quoted(struct skip *s, char c, bool escapes)
{
	while (s->p < s->end && *s->p != c)
		s->p += escapes && *s->p == '\\' && s->p + 1 < s->end ? 2 : 1;
	s->p += s->p < s->end;
}

/* What begins at P in a word, in double quotes or in ${}: false when it is a byte like any other. */
static bool skip_nested(struct skip *s)
{
	if (at(s, "\\")) {
		s->p += s->p + 1 < s->end ? 2 : 1;
	} else if (at(s, "$(")) {
		s->p += 2;
		push(s, PAREN);
		s->command = true;
	} else if (at(s, "${")) {
		s->p += 2;
		push(s, EXPAND);
	} else if (at(s, "`")) {
		s->p++;
		skip_quoted(s, '`', true);
	} else if (at(s, "\"")) {
		s->p++;
		if (!pop(s, QUOTE))
			push(s, QUOTE);
	} else if (top(s) != QUOTE && (at(s, "'") || at(s, "$'"))) {
		bool escapes = *s->p == '$';

		s->p += 1 + escapes;
		skip_quoted(s, '\'', escapes);
	} else {
		return false;
	}
	return true;
}

/* ---- here-documents ---- */

/* Behind "<<": the word that ends the document. */
static void take_doc(struct skip *s)
{
	struct doc *d = &s->doc[s->ndoc < DOCS ? s->ndoc : DOCS - 1];
	char quote = '\0';
	size_t n = 0;

	d->tabs = at(s, "-");
	s->p += d->tabs;
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
		s->p++;
	for (; s->p < s->end && (quote || (!isspace((unsigned char)*s->p) && !strchr(";&|<>()", *s->p))); s->p++) {
		if (*s->p == quote)
			quote = '\0';
		else if (!quote && (*s->p == '\'' || *s->p == '"'))
			quote = *s->p;
		else if ((quote || *s->p != '\\') && n + 1 < sizeof(d->word))
			d->word[n++] = *s->p;
	}
	d->word[n] = '\0';
	s->ndoc += s->ndoc < DOCS;
}

/* P is at the start of a line: passes over the documents that began in the one before. */
static void skip_docs(struct skip *s)
{
	for (unsigned i = 0; i < s->ndoc; i++) {
		const struct doc *d = &s->doc[i];
		bool found = false;

		while (s->p < s->end && !found) {
			const char *line = s->p;
			size_t n;

			while (d->tabs && line < s->end && *line == '\t')
				line++;
			s->p = line;
			skip_to(s, '\n');
			n = (size_t)(s->p - line);
			while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
				n--;
			found = n == strlen(d->word) && memcmp(line, d->word, n) == 0;
		}
	}
	s->ndoc = 0;
}

/* ---- words ---- */

static const char a_command[] = "not an assignment";
static const char a_group[] = NOT("a group of commands"), a_function[] = NOT("a function");
static const char a_list[] = NOT("a list of commands with &&, || or |");
static const char an_end[] = FAR "the end of what a shell reads: nothing behind it counts";
static const char no_end[] = FAR "a command without its end: the rest of the file belongs to it";

static const struct reserved {
	const char *word;
	enum frame opens, closes; /* 0: neither */
	bool command;             /* another command follows */
	const char *what;         /* when a command begins with it */
} reserved[] = {
	{ "if", FI, 0, true, NOT("an if block") },
	{ "then", 0, 0, true, NULL },
	{ "elif", 0, 0, true, NULL },
	{ "else", 0, 0, true, NULL },
	{ "fi", 0, FI, false, NULL },
	{ "case", ESAC, 0, false, NOT("a case block") },
	{ "esac", 0, ESAC, false, NULL },
	{ "while", DONE, 0, true, NOT("a loop") },
	{ "until", DONE, 0, true, NOT("a loop") },
	{ "for", DONE, 0, false, NOT("a loop") },
	{ "select", DONE, 0, false, NOT("a loop") },
	{ "do", 0, 0, true, NULL },
	{ "done", 0, DONE, false, NULL },
	{ "{", BRACE, 0, true, a_group },
	{ "}", 0, BRACE, false, NULL },
	{ "!", 0, 0, true, NULL },
	{ "[[", TEST, 0, false, NULL },
	{ "function", 0, 0, false, a_function },
	{ ".", 0, 0, false, a_command },
	{ "source", 0, 0, false, a_command },
	{ "exit", 0, 0, false, an_end },
	{ "return", 0, 0, false, an_end },
};

static void take_first_word(struct skip *s, const char *word, size_t n)
{
	s->command = false;
	s->named = true;
	for (size_t i = 0; i < ARRAY_LEN(reserved); i++) {
		const struct reserved *r = &reserved[i];

		if (strlen(r->word) != n || memcmp(r->word, word, n) != 0)
			continue;
		if (!s->what && r->what) {
			s->what = r->what;
			s->stops = r->what == an_end;
		}
		if (r->closes && !pop(s, r->closes))
			return;
		s->pattern &= r->closes != ESAC;
		if (r->opens)
			push(s, r->opens);
		s->in |= r->opens == ESAC;
		s->command = r->command;
		s->named = false;
		s->fname = r->what == a_function;
	}
	if (!s->what)
		s->what = a_command;
}

/* The plain bytes of a word from P on; quotes and expansions in it are the caller's. */
static void skip_word(struct skip *s)
{
	const char *word = s->p;
	size_t n;

	while (s->p < s->end && !isspace((unsigned char)*s->p) && !strchr(";&|<>()\\'\"`$", *s->p))
		s->p++;
	n = (size_t)(s->p - word);
	s->more = s->empty = false;
	if (s->fname) {
		s->fname = false;
		s->named = s->command = s->more = true;
		return;
	}
	if (top(s) == TEST && n == 2 && memcmp(word, "]]", 2) == 0) {
		s->depth--;
		return;
	}
	if (s->in) {
		s->pattern = n == 2 && memcmp(word, "in", 2) == 0;
		s->in = !s->pattern;
		return;
	}
	if (s->pattern && n == 4 && memcmp(word, "esac", 4) == 0 && pop(s, ESAC)) {
		s->pattern = false;
		return;
	}
	if (n && word[n - 1] == '=' && at(s, "(")) {
		s->p++;
		push(s, ARRAY);
		return;
	}
	if (s->command && !s->pattern && memchr(word, '=', n) == NULL)
		take_first_word(s, word, n);
	else if (!s->what)
		s->what = a_command;
}

/* ---- operators ---- */

static void newline(struct skip *s)
{
	s->p++;
	s->past = s->ndoc;
	skip_docs(s);
	s->named = false;
	if (top(s) != ARRAY && top(s) != TEST && !s->in)
		s->command = true;
}

/* ( or ) */
static void parenthesis(struct skip *s)
{
	bool open = *s->p++ == '(';

	if (open && s->pattern)
		return;
	if (open) {
		if (s->named && s->depth == 0)
			s->what = a_function;
		else if (!s->what)
			s->what = a_group;
		s->empty = s->named;
		s->named = false;
		push(s, top(s) == ARRAY || top(s) == TEST ? ARRAY : PAREN);
		s->command = top(s) == PAREN;
		return;
	}
	if (s->empty && top(s) == PAREN) { /* NAME(): its body follows, on this line or a later one */
		s->depth--;
		s->more = s->command = true;
		s->empty = false;
	} else if (pop(s, PAREN) || pop(s, ARRAY)) {
		s->command = false;
	} else if (s->pattern) {
		s->pattern = false;
		s->command = true;
	}
}

static void redirection(struct skip *s)
{
	if (at(s, "<<<"))
		s->p += 3;
	else if (at(s, "<<") && top(s) != TEST) {
		s->p += 2;
		take_doc(s);
	} else {
		s->p++;
		s->p += s->p < s->end && (*s->p == '&' || *s->p == '>' || *s->p == '|');
	}
}

/* A ; & or | that is not the end of the whole; && and || join what is on both sides. */
static void separator(struct skip *s)
{
	bool joins = at(s, "&&") || *s->p == '|';
	char c = *s->p++;

	s->p += s->p < s->end && *s->p == c;
	s->p += c == ';' && s->p < s->end && *s->p == '&';
	if (s->pattern || top(s) == TEST || top(s) == ARRAY)
		return;
	s->command = true;
	s->more = joins;
	s->list |= joins && s->depth == 0;
}

/* Whether the separator at P ends the command. */
static bool ends(const struct skip *s)
{
	if (s->depth || s->pattern || s->in)
		return false;
	if (*s->p == '\n')
		return !s->more && s->ndoc == 0;
	return s->ndoc == 0 && *s->p == ';';
}

static void step(struct skip *s)
{
	char c = *s->p;

	if (top(s) == QUOTE || top(s) == EXPAND) {
		if (!skip_nested(s)) {
			s->p++;
			if (c == '}')
				(void)pop(s, EXPAND);
		}
		return;
	}
	if (at(s, "\\\n"))
		s->p += 2;
	else if (at(s, "\\\r\n"))
		s->p += 3;
	else if (c == '\n')
		newline(s);
	else if (isspace((unsigned char)c) || c == '\0')
		s->p++;
	else if (c == '#' && (s->named || s->command || isspace((unsigned char)s->p[-1]) || s->p[-1] == ';'))
		while (s->p < s->end && *s->p != '\n')
			s->p++;
	else if (c == '(' || c == ')')
		parenthesis(s);
	else if (at(s, ";;") && top(s) == ESAC) {
		s->p += at(s, ";;&") ? 3 : 2;
		s->pattern = true;
	} else if (c == '<' || c == '>')
		redirection(s);
	else if (c == ';' || c == '&' || c == '|')
		separator(s);
	else if (skip_nested(s)) {
		s->command = s->command && top(s) == PAREN;
		s->named = s->more = s->empty = false;
		s->what = s->what ? s->what : a_command;
	} else if (c == '$')
		s->p++;
	else
		skip_word(s);
}

struct shell_skipped shell_skip(const char *p, const char *end)
{
	struct skip s = { .p = p, .end = end, .command = true };
	bool ended = false;

	while (s.p < s.end && !s.deep && !ended) {
		ended = (*s.p == '\n' || *s.p == ';') && ends(&s);
		if (ended)
			break;
		step(&s);
		/* the end of a here-document is the end of its line */
		if (s.past && !s.depth && !s.more && !s.in && !s.pattern) {
			s.p -= s.p[-1] == '\n';
			break;
		}
		s.past = false;
	}
	if (s.deep)
		s.p = s.end;
	if (s.list)
		s.what = a_list;
	if (s.deep || s.depth || s.more || s.ndoc || s.in || s.pattern)
		s.what = no_end;
	return (struct shell_skipped){
		.end = s.p,
		.what = s.what ? s.what : a_command,
		.stops = s.stops && !s.list && s.what != no_end,
	};
}
