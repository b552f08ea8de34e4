/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: several conversations with servers at once.
 * One loop waits for all of them; none of them blocks, and all of them end at their deadline.
 */
#ifndef NET_TALK_H
#define NET_TALK_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define TALK_MOST 16

struct talk;

struct talk_ops {
	/* Its time has come: sends again and sets `next`. */
	int (*due)(struct talk *t, struct err *e);
	/* There is something to read: reads all of it, sets `done` at the end. */
	int (*input)(struct talk *t, struct err *e);
};

struct talk {
	const struct talk_ops *ops;
	int fd;
	int64_t next;     /* clock_ms() of the next due() */
	int64_t deadline; /* nothing is done behind it */
	bool done;
};

/*
 * Plays the N ≤ TALK_MOST conversations until each is done or its deadline is over: the caller looks at
 * `done`. 0, or -errno of the first that failed for good.
 */
int must_check talk_all(struct talk *const *t, unsigned n, struct err *e);

/* The wait before try NR (0, 1, …) is repeated: doubles from FIRST up to MOST ms, and up to a quarter more. */
int64_t talk_backoff(unsigned nr, int64_t first, int64_t most);

/* 32 bits that another machine cannot guess, as far as this kernel has any. */
uint32_t talk_random(void);

#endif
