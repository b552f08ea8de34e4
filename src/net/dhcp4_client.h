/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: a client of DHCP for IPv4.
 * Asks for an address, or for more time; changes nothing in this kernel.
 */
#ifndef NET_DHCP4_CLIENT_H
#define NET_DHCP4_CLIENT_H

#include "net/dhcp4.h"
#include "net/nlmsg.h"
#include "net/talk.h"

/* One conversation on one interface; `talk` goes to talk_all(). */
struct dhcp4_client {
	struct talk talk;      /* fd: a packet socket, it hears before there is an address */
	int udp;               /* of a renewal: bound to our address, else -1 */
	struct link_addr from; /* who is asked then */
	int index;
	char name[LINK_NAME];
	uint8_t mac[6];
	struct dhcp4_who who; /* set behind the opening: what the server knows this machine by */
	uint32_t metric;      /* set behind the opening: of the routes that the server names; 0: of no opinion */
	uint32_t xid;
	int64_t started;
	unsigned tries;             /* of the message that is repeated */
	struct dhcp4_query ask;     /* that message */
	struct dhcp4_reply got;     /* the offer; at the end what was granted */
	unsigned refusals, strange; /* answers that said no, packets that made no sense */
	unsigned offers;
};

/* Opens the socket on L, which is up, and has the first message sent by talk_all(). */
int must_check dhcp4_open(struct dhcp4_client *c, const struct nl_link *l, int64_t deadline, struct err *e);

/* As dhcp4_open(), to keep OURS: asks SERVER, or everybody when its family is 0. */
int must_check dhcp4_open_renew(struct dhcp4_client *c, const struct nl_link *l, const struct link_addr *ours,
				const struct link_addr *server, int64_t deadline, struct err *e);

/* Why C has no address: a sentence into E; gives its code. For one that is not done. */
int dhcp4_why(const struct dhcp4_client *c, struct err *e);

/* Closes what was opened; zeros with fd and udp -1 are fine. */
void dhcp4_close(struct dhcp4_client *c);

#endif
