/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: several conversations with servers at once.
 * One loop waits for all of them; none of them blocks, and all of them end at their deadline.
 */
#include "net/talk.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/random.h>
#include <unistd.h>

uint32_t talk_random(void)
{
	uint32_t v;

	/* right after the start there may be no entropy: an answer is awaited by few, for a short time */
	if (getrandom(&v, sizeof(v), GRND_NONBLOCK) != sizeof(v))
		v = (uint32_t)clock_us() * 2654435761u ^ (uint32_t)getpid();
	return v;
}

int64_t talk_backoff(unsigned nr, int64_t first, int64_t most)
{
	int64_t ms = nr < 16 ? first << nr : most;

	if (ms > most)
		ms = most;
	return ms + (int64_t)(talk_random() % (uint32_t)(ms / 4 + 1));
}

static bool over(const struct talk *t, int64_t now)
{
	return t->done || now >= t->deadline;
}

/* Calls due() where it is time; gives the number that still talk, and the next point in time. */
static int play_due(struct talk *const *t, unsigned n, int64_t *wake, struct err *e)
{
	int64_t now = clock_ms();
	int talking = 0, rc;

	*wake = DEADLINE_NEVER;
	for (unsigned i = 0; i < n; i++) {
		if (over(t[i], now))
			continue;
		if (now >= t[i]->next) {
			rc = t[i]->ops->due(t[i], e);
			if (rc)
				return rc;
		}
		talking++;
		if (t[i]->next < *wake)
			*wake = t[i]->next;
		if (t[i]->deadline < *wake)
			*wake = t[i]->deadline;
	}
	return talking;
}

static int play_input(struct talk *const *t, const struct pollfd *p, unsigned n, struct err *e)
{
	for (unsigned i = 0; i < n; i++) {
		int rc;

		if (!p[i].revents || t[i]->done)
			continue;
		rc = t[i]->ops->input(t[i], e);
		if (rc)
			return rc;
	}
	return 0;
}

int talk_all(struct talk *const *t, unsigned n, struct err *e)
{
	if (n > TALK_MOST)
		return err_set(e, -E2BIG, "more than %d conversations at once", TALK_MOST);
	for (;;) {
		struct pollfd p[TALK_MOST];
		int64_t wake;
		int rc = play_due(t, n, &wake, e);

		if (rc <= 0)
			return rc;
		for (unsigned i = 0; i < n; i++)
			p[i] = (struct pollfd){ .fd = over(t[i], clock_ms()) ? -1 : t[i]->fd, .events = POLLIN };
		rc = poll(p, n, deadline_poll(wake, -1));
		if (rc < 0 && errno != EINTR)
			return err_sys(e, "poll");
		rc = rc > 0 ? play_input(t, p, n, e) : 0;
		if (rc)
			return rc;
	}
}
