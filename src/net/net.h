/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: bringing links up, and finding servers.
 * Plays the steps of iface/link.h in order; what is learnt on the way is plain data that another process can have.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include "base/err.h"
#include "iface/link.h"
#include "net/dhcp4.h"
#include "net/dhcp6.h"

#include <stdint.h>

#define NET_SERVERS 6
#define NET_HOSTS   16
#define NET_LEASES  8
#define NET_FOUND   16
#define NET_ANY     16

/* An address that was lent. Times are clock_ms() points, DEADLINE_NEVER where there is no end. */
struct net_lease {
	char name[LINK_NAME]; /* of the interface */
	struct link_addr addr;
	struct link_addr server;          /* of IPv4 */
	struct dhcp4_who who;             /* of IPv4 */
	uint32_t metric;                  /* of IPv4 routes */
	struct dhcp6_duid server6;        /* of IPv6 */
	int64_t renew, rebind, end, next; /* next: when net_renew() asks */
};

struct net_host {
	char name[LINK_TEXT];
	struct link_addr addr;
};

/* No pointers: it may be written to a pipe and read by the same program. Start from zeros. */
struct net_state {
	struct link_addr server[NET_SERVERS]; /* name servers; of a link-local one scope[] is the interface */
	unsigned scope[NET_SERVERS];
	unsigned nserver;
	char domain[DHCP6_DOMAIN]; /* put behind names without a dot, or "" */
	struct net_host host[NET_HOSTS];
	unsigned nhost;
	struct net_lease lease[NET_LEASES];
	unsigned nlease;
	bool own_servers; /* in: name servers and domains of DHCP and routers are not taken */
};

/* Told while something is done or waited for: one line without a newline. May be left NULL. */
struct net_hear {
	void (*say)(void *arg, const char *text);
	void *arg;
};

/*
 * Plays the N steps; a step that was played before is no failure. Steps of the same kind that follow each other
 * wait together: links for their carriers, DHCP for its servers. Nothing waits behind DEADLINE (clock_ms()),
 * which a step's own seconds do not move. *ST is added to, also by the steps before one that failed. 0 or
 * -errno with a sentence that names the step.
 */
int must_check net_up(struct net_state *st, const struct link_step *step, unsigned n, int64_t deadline,
		      const struct net_hear *hear, struct err *e);

/*
 * Asks for an address over every interface of the N ≤ NET_ANY steps, LINK_DHCP4 or LINK_DHCP6, at once; the first
 * that is granted is taken. Gives the number of its step; when none is granted, -errno of the first that failed.
 */
int must_check net_any(struct net_state *st, const struct link_step *step, unsigned n, int64_t deadline,
		       const struct net_hear *hear, struct err *e);

/* When net_renew() has something to do: a clock_ms() point, DEADLINE_NEVER: never. */
int64_t net_renew_due(const struct net_state *st);

/*
 * Asks for more time for the addresses that are due; takes up to WAIT_MS. An address is kept in any case: a
 * server that is gone shall not end a dump. 0, or -errno of the first that was not prolonged.
 */
int must_check net_renew(struct net_state *st, int64_t wait_ms, struct err *e);

struct net_found {
	struct link_addr addr[NET_FOUND]; /* those that there is a route to come first */
	unsigned scope[NET_FOUND];        /* interface of a link-local address, else 0 */
	unsigned n;
};

/*
 * The addresses of NAME: an address itself, ST's hosts, /etc/hosts, then the name servers of ST (of
 * /etc/resolv.conf when it has none). 0; -ENOENT: there is no such name; -ETIMEDOUT, … ST may be NULL.
 */
int must_check net_resolve(const struct net_state *st, const char *name, int64_t deadline, struct net_found *ret,
			   struct err *e);

#endif
