/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: a client of DHCP for IPv6.
 * Asks for an address, for more time, or for name servers alone; changes nothing in this kernel.
 */
#include "net/dhcp6_client.h"

#include "base/clock.h"
#include "base/str.h"
#include "net/addr.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define FIRST_MS  1000 /* until a message is repeated; then doubled */
#define MOST_MS   16000
#define AGAIN_MS  100 /* while the link has no address to send from */
#define ASK_TRIES 4   /* of a request for an offer, before everything starts again */

static void start_over(struct dhcp6_client *c)
{
	c->ask = (struct dhcp6_query){ .type = DHCP6_SOLICIT };
	c->tries = 0;
	c->xid = talk_random() & 0xffffff;
}

static int send_all(struct dhcp6_client *c, const uint8_t *buf, size_t n)
{
	/* ff02::1:2, all servers and relays of the link */
	static const struct link_addr all = { .family = AF_INET6, .b = { 0xff, 2, [13] = 1, [15] = 2 } };
	struct sockaddr_storage to;
	socklen_t len = netaddr_socket(&all, (unsigned)c->index, DHCP6_SERVER, &to);

	return sendto(c->talk.fd, buf, n, 0, (struct sockaddr *)&to, len) < 0 ? -errno : 0;
}

static int due(struct talk *t, struct err *e)
{
	struct dhcp6_client *c = (struct dhcp6_client *)t; /* the first member */
	uint8_t buf[DHCP6_ROOM];
	int64_t now = clock_ms(), elapsed = (now - c->started) / 10;

	if (c->ask.type == DHCP6_REQUEST && c->tries >= ASK_TRIES)
		start_over(c);
	c->ask.xid = c->xid;
	c->ask.elapsed = (uint16_t)(elapsed > UINT16_MAX ? UINT16_MAX : elapsed);
	memcpy(c->ask.mac, c->mac, 6);
	c->sent = send_all(c, buf, dhcp6_build(&c->ask, buf));
	if (c->sent == -ENODEV || c->sent == -ENXIO || c->sent == -EPERM) {
		errno = -c->sent;
		return err_sys(e, "dhcp6 %s: send", c->name);
	}
	t->next = now + (c->sent ? AGAIN_MS : talk_backoff(c->tries++, FIRST_MS, MOST_MS));
	return 0;
}

static void take_offer(struct dhcp6_client *c, const struct dhcp6_reply *r)
{
	c->offers++;
	c->ask = (struct dhcp6_query){ .type = DHCP6_REQUEST, .server = r->server, .addr = r->addr };
	c->xid = talk_random() & 0xffffff;
	c->tries = 0;
	c->talk.next = clock_ms();
}

static void take_reply(struct dhcp6_client *c, const struct dhcp6_reply *r)
{
	bool wants = c->ask.type != DHCP6_INFORMATION, has = r->addr.family && r->status == 0;

	if (wants && !has) {
		c->refused = r->status ? r->status : 2; /* NoAddrsAvail */
		if (c->ask.type != DHCP6_SOLICIT)
			start_over(c);
		return;
	}
	if (r->type == DHCP6_ADVERTISE && c->ask.type == DHCP6_SOLICIT) {
		take_offer(c, r);
	} else if (r->type == DHCP6_REPLY && (c->ask.type != DHCP6_SOLICIT || r->rapid)) {
		c->got = *r;
		c->talk.done = true;
	}
}

static int input(struct talk *t, struct err *e)
{
	struct dhcp6_client *c = (struct dhcp6_client *)t;

	for (unsigned i = 0; i < TALK_TURN && !t->done; i++) {
		uint8_t buf[2 * DHCP6_ROOM];
		ssize_t n = recv(t->fd, buf, sizeof(buf), 0);
		struct dhcp6_reply r;
		int rc;

		if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENETDOWN))
			return 0;
		if (n < 0)
			return err_sys(e, "dhcp6 %s: receive", c->name);
		rc = dhcp6_parse(buf, (size_t)n, c->xid, c->mac, &r);
		if (rc == 0)
			take_reply(c, &r);
		else if (rc == -EBADMSG)
			c->strange++;
	}
	return 0;
}

int dhcp6_open(struct dhcp6_client *c, const struct nl_link *l, const struct dhcp6_query *first, int64_t deadline,
	       struct err *e)
{
	static const struct link_addr any = { .family = AF_INET6 };
	static const struct talk_ops ops = { due, input };
	int fd;

	*c = (struct dhcp6_client){ .talk = { .ops = &ops, .fd = -1 } };
	if (!l->has_mac)
		return err_set(e, -EAFNOSUPPORT, "dhcp6 %s: no Ethernet address", l->name);
	fd = talk_socket(&any, DHCP6_CLIENT, l->name, e);
	if (fd < 0)
		return err_add(e, fd, "dhcp6 %s", l->name);
	c->talk.fd = fd;
	c->talk.next = c->started = clock_ms();
	c->talk.deadline = deadline;
	c->index = l->index;
	(void)str_fmt(c->name, sizeof(c->name), "%s", l->name);
	memcpy(c->mac, l->mac, 6);
	start_over(c);
	c->ask = *first;
	return 0;
}

int dhcp6_why(const struct dhcp6_client *c, struct err *e)
{
	if (c->talk.why.code)
		return err_set(e, c->talk.why.code, "%s", c->talk.why.text);
	if (c->refused)
		return err_set(e, -EADDRNOTAVAIL, "dhcp6 %s: the server has no address for us (status %u)", c->name,
			       c->refused);
	if (c->offers)
		return err_set(e, -ETIMEDOUT, "dhcp6 %s: a server offered an address and did not grant it", c->name);
	if (c->strange)
		return err_set(e, -EBADMSG, "dhcp6 %s: %u answers, none of them usable", c->name, c->strange);
	if (c->sent)
		return err_set(e, c->sent, "dhcp6 %s: no link-local address to send from", c->name);
	return err_set(e, -ETIMEDOUT, "dhcp6 %s: no server answered", c->name);
}

void dhcp6_close(struct dhcp6_client *c)
{
	if (c->talk.fd >= 0)
		close(c->talk.fd);
	c->talk.fd = -1;
}
