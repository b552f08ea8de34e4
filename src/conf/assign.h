/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: files of shell assignments (/etc/sysconfig/kdump, /etc/default/…).
 * Pure: text to names and values. Nothing is run; what only a shell could tell is a fault of its line.
 */
#ifndef CONF_ASSIGN_H
#define CONF_ASSIGN_H

#include "base/err.h"

#include <stddef.h>

#define ASSIGN_ENTRIES   512
#define ASSIGN_VALUE_MAX 65536u /* bytes of one value, its NUL included */

struct assign {
	unsigned line;     /* of the name, from 1 */
	unsigned last;     /* of what a fault passes over; LINE when it is one line */
	char *name;        /* owned; NULL: this line is no assignment */
	char *value;       /* owned; NULL when there is a fault */
	const char *fault; /* static sentence on why the line cannot be taken; NULL: fine */
};

/* In file order. */
struct assigns {
	struct assign v[ASSIGN_ENTRIES];
	unsigned n;
	unsigned faults; /* entries with a fault; lines beyond ASSIGN_ENTRIES are counted here only */
};

/*
 * Reads N bytes of TEXT as POSIX sh reads assignments (XCU 2.2, 2.6.2, 2.9.1): `NAME=VALUE`, `NAME+=VALUE`,
 * `export`, `readonly`, `declare`, `typeset`, `local` in front; quotes of both kinds, backslashes, values over several
 * lines, comments; $NAME
 * and ${NAME} give what an earlier line assigned, else nothing. Commands, operators and other
 * expansions are faults: the entry has no value, and the whole command that it is part of is passed over:
 * a list with && or ||, an if, case or loop, a group, a function, a here-document, up to its end. `unset NAME` makes
 * NAME empty, `exit` and `return` end the text. RET is filled anew.
 * 0, or -ENOMEM, the only failure. The caller ends with assign_free().
 */
int must_check assign_parse(struct assigns *ret, const char *text, size_t n, struct err *e);

/* The last value that NAME was given, or NULL when there is none. Lives as long as A. */
const char *assign_get(const struct assigns *a, const char *name);

/* Frees what A owns, not A itself; NULL and zeros are fine. */
void assign_free(struct assigns *a);

#endif
