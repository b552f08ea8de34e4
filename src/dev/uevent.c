/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: what the kernel says about devices.
 * Only the kernel's own messages are heard; a message is cut into strings within bounds.
 */
#include "dev/uevent.h"

#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#define GROUP_KERNEL   1         /* multicast group of the kernel's messages, lib/kobject_uevent.c v6.1 */
#define RECEIVE_BUFFER (1 << 20) /* bytes; a full one costs a second look at everything */

static int copy(char *to, size_t room, const char *from, size_t n)
{
	if (n >= room)
		return -EBADMSG;
	memcpy(to, from, n);
	to[n] = '\0';
	return 0;
}

static int take(struct uevent *u, const char *s, size_t n)
{
	const struct {
		const char *key;
		char *to;
		size_t room;
	} want[] = {
		{ "ACTION=", u->action, sizeof(u->action) },
		{ "DEVPATH=", u->devpath, sizeof(u->devpath) },
		{ "SUBSYSTEM=", u->subsystem, sizeof(u->subsystem) },
		{ "DEVNAME=", u->devname, sizeof(u->devname) },
		{ "MODALIAS=", u->modalias, sizeof(u->modalias) },
	};

	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		size_t k = strlen(want[i].key);

		if (n >= k && memcmp(s, want[i].key, k) == 0)
			return copy(want[i].to, want[i].room, s + k, n - k);
	}
	return 0;
}

int uevent_parse(const void *buf, size_t n, struct uevent *ret)
{
	const char *s = buf, *end = s + n, *at;
	struct uevent u = { .action = "" };

	/* "libudev" messages of a running udevd start with their magic and have no '@' in front */
	at = memchr(s, '@', strnlen(s, n));
	if (!at || at == s || at + 1 == end || at[1] != '/')
		return -EBADMSG;
	while (s < end) {
		size_t len = strnlen(s, (size_t)(end - s));
		int rc = take(&u, s, len);

		if (rc)
			return rc;
		s += len + 1;
	}
	if (!*u.action || u.devpath[0] != '/')
		return -EBADMSG;
	*ret = u;
	return 0;
}

int uevent_open(struct err *e)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = GROUP_KERNEL };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	int size = RECEIVE_BUFFER, rc;

	if (fd < 0)
		return err_sys(e, "kernel events: socket");
	/* Best effort: without the privilege the smaller default stays. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		rc = err_sys(e, "kernel events: bind");
		close(fd);
		return rc;
	}
	return fd;
}

/* One datagram. 1: an event, 0: nothing to be had or not for us, or -errno. */
static int receive(int fd, struct uevent *u)
{
	char buf[UEVENT_BYTES];
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = recvmsg(fd, &msg, 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (from.nl_pid != 0 || msg.msg_flags & MSG_TRUNC)
		return 0;
	return uevent_parse(buf, (size_t)n, u) == 0;
}

int uevent_next(int fd, int timeout_ms, struct uevent *u, struct err *e)
{
	int64_t end = timeout_ms < 0 ? DEADLINE_NEVER : clock_ms() + timeout_ms;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int rc = receive(fd, u);

		if (rc < 0) {
			errno = -rc;
			return err_sys(e, "kernel events: receive");
		}
		if (rc)
			return rc;
		rc = poll(&p, 1, deadline_poll(end, -1));
		if (rc < 0 && errno != EINTR)
			return err_sys(e, "kernel events: poll");
		if (rc == 0)
			return 0;
	}
}
