/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: addresses by DHCP, several interfaces at once.
 * Those that get one take it; a step fails when nobody in its group got any.
 */
#include "net/addr.h"
#include "net/lease.h"
#include "net/link.h"
#include "net/play.h"

#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define GRACE_MS 10000 /* for the others, when one interface has an address: it may be all that is needed */

/* One step's conversation, of its family. */
struct asked {
	const struct link_step *step;
	struct dhcp4_client v4;
	struct dhcp6_client v6;
	struct err why; /* it was not opened */
};

static int open_one(struct play *p, struct asked *a, const struct link_step *s)
{
	static const struct dhcp6_query solicit = { .type = DHCP6_SOLICIT };
	int64_t until = play_until(p, s->seconds);
	struct dhcp4_who *who = &a->v4.who;
	struct nl_link l;
	int rc;

	a->step = s;
	a->v4.talk.fd = a->v4.udp = a->v6.talk.fd = -1;
	rc = netif_get(&p->r, s->name, &l, &a->why);
	if (rc)
		return rc;
	play_say(p, "%s: asking for an address by DHCP%s", s->name, s->kind == LINK_DHCP4 ? "" : "v6");
	if (s->kind == LINK_DHCP6)
		return dhcp6_open(&a->v6, &l, &solicit, until, &a->why);
	rc = dhcp4_open(&a->v4, &l, until, &a->why);
	a->v4.metric = s->number;
	who->nid = s->nid;
	memcpy(who->id, s->id, sizeof(who->id));
	(void)str_fmt(who->host, sizeof(who->host), "%s", s->text);
	return rc;
}

static struct talk *talk_of(struct asked *a)
{
	return a->step->kind == LINK_DHCP4 ? &a->v4.talk : &a->v6.talk;
}

static int take_one(struct play *p, struct asked *a, struct err *e)
{
	bool v4 = a->step->kind == LINK_DHCP4;
	const struct link_addr *got = v4 ? &a->v4.got.addr : &a->v6.got.addr;
	char text[64];
	int rc;

	if (a->why.code)
		return err_set(e, a->why.code, "%s", a->why.text);
	if (!talk_of(a)->done)
		return v4 ? dhcp4_why(&a->v4, e) : dhcp6_why(&a->v6, e);
	rc = v4 ? lease_take4(&p->r, p->st, &a->v4, e) : lease_take6(&p->r, p->st, &a->v6, e);
	if (rc == 0)
		play_say(p, "%s has %s by DHCP%s", a->step->name, netaddr_text(got, text, sizeof(text)),
			 v4 ? "" : "v6");
	return rc;
}

/* All conversations, until the last, or GRACE ms behind the first that is done. */
static int talk(struct play *p, struct asked *a, unsigned n, int64_t grace)
{
	struct talk *talks[TALK_MOST];
	unsigned opened = 0;

	for (unsigned i = 0; i < n; i++)
		if (!a[i].why.code)
			talks[opened++] = talk_of(&a[i]);
	return talk_all(talks, opened, grace, p->e);
}

/* All that got an address take it. Those that got none are told, or are the failure when nobody has one. */
static int take_all(struct play *p, struct asked *a, unsigned n)
{
	struct err first = { 0 };
	unsigned taken = 0;

	for (unsigned i = 0; i < n; i++) {
		struct err e = { 0 };

		if (take_one(p, &a[i], &e) == 0) {
			taken++;
			continue;
		}
		if (!first.code)
			first = e;
		if (n > 1)
			play_say(p, "%s", e.text);
	}
	return taken ? 0 : err_set(p->e, first.code, "%s", first.text);
}

/* The number of the first that got an address and could take it. */
static int take_any(struct play *p, struct asked *a, unsigned n)
{
	struct err why = { 0 };

	for (unsigned i = 0; i < n; i++)
		if (!a[i].why.code && talk_of(&a[i])->done && take_one(p, &a[i], &why) == 0)
			return (int)i;
	if (!why.code)
		(void)take_one(p, &a[0], &why);
	return err_set(p->e, why.code, "%s", why.text);
}

static int open_all(struct play *p, struct asked **ret, const struct link_step *s, unsigned n)
{
	struct asked *a;

	if (n > TALK_MOST)
		return err_set(p->e, -E2BIG, "DHCP on more than %d interfaces at once", TALK_MOST);
	a = calloc(n, sizeof(*a));
	if (!a)
		return err_set(p->e, -ENOMEM, "no memory");
	for (unsigned i = 0; i < n; i++)
		(void)!open_one(p, &a[i], &s[i]);
	*ret = a;
	return 0;
}

static void close_all(struct asked *a, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		dhcp4_close(&a[i].v4);
		dhcp6_close(&a[i].v6);
	}
	free(a);
}

int play_dhcp(struct play *p, const struct link_step *s, unsigned n)
{
	struct asked *a;
	int rc = open_all(p, &a, s, n);

	if (rc)
		return rc;
	rc = talk(p, a, n, GRACE_MS);
	if (rc == 0)
		rc = take_all(p, a, n);
	close_all(a, n);
	return rc;
}

int play_any(struct play *p, const struct link_step *s, unsigned n)
{
	struct asked *a;
	int rc = open_all(p, &a, s, n);

	if (rc)
		return rc;
	rc = talk(p, a, n, 0);
	if (rc == 0)
		rc = take_any(p, a, n);
	close_all(a, n);
	return rc;
}
