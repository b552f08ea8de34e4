/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: several conversations with servers at once.
 * One loop waits for all of them; none of them blocks, and all of them end at their deadline.
 */
#ifndef NET_TALK_H
#define NET_TALK_H

#include "base/err.h"
#include "iface/link.h"

#include <stdbool.h>
#include <stdint.h>

#define TALK_MOST 16
#define TALK_TURN 64 /* packets of one conversation before the clock is looked at again */

struct talk;

struct talk_ops {
	/* Its time has come: sends again and sets `next`. A failure ends this conversation. */
	int (*due)(struct talk *t, struct err *e);
	/* There is something to read: reads up to TALK_TURN packets, sets `done` at the end. A failure ends this. */
	int (*input)(struct talk *t, struct err *e);
};

struct talk {
	const struct talk_ops *ops;
	int fd;
	int64_t next;     /* clock_ms() of the next due() */
	int64_t deadline; /* nothing is done behind it */
	bool done;
	struct err why; /* what it failed of for good: its interface is gone */
};

/*
 * Plays the N ≤ TALK_MOST conversations until each is done, has failed, or its deadline is over: the caller looks at
 * `done` and `why`. One that fails does not disturb the others. When the first is done the others have at most GRACE
 * more ms. 0, or -errno when nothing can be waited for.
 */
int must_check talk_all(struct talk *const *t, unsigned n, int64_t grace, struct err *e);

/*
 * A datagram socket of OURS at PORT, on interface NAME alone, that does not block; several may have the port. The
 * socket, or -errno.
 */
int must_check talk_socket(const struct link_addr *ours, uint16_t port, const char *name, struct err *e);

/* The wait before try NR (0, 1, …) is repeated: doubles from FIRST up to MOST ms, and up to a quarter more. */
int64_t talk_backoff(unsigned nr, int64_t first, int64_t most);

/* 32 bits that another machine cannot guess, as far as this kernel has any. */
uint32_t talk_random(void);

#endif
