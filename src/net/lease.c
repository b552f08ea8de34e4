/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: what a DHCP server granted.
 * Put into this kernel, remembered in the state, prolonged before it ends.
 */
#include "net/lease.h"

#include "base/clock.h"
#include "base/str.h"
#include "net/addr.h"
#include "net/link.h"

#include <errno.h>
#include <string.h>

#define METRIC   1024u /* of routes that a server named: those of the configuration come first */
#define LEAST_MS 5000  /* a server that lends for a moment is not asked without a pause */
#define AGAIN_MS 30000 /* the shortest wait before a server is asked once more */

void state_add_server(struct net_state *st, const struct link_addr *a, unsigned scope)
{
	for (unsigned i = 0; i < st->nserver; i++)
		if (netaddr_same(&st->server[i], a))
			return;
	if (st->nserver == NET_SERVERS)
		return;
	st->server[st->nserver] = *a;
	st->scope[st->nserver++] = netaddr_link_local(a) ? scope : 0;
}

void state_hear_server(struct net_state *st, const struct link_addr *a, unsigned scope)
{
	/* what no host can have answers nothing and takes the place of one that does */
	if (!st->own_servers && netaddr_of_host(a))
		state_add_server(st, a, scope);
}

static int64_t point(int64_t now, uint32_t seconds)
{
	return seconds == UINT32_MAX ? DEADLINE_NEVER : now + (int64_t)seconds * 1000;
}

static struct net_lease *find_lease(struct net_state *st, const char *name, uint8_t family)
{
	for (unsigned i = 0; i < st->nlease; i++)
		if (st->lease[i].addr.family == family && strcmp(st->lease[i].name, name) == 0)
			return &st->lease[i];
	return NULL;
}

/* Into the place of OLD, or a new one; where there is no room for it, it is never prolonged. */
static int keep_lease(struct net_state *st, struct net_lease *old, const char *name, const struct net_lease *lease)
{
	struct net_lease *l = old ? old : &st->lease[st->nlease];

	if (!old && st->nlease == NET_LEASES)
		return 0;
	*l = *lease;
	l->next = l->renew > clock_ms() + LEAST_MS ? l->renew : clock_ms() + LEAST_MS;
	st->nlease += !old;
	return str_fmt(l->name, sizeof(l->name), "%s", name);
}

static void set_domain(struct net_state *st, const char *domain)
{
	if (!*st->domain && !st->own_servers)
		(void)str_fmt(st->domain, sizeof(st->domain), "%s", domain);
}

/* An address that was lent before and is another one now goes away. */
static int change_address(struct rtnl *r, const struct net_lease *old, int index, const struct link_addr *a,
			  struct err *e)
{
	int rc = netaddr_add(r, index, a, NULL, e);

	if (rc == 0 && old && old->addr.family && !netaddr_same(&old->addr, a))
		rc = netaddr_del(r, index, &old->addr, e);
	return rc;
}

static int add_routes(struct rtnl *r, const struct dhcp4_client *c, struct err *e)
{
	const struct dhcp4_reply *got = &c->got;
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < got->nroute; i++) {
		static const uint8_t none[4];
		struct nl_route route = {
			.index = c->index,
			.metric = (c->metric ? c->metric : METRIC) + (uint32_t)c->index, /* two interfaces keep apart */
			.to = got->route[i].to,
			.from = got->addr,
		};

		if (memcmp(got->route[i].via.b, none, 4) != 0)
			route.via = got->route[i].via;
		/* clouds lend /32 addresses: their router is reached on the link all the same */
		route.onlink = route.via.family && !netaddr_in(&route.via, &got->addr);
		rc = netroute_add(r, &route, e);
	}
	return rc;
}

int lease_take4(struct rtnl *r, struct net_state *st, const struct dhcp4_client *c, struct err *e)
{
	const struct dhcp4_reply *got = &c->got;
	struct net_lease *l = find_lease(st, c->name, AF_INET), lease;
	int64_t now = clock_ms();
	int rc = change_address(r, l, c->index, &got->addr, e);

	if (rc == 0 && got->mtu)
		(void)!netif_mtu(r, c->index, got->mtu, NULL); /* more than the device can: its own stays */
	if (rc == 0)
		rc = add_routes(r, c, e);
	if (rc)
		return err_add(e, rc, "dhcp4 %s", c->name);
	for (unsigned i = 0; i < got->ndns; i++)
		state_hear_server(st, &got->dns[i], 0);
	set_domain(st, got->domain);
	lease = (struct net_lease){
		.addr = got->addr,
		.server = got->server.family || !l ? got->server : l->server,
		.who = c->who,
		.metric = c->metric,
		.renew = point(now, got->renew_s),
		.rebind = point(now, got->rebind_s),
		.end = point(now, got->lease_s),
	};
	return keep_lease(st, l, c->name, &lease);
}

int lease_take6(struct rtnl *r, struct net_state *st, const struct dhcp6_client *c, struct err *e)
{
	const struct dhcp6_reply *got = &c->got;
	struct net_lease *l, lease;
	int64_t now = clock_ms();
	int rc;

	for (unsigned i = 0; i < got->ndns; i++)
		state_hear_server(st, &got->dns[i], (unsigned)c->index);
	set_domain(st, got->domain);
	if (!got->addr.family) /* name servers were all that was asked for */
		return 0;
	l = find_lease(st, c->name, AF_INET6);
	rc = change_address(r, l, c->index, &got->addr, e);
	if (rc)
		return err_add(e, rc, "dhcp6 %s", c->name);
	lease = (struct net_lease){
		.addr = got->addr,
		.server6 = got->server,
		.renew = point(now, got->renew_s),
		.rebind = point(now, got->rebind_s),
		.end = point(now, got->valid_s),
	};
	return keep_lease(st, l, c->name, &lease);
}

int64_t net_renew_due(const struct net_state *st)
{
	int64_t due = DEADLINE_NEVER;

	for (unsigned i = 0; i < st->nlease; i++)
		if (st->lease[i].next < due)
			due = st->lease[i].next;
	return due;
}

/* One lease that is prolonged: a conversation of its family. */
struct renewal {
	struct net_lease *lease;
	bool late; /* whoever can shall answer */
	struct dhcp4_client v4;
	struct dhcp6_client v6;
	struct talk *talk;
};

static int open_renewal(struct rtnl *r, struct renewal *n, int64_t deadline, struct err *e)
{
	struct net_lease *l = n->lease;
	bool late = n->late;
	struct dhcp6_query first = { 0 };
	struct nl_link link;
	int rc = netif_get(r, l->name, &link, e);

	if (rc)
		return rc;
	if (l->addr.family == AF_INET) {
		static const struct link_addr all;

		n->talk = &n->v4.talk;
		rc = dhcp4_open_renew(&n->v4, &link, &l->addr, late ? &all : &l->server, deadline, e);
		n->v4.who = l->who;
		n->v4.metric = l->metric;
		return rc;
	}
	n->talk = &n->v6.talk;
	first.type = late ? DHCP6_REBIND : DHCP6_RENEW;
	first.addr = l->addr;
	if (!late)
		first.server = l->server6;
	return dhcp6_open(&n->v6, &link, &first, deadline, e);
}

/*
 * Half of the time that is left before everybody is asked, RFC 2131, 4.4.5, and then at once; behind it every minute.
 * LATE: everybody has just been asked.
 */
static int64_t next_try(const struct net_lease *l, bool late)
{
	int64_t now = clock_ms(), wait = late ? 2 * (int64_t)AGAIN_MS : (l->rebind - now) / 2;
	int64_t next = now + (wait > AGAIN_MS ? wait : AGAIN_MS);

	return !late && l->rebind < next ? l->rebind : next;
}

static int close_renewal(struct rtnl *r, struct net_state *st, struct renewal *n, struct err *e)
{
	bool v4 = n->talk == &n->v4.talk;
	int rc;

	if (n->talk->done)
		rc = v4 ? lease_take4(r, st, &n->v4, e) : lease_take6(r, st, &n->v6, e);
	else
		rc = v4 ? dhcp4_why(&n->v4, e) : dhcp6_why(&n->v6, e);
	if (rc)
		n->lease->next = next_try(n->lease, n->late);
	if (v4)
		dhcp4_close(&n->v4);
	else
		dhcp6_close(&n->v6);
	return rc;
}

static int renew_one(struct rtnl *r, struct net_state *st, struct net_lease *l, int64_t deadline, struct err *e)
{
	struct renewal n = { .lease = l, .late = clock_ms() >= l->rebind };
	int rc, rc2;

	/* when the time has come to ask everybody, the one server is not waited for any longer */
	if (!n.late && l->rebind < deadline)
		deadline = l->rebind;
	rc = open_renewal(r, &n, deadline, e);
	if (rc) {
		l->next = next_try(l, n.late);
		return rc;
	}
	rc = talk_all(&n.talk, 1, 0, e);
	rc2 = close_renewal(r, st, &n, rc ? NULL : e);
	return rc ? rc : rc2;
}

int net_renew(struct net_state *st, int64_t wait_ms, struct err *e)
{
	struct rtnl r;
	int rc = rtnl_open(&r, e), first = 0;

	if (rc)
		return rc;
	for (unsigned i = 0; i < st->nlease; i++) {
		if (st->lease[i].next > clock_ms())
			continue;
		rc = renew_one(&r, st, &st->lease[i], clock_ms() + wait_ms, first ? NULL : e);
		first = first ? first : rc;
	}
	rtnl_close(&r);
	return first;
}
