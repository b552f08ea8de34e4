/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: what the readers of the dialects share.
 * Each knows its variables by a table and writes lines of a kdump.conf.
 */
#ifndef CONF_DIALECT_WORDS_H
#define CONF_DIALECT_WORDS_H

#include "conf/assign.h"
#include "conf/dialect.h"

#include <stdbool.h>

/* What the value of a variable has to look like. */
enum dialect_form {
	FORM_TEXT,
	FORM_NUMBER,
	FORM_KEEP, /* a number, or -1 */
	FORM_MIB,  /* a number, with or without "M" */
};

/* A variable of a dialect. */
struct dialect_var {
	const char *name;
	const char *usual;        /* the value that asks for nothing, besides an empty one; or NULL */
	const char *advice;       /* said when it asks for something; NULL: the composer carries it over */
	enum conf_severity heavy; /* how it is said */
	enum dialect_form form;   /* a value of another form draws a warning in the place of the advice */
};

#define DIALECT_SYSCTL "read from this file by kdumpctl, which sets it on the running system after a load"

struct dialect_ctx {
	const struct assigns *a;
	const struct conf_sayer *who;
	char *text; /* of the result; NULL when there was no memory */
	size_t n, room;
	unsigned refused;
};

/* The variables of each dialect, up to a NULL name, and what composes its lines. */
extern const struct dialect_var dialect_suse_vars[], dialect_debian_vars[];
void dialect_suse(struct dialect_ctx *c);
void dialect_debian(struct dialect_ctx *c);

/* The value of NAME; "" when it has none. */
const char *dialect_value(const struct dialect_ctx *c, const char *name);

/* The value of NAME as a switch (yes, true, 1, no, false, 0); OTHERWISE when it is empty or none of them. */
bool dialect_switch(struct dialect_ctx *c, const char *name, bool otherwise);

/* Says a sentence about variable NAME, and adds it to the result as a comment. */
void dialect_say(struct dialect_ctx *c, enum conf_severity s, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Adds the line "FMT…" that carries variable NAME over. A value that kdump.conf cannot hold (control bytes, double
 * quotes, more than 1000 bytes) is refused instead.
 */
void dialect_line(struct dialect_ctx *c, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Adds "DIRECTIVE VALUE" for variable NAME, in double quotes where the value holds blanks. */
void dialect_word(struct dialect_ctx *c, const char *name, const char *directive, const char *value);

#define DIALECT_URL 1024

/* A place as SUSE writes it. Strings are "" when not given. */
struct dialect_url {
	char text[DIALECT_URL]; /* they all live here */
	const char *scheme, *user, *host, *path;
	const char *port;
	bool password, v6; /* v6: the host is an IPv6 address, without its brackets */
};

/*
 * Takes WORD apart: [SCHEME://[USER[:PASSWORD]@]HOST[:PORT]]PATH. %XX is decoded in user, host and path, and in a
 * directory without a scheme. 0; -EILSEQ for a % that two hexadecimal digits do not follow, for one that stands for a
 * control byte, and for a blank in user or host; else -EINVAL.
 */
int dialect_url(struct dialect_url *ret, const char *word);

#endif
