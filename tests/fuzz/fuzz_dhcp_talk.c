/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: conversations with DHCP servers, for IPv4 and IPv6.
 * The real clients and their loop; every message is answered as the input says: well, damaged, several times, with
 * other bytes, or never. Everything ends at its deadline, however much comes.
 * wrap: socket bind setsockopt sendto recvmsg recv poll clock_gettime getrandom
 */
#include "net/dhcp4_client.h"
#include "net/dhcp6_client.h"

#include "input.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/if_packet.h>

#define ROOM    1600
#define FLOOD   100000 /* packets that may be read in one run */
#define TIME_MS 60000

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static struct {
	const uint8_t *p;
	size_t n;
	int64_t now_us;
	bool six;
	uint8_t asked[ROOM]; /* the last message */
	size_t nasked;
	unsigned waiting, read;
	bool endless;
} net;

static uint8_t byte(void)
{
	return input_byte(&net.p, &net.n);
}

/* ---- answers ---- */

static size_t answer4(uint8_t *b)
{
	static const uint8_t options[] = { 54, 4, 10, 0, 0, 1, 51, 4, 0, 0, 14, 16, 1, 4, 255, 255, 255, 0, 3, 4,
					   10, 0, 0, 1, 6, 4, 10, 0, 0, 1, 255 };
	size_t at = DHCP4_HEADERS, n = at + 240;
	uint8_t kind = DHCP4_OFFER;

	memcpy(b, net.asked, net.nasked < ROOM ? net.nasked : ROOM);
	for (size_t i = n; i + 2 < net.nasked && b[i] != 255; i += 2u + b[i + 1])
		if (b[i] == 53 && b[i + 2] == DHCP4_REQUEST)
			kind = DHCP4_ACK;
	b[at] = 2;
	memcpy(b + at + 16, (uint8_t[]){ 10, 0, 0, 77 }, 4);
	b[n++] = 53;
	b[n++] = 1;
	b[n++] = kind;
	memcpy(b + n, options, sizeof(options));
	n += sizeof(options);
	n = dhcp4_wrap(b, n - at);
	b[20] = 0;
	b[21] = DHCP4_SERVER;
	b[22] = 0;
	b[23] = DHCP4_CLIENT;
	return n;
}

/* The question with another kind and a server in front: what a server of one address would say. */
static size_t answer6(uint8_t *b)
{
	static const uint8_t server[] = { 0, 2, 0, 10, 0, 3, 0, 1, 2, 0, 0, 0, 0, 1 };
	static const uint8_t address[] = { 0, 3, 0, 40, 0, 0, 0, 1, 0, 0, 0, 60, 0, 0, 0, 90, 0, 5, 0, 24,
					   0xfd, 0x99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 1, 0,
					   0, 0, 2, 0 };
	size_t n = 4;

	memcpy(b, net.asked, 4);
	b[0] = net.asked[0] == 1 ? 2 : 7;
	memcpy(b + n, server, sizeof(server));
	n += sizeof(server);
	memcpy(b + n, address, sizeof(address));
	n += sizeof(address);
	for (size_t i = 4; i + 4 <= net.nasked;) { /* the client's own identifier comes back */
		size_t len = (size_t)net.asked[i + 2] << 8 | net.asked[i + 3];

		if (i + 4 + len > net.nasked)
			break;
		if (net.asked[i + 1] == 1 && n + 4 + len < ROOM) {
			memcpy(b + n, net.asked + i, 4 + len);
			n += 4 + len;
		}
		i += 4 + len;
	}
	return n;
}

/* One packet for the client, 0: there is none. */
static size_t next_packet(uint8_t *b)
{
	uint8_t how;
	size_t n;

	if (!net.waiting && !net.endless)
		return 0;
	if (++net.read > FLOOD)
		abort(); /* the client does not come back to its clock */
	net.waiting -= net.waiting > 0;
	how = byte();
	n = net.six ? answer6(b) : answer4(b);
	if (how >= 0xc0) {
		for (unsigned i = 0; i <= how % 8u; i++) {
			size_t at = (size_t)byte() << 1 | (how & 1);

			if (at < n)
				b[at] = byte();
		}
	} else if (how >= 0xa0) {
		size_t len = (size_t)byte() * 2;

		n = len < n ? len : n;
	} else if (how >= 0x80) {
		for (n = net.six ? 4 : DHCP4_HEADERS + 240; n < ROOM && net.n && byte() != 1; n++)
			b[n] = byte();
	}
	net.now_us += 1000;
	return n;
}

/* ---- in place of the kernel ---- */

int __wrap_socket(int family, int type, int protocol);
int __wrap_bind(int fd, const struct sockaddr *at, socklen_t n);
int __wrap_setsockopt(int fd, int level, int name, const void *v, socklen_t n);
ssize_t __wrap_sendto(int fd, const void *buf, size_t n, int flags, const struct sockaddr *to, socklen_t len);
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags);
ssize_t __wrap_recv(int fd, void *buf, size_t n, int flags);
int __wrap_poll(struct pollfd *p, nfds_t n, int ms);
int __wrap_clock_gettime(clockid_t c, struct timespec *t);
ssize_t __wrap_getrandom(void *buf, size_t n, unsigned flags);

int __wrap_socket(int family, int type, int protocol)
{
	(void)family;
	(void)type;
	(void)protocol;
	return dup(2);
}

int __wrap_bind(int fd, const struct sockaddr *at, socklen_t n)
{
	(void)fd;
	(void)at;
	(void)n;
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
	uint8_t how = byte();

	(void)fd;
	(void)flags;
	(void)to;
	(void)len;
	if (n > ROOM)
		abort();
	if (how == 0xff) {
		errno = ENETDOWN;
		return -1;
	}
	memcpy(net.asked, buf, n);
	net.nasked = n;
	net.waiting = how < 0xc0 ? 1 : how % 16u;
	net.endless = how == 0xfe;
	return (ssize_t)n;
}

/* A packet whose sum is not there yet, as of a server on the same machine: what is in it counts. */
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct tpacket_auxdata aux = { .tp_status = TP_STATUS_CSUMNOTREADY };
	struct cmsghdr *m = CMSG_FIRSTHDR(msg);
	uint8_t b[2 * ROOM] = { 0 };
	size_t n = next_packet(b);

	(void)fd;
	(void)flags;
	if (!n) {
		errno = EAGAIN;
		return -1;
	}
	n = n < msg->msg_iov[0].iov_len ? n : msg->msg_iov[0].iov_len;
	memcpy(msg->msg_iov[0].iov_base, b, n);
	m->cmsg_level = SOL_PACKET;
	m->cmsg_type = PACKET_AUXDATA;
	m->cmsg_len = CMSG_LEN(sizeof(aux));
	memcpy(CMSG_DATA(m), &aux, sizeof(aux));
	return (ssize_t)n;
}

ssize_t __wrap_recv(int fd, void *buf, size_t n, int flags)
{
	uint8_t b[2 * ROOM] = { 0 };
	size_t got = next_packet(b);

	(void)fd;
	(void)flags;
	if (!got) {
		errno = EAGAIN;
		return -1;
	}
	got = got < n ? got : n;
	memcpy(buf, b, got);
	return (ssize_t)got;
}

int __wrap_poll(struct pollfd *p, nfds_t n, int ms)
{
	int ready = 0;

	for (nfds_t i = 0; i < n; i++) {
		p[i].revents = p[i].fd >= 0 && (net.waiting || net.endless) ? POLLIN : 0;
		ready += p[i].revents != 0;
	}
	net.now_us += ready ? 100 : (int64_t)(ms < 0 ? 1000 : ms) * 1000 + 100;
	return ready;
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

/* ---- the clients ---- */

static const struct nl_link port = {
	.index = 2, .name = "eth0", .type = 1, .has_mac = true, .mac = { 2, 0, 0, 0, 0, 9 }
};

static void talk(struct talk *t)
{
	(void)!talk_all(&t, 1, 1000, NULL);
	if (net.now_us > 2 * TIME_MS * 1000)
		abort(); /* it went on behind its deadline */
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	struct dhcp4_client four;
	struct dhcp6_client six;
	struct err e = { 0 };
	uint8_t kind;

	memset(&net, 0, sizeof(net));
	net.p = d;
	net.n = n;
	kind = byte();
	net.six = kind & 1;
	if (net.six) {
		struct dhcp6_query first = { .type = kind & 2 ? DHCP6_INFORMATION : DHCP6_SOLICIT };

		if (dhcp6_open(&six, &port, &first, TIME_MS, &e))
			return 0;
		talk(&six.talk);
		if (!six.talk.done && dhcp6_why(&six, &e) == 0)
			abort();
		dhcp6_close(&six);
		return 0;
	}
	if (dhcp4_open(&four, &port, TIME_MS, &e))
		return 0;
	talk(&four.talk);
	if (!four.talk.done && dhcp4_why(&four, &e) == 0)
		abort();
	dhcp4_close(&four);
	return 0;
}
