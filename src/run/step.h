/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: one step in one child.
 * Whatever happens inside (SIGSEGV, out of memory, a hung disk), PID 1 gets a result and a sentence.
 */
#ifndef RUN_STEP_H
#define RUN_STEP_H

#include "base/err.h"
#include "run/channel.h"

#include <stdbool.h>
#include <stdint.h>

struct step {
	const char *name;                                          /* "log", …: first word of the error sentence */
	int (*work)(struct channel *ch, void *arg, struct err *e); /* in the child; 0 or -errno */
	void *arg;
	int64_t limit_ms; /* the whole step; 0: none */
	int64_t stall_ms; /* without a byte or a page more than ever before in this stage; 0: none */
	uint64_t rate;    /* bytes a second that move, over every stall_ms; 0: however few */
	uint64_t memory;  /* bytes that the child may have more than it begins with; 0: most of what is free */
};

/* What PID 1 does while a step runs. */
struct step_watch {
	void (*message)(void *arg, const struct step *s, const struct msg *m);
	/* About once a second; ALIVE tells whether the step moved within its limits (feed the watchdog). */
	void (*second)(void *arg, const struct step *s, bool alive);
	void *arg;
};

/*
 * Runs S in a child of its own session and waits for its end. 0, or the child's -errno with its
 * sentence; -ETIMEDOUT after a limit, or slower than its rate (the child's session is killed; one that
 * cannot die is left behind after 5 s); -EINTR when the child was killed by a signal, which the sentence
 * names. Other children that end meanwhile are reaped (PID 1's duty).
 */
int must_check step_run(const struct step *s, const struct step_watch *w, struct err *e);

#endif
