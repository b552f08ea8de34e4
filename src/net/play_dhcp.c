/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: addresses by DHCP, several interfaces at once.
 * The first that gets none ends the step; the others keep what they got.
 */
#include "net/addr.h"
#include "net/lease.h"
#include "net/link.h"
#include "net/play.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>

/* One step's conversation, of its family. */
struct asked {
	const struct link_step *step;
	struct dhcp4_client v4;
	struct dhcp6_client v6;
};

static int open_one(struct play *p, struct asked *a, const struct link_step *s)
{
	static const struct dhcp6_query solicit = { .type = DHCP6_SOLICIT };
	int64_t until = play_until(p, s->seconds);
	struct nl_link l;
	int rc = netif_get(&p->r, s->name, &l, p->e);

	if (rc)
		return rc;
	a->step = s;
	play_say(p, "%s: asking for an address by DHCP%s", s->name, s->kind == LINK_DHCP4 ? "" : "v6");
	if (s->kind == LINK_DHCP4)
		return dhcp4_open(&a->v4, &l, until, p->e);
	return dhcp6_open(&a->v6, &l, &solicit, until, p->e);
}

static struct talk *talk_of(struct asked *a)
{
	return a->step->kind == LINK_DHCP4 ? &a->v4.talk : &a->v6.talk;
}

static int take_one(struct play *p, struct asked *a)
{
	bool v4 = a->step->kind == LINK_DHCP4;
	const struct link_addr *got = v4 ? &a->v4.got.addr : &a->v6.got.addr;
	char text[64];
	int rc;

	if (!talk_of(a)->done)
		return v4 ? dhcp4_why(&a->v4, p->e) : dhcp6_why(&a->v6, p->e);
	rc = v4 ? lease_take4(&p->r, p->st, &a->v4, p->e) : lease_take6(&p->r, p->st, &a->v6, p->e);
	if (rc == 0)
		play_say(p, "%s has %s by DHCP%s", a->step->name, netaddr_text(got, text, sizeof(text)),
			 v4 ? "" : "v6");
	return rc;
}

/* All that got an address take it; the first failure is the result. */
static int take_all(struct play *p, struct asked *a, unsigned n)
{
	int first = 0;

	for (unsigned i = 0; i < n; i++) {
		struct play q = *p;
		int rc;

		if (first)
			q.e = NULL;
		rc = take_one(&q, &a[i]);
		first = first ? first : rc;
	}
	return first;
}

static int ask_all(struct play *p, struct asked *a, const struct link_step *s, unsigned n)
{
	struct talk *talk[TALK_MOST] = { NULL };
	unsigned opened = 0;
	int rc = 0;

	while (rc == 0 && opened < n) {
		rc = open_one(p, &a[opened], &s[opened]);
		if (rc == 0) {
			talk[opened] = talk_of(&a[opened]);
			opened++;
		}
	}
	if (rc == 0)
		rc = talk_all(talk, n, p->e);
	if (rc == 0)
		rc = take_all(p, a, n);
	for (unsigned i = 0; i < opened; i++)
		if (s[i].kind == LINK_DHCP4)
			dhcp4_close(&a[i].v4);
		else
			dhcp6_close(&a[i].v6);
	return rc;
}

int play_dhcp(struct play *p, const struct link_step *s, unsigned n)
{
	struct asked *a;
	int rc;

	if (n > TALK_MOST)
		return err_set(p->e, -E2BIG, "DHCP on more than %d interfaces at once", TALK_MOST);
	a = calloc(n, sizeof(*a));
	if (!a)
		return err_set(p->e, -ENOMEM, "no memory");
	rc = ask_all(p, a, s, n);
	free(a);
	return rc;
}
