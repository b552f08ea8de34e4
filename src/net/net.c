/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: bringing links up.
 * Each step is there when the next one starts; whatever waits has a deadline and says what for.
 */
#include "net/net.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "net/addr.h"
#include "net/lease.h"
#include "net/link.h"
#include "net/play.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/if.h>

void play_say(const struct play *p, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (!p->hear || !p->hear->say)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->hear->say(p->hear->arg, text);
}

int64_t play_until(const struct play *p, uint32_t seconds)
{
	int64_t until = seconds ? clock_ms() + (int64_t)seconds * 1000 : DEADLINE_NEVER;

	return until < p->deadline ? until : p->deadline;
}

static int take_news(void *arg, const struct nlmsghdr *h)
{
	struct play *p = arg;
	struct link_addr server[NET_SERVERS];
	int index = 0;
	unsigned n = nl_rdnss_parse(h, &index, server, NET_SERVERS);

	for (unsigned i = 0; i < n; i++)
		state_hear_server(p->st, &server[i], (unsigned)index);
	return 0;
}

int play_wait(struct play *p, int64_t until)
{
	return rtnl_wait(p->news, until, take_news, p, p->e);
}

/* Waits until the interface of S is there: by its address, else by its name. */
static int find_iface(struct play *p, const struct link_step *s, struct nl_link *l)
{
	int64_t until = play_until(p, s->seconds);
	bool said = false;

	for (;;) {
		int rc = s->has_mac ? netif_by_mac(&p->r, s->mac, l, p->e) : netif_get(&p->r, s->name, l, p->e), news;

		if (rc != -ENODEV)
			return rc;
		if (!said)
			play_say(p, "%s: waiting for the interface", s->name);
		said = true;
		news = play_wait(p, until);
		if (news <= 0)
			return news ? news : rc;
	}
}

static int play_iface(struct play *p, const struct link_step *s)
{
	struct nl_link l;
	int rc = find_iface(p, s, &l);

	if (rc || strcmp(l.name, s->name) == 0)
		return rc;
	if (l.flags & IFF_UP)
		rc = netif_down(&p->r, l.index, p->e);
	if (rc == 0)
		rc = netif_rename(&p->r, l.index, s->name, p->e);
	if (rc == 0)
		play_say(p, "%s: was named %s", s->name, l.name);
	return rc;
}

static int play_vlan(struct play *p, const struct link_step *s)
{
	struct nl_link parent;
	int rc = netif_get(&p->r, s->member[0], &parent, p->e);

	if (rc == 0)
		rc = netif_add_vlan(&p->r, s->name, parent.index, (uint16_t)s->number, s->vlan, p->e);
	/* a VLAN comes up on a link that is up */
	return rc ? rc : netif_up(&p->r, parent.index, p->e);
}

/* Member I of the bond or bridge MASTER. A bond takes only a link that is down, and brings it up. */
static int add_member(struct play *p, const struct link_step *s, unsigned i, const struct nl_link *master)
{
	struct nl_link l;
	int rc = netif_get(&p->r, s->member[i], &l, p->e);

	if (rc || l.master == (uint32_t)master->index)
		return rc;
	if (s->kind == LINK_BOND && l.flags & IFF_UP)
		rc = netif_down(&p->r, l.index, p->e);
	if (rc == 0)
		rc = netif_master(&p->r, l.index, master->index, p->e);
	if (rc == 0 && s->kind == LINK_BRIDGE)
		rc = netif_up(&p->r, l.index, p->e);
	return rc ? err_add(p->e, rc, "%s", s->member[i]) : 0;
}

static int play_master(struct play *p, const struct link_step *s)
{
	struct nl_link master;
	bool bond = s->kind == LINK_BOND;
	int rc;

	if (bond)
		rc = netif_add_bond(&p->r, s->name, s->text, p->e);
	else
		rc = netif_add_bridge(&p->r, s->name, s->text, p->e);
	if (rc == 0)
		rc = netif_get(&p->r, s->name, &master, p->e);
	for (unsigned i = 0; rc == 0 && i < s->nmember; i++)
		rc = add_member(p, s, i, &master);
	return rc == 0 && bond ? netif_bond_late(s->name, s->text, p->e) : rc;
}

static int play_mtu(struct play *p, const struct link_step *s)
{
	struct nl_link l;
	int rc = netif_get(&p->r, s->name, &l, p->e);

	return rc || l.mtu == s->number ? rc : netif_mtu(&p->r, l.index, s->number, p->e);
}

/* True when a step behind S wants IPv6 by itself on the interface of S. */
static bool wants_router(const struct play *p, const struct link_step *s)
{
	for (const struct link_step *t = s + 1; t < p->end; t++)
		if ((t->kind == LINK_RA || t->kind == LINK_DHCP6) && strcmp(t->name, s->name) == 0)
			return true;
	return false;
}

static int bring_up(struct play *p, const struct link_step *s)
{
	struct nl_link l;
	int rc = netif_get(&p->r, s->name, &l, p->e);

	if (rc == 0 && !(l.flags & IFF_UP))
		play_sure6(s->name);
	if (rc == 0 && wants_router(p, s))
		play_ready6(s->name);
	return rc || l.flags & IFF_UP ? rc : netif_up(&p->r, l.index, p->e);
}

static int wait_carrier(struct play *p, const struct link_step *s, int64_t until)
{
	bool said = false;

	for (;;) {
		struct nl_link l;
		int rc = netif_get(&p->r, s->name, &l, p->e);

		/* The carrier itself: IFF_RUNNING follows up to a second late (net/core/link_watch.c, Linux 6.1). */
		if (rc || l.flags & (IFF_RUNNING | IFF_LOWER_UP))
			return rc;
		if (!said)
			play_say(p, "%s: waiting for the carrier", s->name);
		said = true;
		rc = play_wait(p, until);
		if (rc == 0)
			return err_set(p->e, -ENETDOWN, "%s has no carrier", s->name);
		if (rc < 0)
			return rc;
	}
}

/* All links train their carriers at the same time. */
static int play_up(struct play *p, const struct link_step *s, unsigned n)
{
	int64_t start = clock_ms();
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < n; i++)
		rc = bring_up(p, &s[i]);
	for (unsigned i = 0; rc == 0 && i < n; i++) {
		int64_t until = start + (int64_t)s[i].seconds * 1000;

		if (s[i].seconds)
			rc = wait_carrier(p, &s[i], until < p->deadline ? until : p->deadline);
	}
	return rc;
}

static int play_addr(struct play *p, const struct link_step *s)
{
	struct nl_link l;
	int rc = netif_get(&p->r, s->name, &l, p->e);

	if (rc == 0 && s->addr.family == AF_INET6)
		play_allow6(s->name);
	return rc ? rc : netaddr_add(&p->r, l.index, &s->addr, s->via.family ? &s->via : NULL, p->e);
}

/* What the kernel did not take as it was recorded, without what it may do without. */
static int add_route(struct play *p, const struct link_step *s, struct nl_route *route)
{
	struct err why = { 0 };
	int rc = netroute_add(&p->r, route, &why);

	if (rc && route->from.family) {
		play_say(p, "%s: the route is made without src", why.text);
		route->from.family = 0;
		why = (struct err){ 0 };
		rc = netroute_add(&p->r, route, &why);
	}
	/* EHOSTUNREACH is what IPv6 says: net/ipv6/route.c, v6.1 */
	if ((rc == -ENETUNREACH || rc == -EHOSTUNREACH) && route->via.family && route->index && !route->onlink) {
		play_say(p, "%s: the gateway is taken to be on the link of %s", why.text, s->name);
		route->onlink = true;
		why = (struct err){ 0 };
		rc = netroute_add(&p->r, route, &why);
	}
	return rc ? err_set(p->e, rc, "%s", why.text) : 0;
}

static int play_route(struct play *p, const struct link_step *s)
{
	struct nl_route route = {
		.to = s->addr,
		.via = s->via,
		.from = s->from,
		.metric = s->number,
		.mtu = s->mtu,
		.advmss = s->advmss,
		.onlink = s->onlink,
	};
	struct nl_link l;
	int rc = *s->name ? netif_get(&p->r, s->name, &l, p->e) : 0;

	if (rc)
		return rc;
	route.index = *s->name ? l.index : 0;
	return add_route(p, s, &route);
}

static int play_host(struct play *p, const struct link_step *s)
{
	struct net_state *st = p->st;
	struct net_host *h = &st->host[st->nhost];

	for (unsigned i = 0; i < st->nhost; i++)
		if (strcmp(st->host[i].name, s->text) == 0 && netaddr_same(&st->host[i].addr, &s->addr))
			return 0;
	if (st->nhost == NET_HOSTS)
		return err_set(p->e, -E2BIG, "more than %d host names", NET_HOSTS);
	h->addr = s->addr;
	st->nhost++;
	return str_fmt(h->name, sizeof(h->name), "%s", s->text);
}

static int play_one(struct play *p, const struct link_step *s)
{
	switch (s->kind) {
	case LINK_IFACE: return play_iface(p, s);
	case LINK_VLAN: return play_vlan(p, s);
	case LINK_BOND:
	case LINK_BRIDGE: return play_master(p, s);
	case LINK_MTU: return play_mtu(p, s);
	case LINK_ADDR: return play_addr(p, s);
	case LINK_RA: return play_ra(p, s);
	case LINK_ROUTE: return play_route(p, s);
	case LINK_DNS: state_add_server(p->st, &s->addr, 0); return 0;
	case LINK_HOST: return play_host(p, s);
	default: return err_set(p->e, -EINVAL, "step %d is not known", (int)s->kind);
	}
}

static bool is_dhcp(enum link_kind k)
{
	return k == LINK_DHCP4 || k == LINK_DHCP6;
}

static bool together(enum link_kind a, enum link_kind b)
{
	return (a == LINK_UP && b == LINK_UP) || (is_dhcp(a) && is_dhcp(b));
}

/* The steps from S on that are played together. */
static unsigned group(const struct play *p, const struct link_step *s)
{
	unsigned n = 1;

	while (s + n < p->end && together(s->kind, s[n].kind))
		n++;
	return n;
}

static int play_group(struct play *p, const struct link_step *s, unsigned n)
{
	if (s->kind == LINK_UP)
		return play_up(p, s, n);
	return is_dhcp(s->kind) ? play_dhcp(p, s, n) : play_one(p, s);
}

int net_any(struct net_state *st, const struct link_step *step, unsigned n, int64_t deadline,
	    const struct net_hear *hear, struct err *e)
{
	struct play p = { .news = -1, .st = st, .deadline = deadline, .hear = hear, .end = step + n, .e = e };
	int rc = rtnl_open(&p.r, e);

	if (rc)
		return err_add(e, rc, "network");
	rc = play_any(&p, step, n);
	rtnl_close(&p.r);
	return rc < 0 ? err_add(e, rc, "network") : rc;
}

int net_up(struct net_state *st, const struct link_step *step, unsigned n, int64_t deadline,
	   const struct net_hear *hear, struct err *e)
{
	struct play p = { .st = st, .deadline = deadline, .hear = hear, .end = step + n, .e = e };
	int rc = rtnl_open(&p.r, e);

	if (rc)
		return err_add(e, rc, "network");
	p.news = rtnl_listen(RTNL_HEAR_LINKS | RTNL_HEAR_ADDRESSES | RTNL_HEAR_ADVERTS, e);
	rc = p.news < 0 ? p.news : 0;
	/* a path that drops large packets and says nothing is found out by TCP; best effort, and not for names alone */
	for (const struct link_step *s = step; s < p.end; s++)
		if (s->kind != LINK_HOST && s->kind != LINK_DNS) {
			(void)!file_put("/proc/sys/net/ipv4/tcp_mtu_probing", "1", NULL);
			break;
		}
	for (const struct link_step *s = step; rc == 0 && s < p.end;) {
		unsigned many = group(&p, s);

		rc = play_group(&p, s, many);
		s += many;
	}
	if (p.news >= 0)
		close(p.news);
	rtnl_close(&p.r);
	return rc ? err_add(e, rc, "network") : 0;
}
