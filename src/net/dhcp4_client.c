/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: a client of DHCP for IPv4.
 * Asks for an address, or for more time; changes nothing in this kernel.
 */
#include "net/dhcp4_client.h"

#include "base/clock.h"
#include "base/str.h"
#include "net/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#define FIRST_MS  1000 /* until a message is repeated; then doubled */
#define MOST_MS   16000
#define ASK_TRIES 3 /* of a request for an offer, before everything starts again */

/* IPv4, UDP, no fragment, to the client's port: else the copy of every packet of the link comes here. */
static int filter_packets(int fd, struct err *e)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9), /* protocol */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 17, 0, 6),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6), /* flags and offset of a fragment */
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 4, 0),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), /* length of the header */
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),  /* destination port */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DHCP4_CLIENT, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { .len = ARRAY_LEN(code), .filter = code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)))
		return err_sys(e, "packet filter");
	return 0;
}

static int open_packet(int index, struct err *e)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = index };
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1, rc;

	if (fd < 0)
		return err_sys(e, "packet socket");
	rc = filter_packets(fd, e);
	if (rc == 0 && setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)))
		rc = err_sys(e, "packet socket: PACKET_AUXDATA");
	if (rc == 0 && bind(fd, (struct sockaddr *)&to, sizeof(to)))
		rc = err_sys(e, "packet socket: bind");
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

static int send_broadcast(struct dhcp4_client *c, uint8_t *buf, size_t n)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = c->index,
		.sll_halen = 6,
		.sll_addr = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	};

	n = dhcp4_wrap(buf, n);
	return sendto(c->talk.fd, buf, n, 0, (struct sockaddr *)&to, sizeof(to)) < 0 ? -errno : 0;
}

static int send_unicast(struct dhcp4_client *c, const uint8_t *buf, size_t n)
{
	struct sockaddr_storage to;
	socklen_t len = netaddr_socket(&c->from, 0, DHCP4_SERVER, &to);

	return sendto(c->udp, buf, n, 0, (struct sockaddr *)&to, len) < 0 ? -errno : 0;
}

static void start_over(struct dhcp4_client *c)
{
	c->ask = (struct dhcp4_query){ .type = DHCP4_DISCOVER };
	c->tries = 0;
	c->xid = talk_random();
}

static int due(struct talk *t, struct err *e)
{
	struct dhcp4_client *c = (struct dhcp4_client *)t; /* the first member */
	uint8_t buf[DHCP4_ROOM];
	int64_t now = clock_ms(), secs = (now - c->started) / 1000;
	size_t n;
	int rc;

	if (c->ask.type == DHCP4_REQUEST && !c->ask.ours.family && c->tries >= ASK_TRIES)
		start_over(c);
	c->ask.xid = c->xid;
	c->ask.secs = (uint16_t)(secs > UINT16_MAX ? UINT16_MAX : secs);
	memcpy(c->ask.mac, c->mac, 6);
	c->ask.who = &c->who;
	/* some relays and switches lose the answer to an address that nobody has yet */
	c->ask.broadcast = !c->ask.ours.family && (c->tries & 1);
	n = dhcp4_build(&c->ask, buf + DHCP4_HEADERS, sizeof(buf) - DHCP4_HEADERS);
	rc = c->udp >= 0 ? send_unicast(c, buf + DHCP4_HEADERS, n) : send_broadcast(c, buf, n);
	c->talk.next = now + talk_backoff(c->tries++, FIRST_MS, MOST_MS);
	/* a link that is down for a moment, or a full queue, is a lost packet; an interface that is gone is not */
	if (rc == -ENODEV || rc == -ENXIO || rc == -EPERM) {
		errno = -rc;
		return err_sys(e, "dhcp4 %s: send", c->name);
	}
	return 0;
}

static void take_offer(struct dhcp4_client *c, const struct dhcp4_reply *r)
{
	if (!r->server.family) {
		c->strange++;
		return;
	}
	c->offers++;
	c->got = *r;
	c->ask = (struct dhcp4_query){ .type = DHCP4_REQUEST, .wanted = r->addr, .server = r->server };
	c->tries = 0;
	c->talk.next = clock_ms();
}

static void take_reply(struct dhcp4_client *c, const struct dhcp4_reply *r)
{
	bool asked = c->ask.type == DHCP4_REQUEST;
	/* a server that does not name itself in its answer is believed: some relays cut that */
	bool same = !r->server.family || !c->got.server.family || netaddr_same(&r->server, &c->got.server);

	if (r->type == DHCP4_OFFER && !asked) {
		take_offer(c, r);
	} else if (r->type == DHCP4_ACK && asked && same) {
		if (!r->server.family) {
			struct link_addr server = c->got.server;

			c->got = *r;
			c->got.server = server;
		} else {
			c->got = *r;
		}
		c->talk.done = true;
	} else if (r->type == DHCP4_NAK && asked && same) {
		c->refusals++;
		if (c->ask.ours.family)
			c->talk.deadline = clock_ms(); /* it is ours no longer */
		start_over(c);
		c->talk.next = clock_ms() + talk_backoff(c->refusals, FIRST_MS, MOST_MS);
	}
}

/* The kernel says of a packet that never left this machine that its sum is not there yet. */
static bool is_summed(struct msghdr *msg)
{
	for (struct cmsghdr *m = CMSG_FIRSTHDR(msg); m; m = CMSG_NXTHDR(msg, m)) {
		struct tpacket_auxdata aux;

		if (m->cmsg_level != SOL_PACKET || m->cmsg_type != PACKET_AUXDATA ||
		    m->cmsg_len < CMSG_LEN(sizeof(aux)))
			continue;
		memcpy(&aux, CMSG_DATA(m), sizeof(aux));
		return !(aux.tp_status & TP_STATUS_CSUMNOTREADY);
	}
	return true;
}

/* One packet: its bytes that are taken, 0: none is there, -errno. */
static int input_one(struct dhcp4_client *c)
{
	uint8_t buf[DHCP4_ROOM];
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	ssize_t n = recvmsg(c->talk.fd, &msg, 0);
	struct dhcp4_reply r;
	size_t off, len;
	int rc;

	if (n < 0)
		return errno == EAGAIN ? 0 : errno == EINTR || errno == ENETDOWN ? 1
										 : -errno;
	if (dhcp4_unwrap(buf, (size_t)n, is_summed(&msg), &off, &len))
		return 1;
	rc = dhcp4_parse(buf + off, len, c->xid, c->mac, &r);
	if (rc == 0)
		take_reply(c, &r);
	else if (rc == -EBADMSG)
		c->strange++;
	return 1;
}

static int input(struct talk *t, struct err *e)
{
	struct dhcp4_client *c = (struct dhcp4_client *)t;
	int rc = 1;

	for (unsigned i = 0; i < TALK_TURN && rc > 0 && !t->done; i++)
		rc = input_one(c);
	if (rc < 0) {
		errno = -rc;
		return err_sys(e, "dhcp4 %s: receive", c->name);
	}
	return 0;
}

int dhcp4_open(struct dhcp4_client *c, const struct nl_link *l, int64_t deadline, struct err *e)
{
	static const struct talk_ops ops = { due, input };
	int fd;

	*c = (struct dhcp4_client){ .talk = { .ops = &ops, .fd = -1 }, .udp = -1 };
	if (!l->has_mac)
		return err_set(e, -EAFNOSUPPORT, "dhcp4 %s: no Ethernet address", l->name);
	fd = open_packet(l->index, e);
	if (fd < 0)
		return err_add(e, fd, "dhcp4 %s", l->name);
	c->talk.fd = fd;
	c->talk.next = c->started = clock_ms();
	c->talk.deadline = deadline;
	c->index = l->index;
	(void)str_fmt(c->name, sizeof(c->name), "%s", l->name);
	memcpy(c->mac, l->mac, 6);
	start_over(c);
	return 0;
}

int dhcp4_open_renew(struct dhcp4_client *c, const struct nl_link *l, const struct link_addr *ours,
		     const struct link_addr *server, int64_t deadline, struct err *e)
{
	int rc = dhcp4_open(c, l, deadline, e);

	if (rc)
		return rc;
	c->ask = (struct dhcp4_query){ .type = DHCP4_REQUEST, .ours = *ours };
	c->from = *server; /* RFC 2131, 4.3.6: a renewal does not name the server */
	if (!server->family)
		return 0;
	/* with the address that is renewed the kernel finds the way to the server */
	rc = talk_socket(ours, DHCP4_CLIENT, l->name, e);
	if (rc < 0) {
		dhcp4_close(c);
		return err_add(e, rc, "dhcp4 %s", l->name);
	}
	c->udp = rc;
	return 0;
}

int dhcp4_why(const struct dhcp4_client *c, struct err *e)
{
	char from[64];

	if (c->talk.why.code)
		return err_set(e, c->talk.why.code, "%s", c->talk.why.text);
	if (c->refusals)
		return err_set(e, -EADDRNOTAVAIL, "dhcp4 %s: the server refused the address it had offered, %u times",
			       c->name, c->refusals);
	if (c->offers)
		return err_set(e, -ETIMEDOUT, "dhcp4 %s: %s offered an address and did not grant it", c->name,
			       netaddr_text(&c->got.server, from, sizeof(from)));
	if (c->strange)
		return err_set(e, -EBADMSG, "dhcp4 %s: %u answers, none of them usable", c->name, c->strange);
	return err_set(e, -ETIMEDOUT, "dhcp4 %s: no server answered", c->name);
}

void dhcp4_close(struct dhcp4_client *c)
{
	if (c->talk.fd >= 0)
		close(c->talk.fd);
	if (c->udp >= 0)
		close(c->udp);
	c->talk.fd = c->udp = -1;
}
