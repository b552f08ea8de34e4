/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: several conversations with servers at once.
 * One loop waits for all of them; none of them blocks, and all of them end at their deadline.
 */
#include "net/talk.h"

#include "base/clock.h"
#include "net/addr.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
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
	return t->done || t->why.code || now >= t->deadline;
}

/* Calls due() where it is time; gives the number that still talk, and the next point in time. */
static unsigned play_due(struct talk *const *t, unsigned n, int64_t *wake)
{
	int64_t now = clock_ms();
	unsigned talking = 0;

	*wake = DEADLINE_NEVER;
	for (unsigned i = 0; i < n; i++) {
		if (over(t[i], now))
			continue;
		if (now >= t[i]->next && t[i]->ops->due(t[i], &t[i]->why))
			continue;
		talking++;
		if (t[i]->next < *wake)
			*wake = t[i]->next;
		if (t[i]->deadline < *wake)
			*wake = t[i]->deadline;
	}
	return talking;
}

/* Gives how many have become done. */
static unsigned play_input(struct talk *const *t, const struct pollfd *p, unsigned n)
{
	unsigned done = 0;

	for (unsigned i = 0; i < n; i++) {
		if (!p[i].revents || t[i]->done)
			continue;
		(void)t[i]->ops->input(t[i], &t[i]->why);
		done += t[i]->done;
	}
	return done;
}

static void hurry(struct talk *const *t, unsigned n, int64_t grace)
{
	int64_t until = clock_ms() + grace;

	for (unsigned i = 0; i < n; i++)
		if (!t[i]->done && t[i]->deadline > until)
			t[i]->deadline = until;
}

int talk_all(struct talk *const *t, unsigned n, int64_t grace, struct err *e)
{
	bool first = true;

	if (n > TALK_MOST)
		return err_set(e, -E2BIG, "more than %d conversations at once", TALK_MOST);
	for (;;) {
		struct pollfd p[TALK_MOST];
		int64_t wake;
		int rc;

		if (play_due(t, n, &wake) == 0)
			return 0;
		for (unsigned i = 0; i < n; i++)
			p[i] = (struct pollfd){ .fd = over(t[i], clock_ms()) ? -1 : t[i]->fd, .events = POLLIN };
		rc = poll(p, n, deadline_poll(wake, -1));
		if (rc < 0 && errno != EINTR)
			return err_sys(e, "poll");
		if (rc > 0 && play_input(t, p, n) && first) {
			hurry(t, n, grace);
			first = false;
		}
	}
}

int talk_socket(const struct link_addr *ours, uint16_t port, const char *name, struct err *e)
{
	struct sockaddr_storage sa;
	socklen_t len = netaddr_socket(ours, 0, port, &sa);
	int fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1, rc;

	if (fd < 0)
		return err_sys(e, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    (sa.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one))) ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name)) ||
	    bind(fd, (struct sockaddr *)&sa, len)) {
		rc = err_sys(e, "socket on port %d", port);
		close(fd);
		return rc;
	}
	return fd;
}
