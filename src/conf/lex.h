/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: lines of the configuration.
 * Cuts the buffer in place into directive and value; knows comments, quotes and nothing of meaning.
 */
#ifndef CONF_LEX_H
#define CONF_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum lex_fault {
	LEX_FINE,
	LEX_BYTE,   /* a control byte outside the comment */
	LEX_QUOTE,  /* a double quote without its partner */
	LEX_JOIN,   /* a backslash at its end that joins no line */
	LEX_UNSEEN, /* a character that is not seen, or seen as a blank (base/invisible.h) */
	LEX_TYPO,   /* a typographic character that looks like a plain one */
};

struct conf_line {
	unsigned line; /* from 1; of a joined line, its first */
	char *key;     /* first word */
	char *value;   /* the rest without blanks around it, "" when there is none */
	bool quoted;   /* value was in one pair of double quotes, now removed */
	bool joined;   /* by a backslash before the line's end */
	bool hash;     /* value holds a '#' that other readers take for a comment */
	enum lex_fault fault;
	unsigned char byte; /* LEX_BYTE: the byte */
	const char *typo;   /* LEX_TYPO: what it is and what to write instead, static */
};

struct lexer {
	char *pos, *end;
	unsigned line;
};

/* Starts on the N bytes at TEXT; TEXT[N] must be writable. A byte order mark is passed over. */
void lex_start(struct lexer *x, char *text, size_t n);

/* Gives the next line that is neither blank nor a comment; false at the end. */
bool lex_next(struct lexer *x, struct conf_line *ret);

/*
 * A comment starts at the first '#' that is outside double quotes and first of the line or after a
 * blank. Gives its place in [S, E), or E.
 */
char *lex_comment(char *s, char *e);

/* What stands for a dash at the beginning of S and is not ASCII: the dashes it means, its bytes in *LEN; or NULL. */
const char *lex_dash(const char *s, size_t *len);

/* The first blank of S outside double quotes, or NULL. */
char *lex_blank(char *s);

#endif
