/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: talking to the kernel's routing tables.
 * One request, one answer; a refusal carries the kernel's own sentence. Waiting has a deadline.
 */
#include "net/rtnl.h"

#include "base/bytes.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER      32768 /* bytes of the kernel's largest datagram: NLMSG_GOODSIZE and dumps, v6.1 */
#define PATIENCE_S  10    /* for an answer; it is made while the request is sent */
#define HEAR_BUFFER (256 << 10)
#define NEWS_TURN   64 /* datagrams that are read before the clock is looked at again */

static int open_socket(uint32_t groups, struct err *e)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), rc;

	if (fd < 0)
		return err_sys(e, "rtnetlink: socket");
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		rc = err_sys(e, "rtnetlink: bind");
		close(fd);
		return rc;
	}
	return fd;
}

int rtnl_open(struct rtnl *r, struct err *e)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = open_socket(0, e), one = 1;

	if (fd < 0)
		return fd;
	/* Best effort: without them refusals have no sentence, and an answer that never comes blocks. */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	*r = (struct rtnl){ .fd = fd, .seq = 1 };
	return 0;
}

void rtnl_close(struct rtnl *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

static int send_request(struct rtnl *r, struct nl_writer *w, struct err *e)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n;

	if (w->full)
		return err_set(e, -EMSGSIZE, "rtnetlink: the request does not fit");
	put_u32(w->buf + offsetof(struct nlmsghdr, nlmsg_seq), ++r->seq);
	do
		n = sendto(r->fd, w->buf, w->len, 0, (struct sockaddr *)&kernel, sizeof(kernel));
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_sys(e, "rtnetlink: send") : 0;
}

/* One datagram of the kernel. Its length, or -errno; 0: not the kernel's. */
static ssize_t receive(int fd, uint8_t *buf, size_t room, int flags)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { buf, room };
	struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = recvmsg(fd, &msg, flags);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return from.nl_pid == 0 && !(msg.msg_flags & MSG_TRUNC) ? n : 0;
}

struct answer {
	rtnl_each each;
	void *arg;
	uint32_t seq;
	bool one; /* a single object: the first message is all */
	bool done;
	struct err *e;
};

/* 0: go on or done. */
static int take_message(struct answer *a, const struct nlmsghdr *h)
{
	char said[160];
	int rc, code;

	if (h->nlmsg_seq != a->seq)
		return 0;
	if (nl_error_parse(h, &code, said, sizeof(said)) == 0) {
		a->done = true;
		if (code == 0)
			return 0;
		errno = -code;
		return *said ? err_sys(a->e, "%s", said) : err_set(a->e, code, "%s", strerror(-code));
	}
	rc = a->each ? a->each(a->arg, h) : 0;
	a->done = a->done || rc != 0 || a->one;
	return rc;
}

static int take_answer(struct rtnl *r, struct answer *a)
{
	_Alignas(8) uint8_t buf[ANSWER];

	while (!a->done) {
		ssize_t n = receive(r->fd, buf, sizeof(buf), 0);
		const uint8_t *p = buf;
		size_t len = n > 0 ? (size_t)n : 0;
		const struct nlmsghdr *h;
		int rc;

		if (n < 0) {
			errno = (int)(n == -EAGAIN ? ETIMEDOUT : -n);
			return err_sys(a->e, "rtnetlink: receive");
		}
		while (!a->done && (h = nl_next(&p, &len))) {
			rc = take_message(a, h);
			if (rc)
				return rc;
		}
	}
	return 0;
}

int rtnl_do(struct rtnl *r, struct nl_writer *w, struct err *e)
{
	struct answer a = { .e = e };
	int rc;

	put_u16(w->buf + offsetof(struct nlmsghdr, nlmsg_flags),
		(uint16_t)(get_u16(w->buf + offsetof(struct nlmsghdr, nlmsg_flags)) | NLM_F_ACK));
	rc = send_request(r, w, e);
	if (rc)
		return rc;
	a.seq = r->seq;
	return take_answer(r, &a);
}

int rtnl_ask(struct rtnl *r, struct nl_writer *w, rtnl_each each, void *arg, struct err *e)
{
	struct answer a = { .each = each, .arg = arg, .e = e };
	int rc = send_request(r, w, e);

	if (rc)
		return rc;
	a.seq = r->seq;
	a.one = !(get_u16(w->buf + offsetof(struct nlmsghdr, nlmsg_flags)) & NLM_F_DUMP);
	return take_answer(r, &a);
}

int rtnl_listen(unsigned mask, struct err *e)
{
	uint32_t groups = 0;
	int fd, size = HEAR_BUFFER;

	if (mask & RTNL_HEAR_LINKS)
		groups |= RTMGRP_LINK;
	if (mask & RTNL_HEAR_ADDRESSES)
		groups |= RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
	if (mask & RTNL_HEAR_ADVERTS)
		groups |= 1u << (RTNLGRP_ND_USEROPT - 1) | RTMGRP_IPV6_IFINFO;
	fd = open_socket(groups, e);
	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)); /* lost news are told: ENOBUFS */
	return fd;
}

/* What is there now, up to a limit. 1: something was, 0: nothing, -errno. */
static int take_news(int fd, rtnl_each each, void *arg)
{
	_Alignas(8) uint8_t buf[ANSWER];
	int any = 0;

	for (unsigned i = 0; i < NEWS_TURN; i++) {
		ssize_t n = receive(fd, buf, sizeof(buf), MSG_DONTWAIT);
		const uint8_t *p = buf;
		size_t len = n > 0 ? (size_t)n : 0;
		const struct nlmsghdr *h;

		if (n == -EAGAIN)
			break;
		if (n < 0 && n != -ENOBUFS)
			return (int)n;
		any = 1;
		while (each && (h = nl_next(&p, &len)))
			(void)each(arg, h);
	}
	return any;
}

int rtnl_wait(int fd, int64_t deadline, rtnl_each each, void *arg, struct err *e)
{
	bool over;

	do {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int rc;

		/* News that never end, as of a router that speaks all the time, must not hide that time is over. */
		over = clock_ms() >= deadline;
		rc = poll(&p, 1, deadline_poll(deadline, -1));
		if (rc < 0 && errno != EINTR)
			return err_sys(e, "rtnetlink: poll");
		rc = rc > 0 ? take_news(fd, each, arg) : 0;
		errno = rc < 0 ? -rc : 0;
		if (rc < 0)
			return err_sys(e, "rtnetlink: receive news");
		if (rc > 0 && !over)
			return 1;
	} while (!over);
	return 0;
}
