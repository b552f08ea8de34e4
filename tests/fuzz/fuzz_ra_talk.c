/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: conversations with routers of IPv6, and with the DHCP servers that they name.
 * The kernel reads router advertisements itself (accept_ra): none of their bytes comes to us but the option for name
 * servers. What a hostile router moves is what the kernel says of it over time: flags of the interface, addresses that
 * come, go and change their state, news that never end. So that is what the input plays here, in place of a kernel, for
 * the real player of steps with its `ra` step, its DHCP client and its renewals.
 * Promises: everything ends at its deadline; an address that is said to be ours is one that the kernel has and may use,
 * one that we give ourselves was lent by a server and is of the kind that hosts have; nothing is learnt that was not
 * told; no socket stays open.
 * wrap: socket bind setsockopt sendto recvmsg recv poll close clock_gettime getrandom open64
 */
#include "ra_peers.h"

#include "base/clock.h"
#include "net/net.h"

#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

#define LINKS_MS 30000 /* the deadline of all steps */
#define RENEWALS 6
#define SLACK_MS 1000

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

/* ---- in place of the C library ---- */

int __real_close(int fd);
int __real_open64(const char *path, int flags, ...);
int __wrap_socket(int family, int type, int protocol);
int __wrap_bind(int fd, const struct sockaddr *at, socklen_t n);
int __wrap_setsockopt(int fd, int level, int name, const void *v, socklen_t n);
ssize_t __wrap_sendto(int fd, const void *buf, size_t n, int flags, const struct sockaddr *to, socklen_t len);
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags);
ssize_t __wrap_recv(int fd, void *buf, size_t n, int flags);
int __wrap_poll(struct pollfd *p, nfds_t n, int ms);
int __wrap_close(int fd);
int __wrap_clock_gettime(clockid_t c, struct timespec *t);
ssize_t __wrap_getrandom(void *buf, size_t n, unsigned flags);
int __wrap_open64(const char *path, int flags, ...);

int __wrap_socket(int family, int type, int protocol)
{
	int fd = dup(2);

	(void)type;
	(void)protocol;
	if (fd < 0 || fd >= FDS)
		abort();
	net.socket[fd] = family == AF_NETLINK ? KERNEL : DHCP;
	net.open++;
	return fd;
}

int __wrap_bind(int fd, const struct sockaddr *at, socklen_t n)
{
	struct sockaddr_nl nl;

	if (net.socket[fd] == KERNEL && n == sizeof(nl)) {
		memcpy(&nl, at, sizeof(nl));
		if (nl.nl_groups)
			net.socket[fd] = NEWS;
	}
	return 0;
}

int __wrap_setsockopt(int fd, int level, int name, const void *v, socklen_t n)
{
	(void)fd;
	(void)level;
	(void)name;
	(void)v;
	(void)n;
	return 0;
}

ssize_t __wrap_sendto(int fd, const void *buf, size_t n, int flags, const struct sockaddr *to, socklen_t len)
{
	uint8_t how;

	(void)flags;
	(void)to;
	(void)len;
	if (net.socket[fd] == KERNEL) {
		take_request(buf, n);
		return (ssize_t)n;
	}
	if (n > ROOM || net.socket[fd] != DHCP)
		abort();
	how = byte();
	if (how >= 0xf8) {
		errno = how & 1 ? EADDRNOTAVAIL : ENODEV;
		return -1;
	}
	memcpy(net.asked, buf, n);
	net.nasked = n;
	net.waiting = how % 4u;
	return (ssize_t)n;
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct nl_writer *w = &net.answer[net.at];
	size_t n;

	(void)flags;
	memset(msg->msg_name, 0, msg->msg_namelen);
	msg->msg_flags = 0;
	if (net.socket[fd] == NEWS)
		return next_news(msg->msg_iov[0].iov_base, msg->msg_iov[0].iov_len);
	if (net.socket[fd] != KERNEL || net.at == net.nanswer)
		abort();
	net.at++;
	n = w->len < msg->msg_iov[0].iov_len ? w->len : msg->msg_iov[0].iov_len;
	memcpy(msg->msg_iov[0].iov_base, w->buf, n);
	net.now_us += 50;
	return (ssize_t)n;
}

ssize_t __wrap_recv(int fd, void *buf, size_t n, int flags)
{
	(void)flags;
	if (net.socket[fd] != DHCP)
		abort();
	return next_reply(buf, n);
}

static int ready(struct pollfd *p, nfds_t n)
{
	int count = 0;

	for (nfds_t i = 0; i < n; i++) {
		bool any = p[i].fd >= 0 &&
			   (net.socket[p[i].fd] == NEWS ? net.news || net.endless : net.waiting > 0);

		p[i].revents = any ? POLLIN : 0;
		count += any;
	}
	return count;
}

int __wrap_poll(struct pollfd *p, nfds_t n, int ms)
{
	int64_t until = ms < 0 ? INT64_MAX : net.now_us + (int64_t)ms * 1000;
	int count;

	net.now_us += 10;
	while (!(count = ready(p, n)) && net.now_us < until && net.n) {
		int64_t step = happen();

		net.now_us = step < until - net.now_us ? net.now_us + step : until;
	}
	if (count)
		return count;
	if (ms < 0)
		abort(); /* it waits for ever */
	net.now_us = until > net.now_us ? until : net.now_us;
	return 0;
}

int __wrap_close(int fd)
{
	if (fd >= 0 && fd < FDS && net.socket[fd]) {
		net.socket[fd] = NO_SOCKET;
		net.open--;
	}
	return __real_close(fd);
}

int __wrap_clock_gettime(clockid_t c, struct timespec *t)
{
	(void)c;
	net.now_us += 5;
	*t = (struct timespec){ .tv_sec = net.now_us / 1000000, .tv_nsec = net.now_us % 1000000 * 1000 };
	return 0;
}

ssize_t __wrap_getrandom(void *buf, size_t n, unsigned flags)
{
	(void)flags;
	memset(buf, 0x5a, n);
	return (ssize_t)n;
}

/* The settings of the machine that fuzzes stay as they are. */
int __wrap_open64(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	if (strncmp(path, "/proc/sys/", 10) == 0) {
		errno = EROFS;
		return -1;
	}
	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return __real_open64(path, flags, mode);
}

/* ---- what is promised ---- */

static void hear(void *arg, const char *text)
{
	static const char by[] = " by router advertisement";
	size_t n = strlen(text);

	(void)arg;
	if (n < sizeof(by) || strcmp(text + n - (sizeof(by) - 1), by) != 0)
		return;
	for (unsigned i = 0; i < net.nusable; i++) {
		size_t len = strlen(net.usable[i]);

		if (memmem(text, n, net.usable[i], len))
			return;
	}
	abort(); /* the kernel has no such address, or not for us */
}

static void check_state(const struct net_state *st)
{
	if (st->nserver > NET_SERVERS || st->nlease > 1)
		abort();
	for (unsigned i = 0; i < st->nserver; i++) {
		if (st->server[i].family != AF_INET6 || !was_told(st->server[i].b) || !of_a_host(st->server[i].b))
			abort(); /* nothing answers there, and the place is taken from one that does */
		if (netaddr_link_local(&st->server[i]) && !st->scope[i])
			abort();
	}
	for (unsigned i = 0; i < st->nlease; i++) {
		const struct net_lease *l = &st->lease[i];

		if (l->renew > l->rebind || l->rebind > l->end || strcmp(l->name, IFACE) != 0)
			abort();
	}
}

static void renew(struct net_state *st)
{
	for (unsigned i = 0; i < RENEWALS && net_renew_due(st) != DEADLINE_NEVER; i++) {
		int64_t due = net_renew_due(st), start;
		struct err e = { 0 };

		if (net.now_us < due * 1000)
			net.now_us = due * 1000;
		start = clock_ms();
		if (net_renew(st, 5000, &e) == 0 && net_renew_due(st) < start + 1000)
			abort(); /* the server is asked without a pause */
		if (clock_ms() > start + 5000 + SLACK_MS)
			abort();
		check_state(st);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	static const struct link_step step[] = {
		{ .kind = LINK_UP, .name = IFACE, .seconds = 3 },
		{ .kind = LINK_RA, .name = IFACE, .seconds = 20 },
	};
	static const struct net_hear ear = { .say = hear };
	struct net_state st = { 0 };
	struct err e = { 0 };
	int64_t start;
	int rc;

	memset(&net, 0, sizeof(net));
	net.p = d;
	net.n = n;
	net.now_us = 5000000;
	start = clock_ms();
	rc = net_up(&st, step, 2, start + LINKS_MS, &ear, &e);
	if (rc && !e.code)
		abort(); /* a failure without a sentence */
	if (clock_ms() > start + 23000 + SLACK_MS)
		abort();
	check_state(&st);
	renew(&st);
	if (net.open)
		abort();
	return 0;
}
