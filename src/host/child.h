/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: programs that the service runs.
 * Each in a process group of its own, with a time limit; a late one goes with all that it started.
 */
#ifndef HOST_CHILD_H
#define HOST_CHILD_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct child_ask {
	const char *const *argv; /* ends with NULL; argv[0] is a path, or a name that PATH finds */
	int64_t limit_ms;        /* then its group is killed; 0: no limit */
	char *out;               /* not NULL: its standard output goes here, cut, with a NUL */
	size_t room;             /* bytes of OUT */
	bool quiet;              /* its standard error (and output, when OUT is NULL) goes nowhere */
	bool terminal;           /* it may ask somebody: stays in the group of the terminal */
};

/*
 * Runs a program to its end. Gives its exit status (0 … 255); -ENOENT when there is no such program,
 * -ETIMEDOUT when it was killed for being late, -EINTR when a signal ended it, -errno.
 */
int must_check child_run(const struct child_ask *ask, struct err *e);

#endif
