/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: addresses by router advertisements.
 * The kernel does it; here it is told to hurry, and waited for.
 */
#include "net/addr.h"
#include "net/dhcp6_client.h"
#include "net/lease.h"
#include "net/link.h"
#include "net/play.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

#include <linux/if_addr.h>

/* include/net/if_inet6.h v6.1, as IFLA_INET6_FLAGS tells them */
#define RA_OTHER    0x80u /* name servers by DHCP */
#define RA_MANAGED  0x40u /* addresses by DHCP */
#define RA_RECEIVED 0x20u

#define INFORMATION_S 5 /* for name servers: without them an address is good all the same */

/* Best effort: a kernel without IPv6 says so when an address is wanted. */
static void set(const char *name, const char *what, const char *value)
{
	char path[128];

	if (str_fmt(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", name, what) == 0)
		(void)!file_put(path, value, NULL);
}

void play_allow6(const char *name)
{
	set(name, "disable_ipv6", "0");
}

void play_sure6(const char *name)
{
	/* The link was this machine's a moment ago: nobody else took its address since. One second, twice. */
	set(name, "dad_transmits", "0");
}

void play_ready6(const char *name)
{
	play_allow6(name);
	set(name, "accept_ra", "2");
	set(name, "autoconf", "1");
	set(name, "router_solicitation_delay", "0");
	set(name, "router_solicitation_interval", "1");
}

struct wanted {
	int index;
	bool tentative;
	struct link_addr found;
};

static int match_address(void *arg, const struct nlmsghdr *h)
{
	struct wanted *w = arg;
	struct nl_addr a;

	if (nl_addr_parse(h, &a) || a.index != w->index || a.addr.family != AF_INET6 || netaddr_link_local(&a.addr))
		return 0;
	if (a.flags & IFA_F_TENTATIVE && !(a.flags & IFA_F_DADFAILED))
		w->tentative = true;
	if (!(a.flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED)))
		w->found = a.addr;
	return 0;
}

static int ask_dhcp(struct play *p, const struct nl_link *l, bool address, int64_t until)
{
	struct dhcp6_query first = { .type = address ? DHCP6_SOLICIT : DHCP6_INFORMATION };
	struct dhcp6_client c;
	struct talk *talk = &c.talk;
	int rc = dhcp6_open(&c, l, &first, until, p->e);

	if (rc)
		return rc;
	rc = talk_all(&talk, 1, 0, p->e);
	if (rc == 0)
		rc = c.talk.done ? lease_take6(&p->r, p->st, &c, p->e) : dhcp6_why(&c, p->e);
	dhcp6_close(&c);
	return rc;
}

/* Waits until a router has spoken; *L is what the interface is then. */
static int wait_router(struct play *p, const struct link_step *s, struct nl_link *l, int64_t until)
{
	int rc;

	for (;;) {
		rc = netif_get(&p->r, s->name, l, p->e);
		if (rc || l->inet6_flags & RA_RECEIVED)
			return rc;
		rc = play_wait(p, until);
		if (rc == 0)
			return err_set(p->e, -ETIMEDOUT, "ra %s: no router answered", s->name);
		if (rc < 0)
			return rc;
	}
}

static int wait_address(struct play *p, const struct link_step *s, int index, int64_t until)
{
	for (;;) {
		struct wanted w = { .index = index };
		char text[64];
		int rc = netaddr_all(&p->r, match_address, &w, p->e);

		if (rc)
			return rc;
		if (w.found.family) {
			play_say(p, "%s has %s by router advertisement", s->name,
				 netaddr_text(&w.found, text, sizeof(text)));
			return 0;
		}
		rc = play_wait(p, until);
		if (rc == 0)
			return err_set(p->e, -ETIMEDOUT, "ra %s: the routers gave no address%s", s->name,
				       w.tentative ? " that is free for sure" : "");
		if (rc < 0)
			return rc;
	}
}

int play_ra(struct play *p, const struct link_step *s)
{
	int64_t until = play_until(p, s->seconds), soon = play_until(p, INFORMATION_S);
	struct nl_link l;
	int rc;

	play_say(p, "%s: waiting for a router", s->name);
	rc = wait_router(p, s, &l, until);
	if (rc)
		return rc;
	if (l.inet6_flags & RA_MANAGED) {
		play_say(p, "%s: the router wants DHCPv6", s->name);
		return ask_dhcp(p, &l, true, until);
	}
	rc = wait_address(p, s, l.index, until);
	if (rc == 0 && l.inet6_flags & RA_OTHER && ask_dhcp(p, &l, false, soon < until ? soon : until))
		play_say(p, "%s: no DHCPv6 server told of name servers", s->name);
	if (rc == 0)
		rc = play_wait(p, clock_ms()); /* name servers that the advertisement has are there by now */
	return rc < 0 ? rc : 0;
}
