/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: what the player of steps and its parts share.
 * One connection to the kernel's tables, one that hears of changes, and the clock that ends it all.
 */
#ifndef NET_PLAY_H
#define NET_PLAY_H

#include "net/net.h"
#include "net/rtnl.h"

struct play {
	struct rtnl r;
	int news; /* hears of links, addresses and router advertisements since the start */
	struct net_state *st;
	int64_t deadline;
	const struct net_hear *hear;
	const struct link_step *end; /* behind the last step */
	struct err *e;
};

void __attribute__((format(printf, 2, 3))) play_say(const struct play *p, const char *fmt, ...);

/* SECONDS from now (0: no limit of its own), but not behind the deadline of all. */
int64_t play_until(const struct play *p, uint32_t seconds);

/*
 * Waits for news until UNTIL; name servers of router advertisements go into the state. 1: look again, 0: time is
 * over, -errno.
 */
int must_check play_wait(struct play *p, int64_t until);

/* slaac.c: readies IPv6 of interface NAME, which is not up yet, for router advertisements. */
void play_ready6(const char *name);
/* slaac.c: has IPv6 addresses of NAME, which is not up yet, used at once. */
void play_sure6(const char *name);
/* slaac.c: makes sure that NAME can have IPv6 addresses. */
void play_allow6(const char *name);
/* slaac.c: waits for an address by router advertisements, or by DHCP where they say so. */
int must_check play_ra(struct play *p, const struct link_step *s);

/* play_dhcp.c: the N steps, LINK_DHCP4 and LINK_DHCP6, at once. */
int must_check play_dhcp(struct play *p, const struct link_step *s, unsigned n);
/* play_dhcp.c: the same, but the first that is granted an address ends it; gives the number of its step. */
int must_check play_any(struct play *p, const struct link_step *s, unsigned n);

#endif
