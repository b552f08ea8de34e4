/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: a foreign program inside a step.
 * Hooks and external collectors: their output goes line by line to the console, their end is seen.
 */
#ifndef RUN_PROGRAM_H
#define RUN_PROGRAM_H

#include "base/err.h"
#include "run/channel.h"

/* What happens while it runs; either may be NULL. */
struct program_watch {
	void (*tick)(void *arg); /* about once a second */
	/* N bytes of the standard output, which is no text for the console then. An error ends the program. */
	int (*take)(void *arg, const void *p, size_t n, struct err *e);
	void *arg;
};

/*
 * Runs ARGV[0] (a path) with ARGV and ENVP, standard input from /dev/null, output as MSG_SAY lines,
 * and waits for it. W may be NULL. Gives the exit status, or 128 + signal; -errno when it could not be
 * started or its output was not taken, which is never taken for an exit status. What it left in the
 * background goes on.
 */
int must_check program_run(struct channel *ch, char *const argv[], char *const envp[],
			   const struct program_watch *w, struct err *e);

#endif
