/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the assignments of a file that a shell reads (/etc/default/grub).
 * Pure: where each stands, whether it is carried out for certain, and what its value is. Nothing is run.
 */
#ifndef HOST_SHELL_FILE_H
#define HOST_SHELL_FILE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define SHELL_ASSIGNS 512    /* assignments of one file */
#define SHELL_VALUE   65536u /* bytes of one value */
#define SHELL_UNKNOWN '\1'   /* in a value: what only a shell could tell, such as the output of a command */

struct shell_assign {
	const char *name, *raw; /* in the text; RAW with its quotes */
	size_t name_n, raw_n;
	unsigned line; /* from 1 */
	bool append;   /* NAME+=VALUE */
	bool sure;     /* not in a condition, a loop, a function, a pipe or a subshell, nor behind && or || */
};

/*
 * Gives in *RET (which the caller frees) and *COUNT the assignments of TEXT as POSIX sh reads it (XCU 2), in order.
 * -EINVAL with a sentence that names the line: no shell would take it, or a shell alone can tell what follows from it
 * (here-documents, `.`, eval). -ENOMEM.
 */
int must_check shell_assignments(const char *text, size_t n, struct shell_assign **ret, unsigned *count,
				 struct err *e);

/* What a value is made of. */
struct shell_piece {
	int c;          /* a byte of the value; -1: an expansion begins here, of which the bytes follow, if any */
	size_t at, len; /* of the raw value: where it comes from; of an expansion all of it */
	bool literal;   /* C stands in the text itself */
	bool quoted;    /* between quotes */
};

struct shell_reader {
	const char *(*get)(void *arg, const char *name, size_t n); /* value of a variable, NULL: not set */
	void (*put)(void *arg, const struct shell_piece *p);
	void *arg;
};

/* Reads the value RAW of N bytes. What cannot be told is SHELL_UNKNOWN. */
void shell_value(const char *raw, size_t n, const struct shell_reader *how);

#endif
