/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: a client of DHCP for IPv6.
 * Asks for an address, for more time, or for name servers alone; changes nothing in this kernel.
 */
#ifndef NET_DHCP6_CLIENT_H
#define NET_DHCP6_CLIENT_H

#include "net/dhcp6.h"
#include "net/nlmsg.h"
#include "net/talk.h"

/* One conversation on one interface; `talk` goes to talk_all(). */
struct dhcp6_client {
	struct talk talk;
	int index;
	char name[LINK_NAME];
	uint8_t mac[6];
	uint32_t xid;
	int64_t started;
	unsigned tries;
	struct dhcp6_query ask;
	struct dhcp6_reply got; /* at the end what was granted */
	uint16_t refused;       /* status code of the last answer that said no */
	unsigned offers, strange;
	int sent; /* 0 or -errno of the last message */
};

/*
 * Opens the socket on L, which is up. FIRST is the kind of the first message: DHCP6_SOLICIT for an address,
 * DHCP6_INFORMATION for name servers alone, DHCP6_RENEW and DHCP6_REBIND (then OURS, and SERVER for a
 * renewal, are given, else NULL).
 */
int must_check dhcp6_open(struct dhcp6_client *c, const struct nl_link *l, const struct dhcp6_query *first,
			  int64_t deadline, struct err *e);

/* Why C is not done: a sentence into E; gives its code. */
int dhcp6_why(const struct dhcp6_client *c, struct err *e);

void dhcp6_close(struct dhcp6_client *c);

#endif
