/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: a foreign program inside a step.
 * Hooks and external collectors: their output goes line by line to the console, their end is seen.
 */
#ifndef RUN_PROGRAM_H
#define RUN_PROGRAM_H

#include "base/err.h"
#include "run/channel.h"

/*
 * Runs ARGV[0] (a path) with ARGV and ENVP, standard input from /dev/null, output as MSG_SAY lines,
 * and waits for it. TICK (may be NULL) is called about once a second. Gives the exit status, or
 * 128 + signal; -errno when it could not be started, which is never taken for an exit status. What it
 * left in the background goes on.
 */
int must_check program_run(struct channel *ch, char *const argv[], char *const envp[],
			   void (*tick)(void *arg), void *arg, struct err *e);

#endif
