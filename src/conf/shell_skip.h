/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: how far a command reaches in a file of shell assignments.
 * Pure. Nothing is run and nothing is decided: what a command holds, assignments too, is passed over with it.
 */
#ifndef CONF_SHELL_SKIP_H
#define CONF_SHELL_SKIP_H

#include <stdbool.h>

struct shell_skipped {
	const char *end;  /* behind the command: at the newline or the ';' that ends it, or the end of the text */
	const char *what; /* static: why it cannot be taken, as "not an assignment but an if block: …" */
	bool stops;       /* exit or return: a shell reads no further */
};

/*
 * Passes over the command at P, whose text ends at END: lists with &&, || and |, pipelines, if, case, for, while,
 * until, groups, functions, here-documents, command substitutions, quotes, joined lines (POSIX XCU 2.2, 2.7.4, 2.9,
 * 2.10; arrays, [[ ]] and <<< of bash).
 */
struct shell_skipped shell_skip(const char *p, const char *end);

#endif
