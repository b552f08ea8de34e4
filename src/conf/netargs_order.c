/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: what the words of the kernel command line come to, when all of them are known.
 * Pure. Steps in the order in which they can be played, with those that go without saying.
 */
#include "conf/link_words.h"
#include "conf/netargs.h"
#include "conf/netargs_add.h"

#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CARRIER_S    30 /* what is waited for a cable, unless rd.net.timeout.carrier= says otherwise */
#define BOOTIF       "BOOTIF"
#define OTHER_METRIC 2048 /* of routes beside those of bootdev=: behind what DHCP gives by itself */

/* Whether a word said this already. */
static bool is_there(const struct boot_net *b, const struct link_step *s)
{
	char text[LINK_LINE], other[LINK_LINE];

	if (link_text(s, text, sizeof(text)))
		return false;
	for (unsigned i = 0; i < b->n; i++)
		if (b->step[i].kind == s->kind && link_text(&b->step[i], other, sizeof(other)) == 0 &&
		    strcmp(text, other) == 0)
			return true;
	return false;
}

int netargs_add(struct boot_net *b, const char *fmt, ...)
{
	char line[LINK_LINE];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(line))
		return -EINVAL;
	if (b->n == BOOT_LINKS)
		return -E2BIG;
	if (link_parse(&b->step[b->n], line, NULL))
		return -EINVAL;
	b->n += !is_there(b, &b->step[b->n]);
	return 0;
}

void netargs_mac_name(char name[LINK_NAME], const uint8_t m[6])
{
	(void)str_fmt(name, LINK_NAME, "enx%02x%02x%02x%02x%02x%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

int netargs_name(struct boot_net *b, char name[LINK_NAME], const uint8_t m[6])
{
	for (unsigned i = 0; i < b->n; i++)
		if (b->step[i].kind == LINK_IFACE && b->step[i].has_mac && memcmp(b->step[i].mac, m, 6) == 0)
			return str_fmt(name, LINK_NAME, "%s", b->step[i].name);
	netargs_mac_name(name, m);
	return netargs_add(b, "link %s mac %02x:%02x:%02x:%02x:%02x:%02x", name, m[0], m[1], m[2], m[3], m[4], m[5]);
}

enum rank {
	RANK_IFACE,
	RANK_MADE,
	RANK_MTU,
	RANK_UP,
	RANK_ADDRESS,
	RANK_ROUTE,
	RANK_NAME,
};

static unsigned rank(const struct link_step *s)
{
	static const uint8_t of[] = {
		[LINK_IFACE] = RANK_IFACE,
		[LINK_BOND] = RANK_MADE,
		[LINK_VLAN] = RANK_MADE,
		[LINK_BRIDGE] = RANK_MADE,
		[LINK_MTU] = RANK_MTU,
		[LINK_UP] = RANK_UP,
		[LINK_ADDR] = RANK_ADDRESS,
		[LINK_DHCP4] = RANK_ADDRESS,
		[LINK_DHCP6] = RANK_ADDRESS,
		[LINK_RA] = RANK_ADDRESS,
		[LINK_ROUTE] = RANK_ROUTE,
		[LINK_DNS] = RANK_NAME,
		[LINK_HOST] = RANK_NAME,
	};

	return of[s->kind];
}

/* True when the link that BELOW makes is a member of the one that S makes. */
static bool is_member(const struct link_step *s, const struct link_step *below)
{
	for (unsigned k = 0; k < s->nmember; k++)
		if (rank(below) == RANK_MADE && strcmp(s->member[k], below->name) == 0)
			return true;
	return false;
}

/* How many links lie below each that is made, by the index of its step. False: some are made of each other. */
static bool find_depths(const struct boot_net *b, uint8_t depth[BOOT_LINKS])
{
	bool changed = true;

	memset(depth, 0, BOOT_LINKS);
	while (changed) {
		changed = false;
		for (unsigned i = 0; i < b->n * b->n; i++) {
			uint8_t *upper = &depth[i / b->n], lower = depth[i % b->n];

			if (lower < *upper || !is_member(&b->step[i / b->n], &b->step[i % b->n]))
				continue;
			if (lower >= b->n)
				return false;
			*upper = (uint8_t)(lower + 1);
			changed = true;
		}
	}
	return true;
}

/* How deep the link lies that step I makes or is about. */
static uint8_t depth_of(const struct boot_net *b, const uint8_t depth[BOOT_LINKS], unsigned i)
{
	for (unsigned k = 0; k < b->n; k++)
		if (rank(&b->step[k]) == RANK_MADE && strcmp(b->step[k].name, b->step[i].name) == 0)
			return depth[k];
	return 0;
}

/* The place of step I: its rank, then members before what is made of them, gateways before what is behind them. */
static unsigned place(const struct boot_net *b, const uint8_t depth[BOOT_LINKS], unsigned i)
{
	const struct link_step *s = &b->step[i];
	unsigned at = rank(s) << 10;

	if (rank(s) == RANK_MADE || rank(s) == RANK_MTU)
		return at + depth_of(b, depth, i);
	if (rank(s) != RANK_ROUTE)
		return at;
	return at + (s->via.family ? 256u : 0) + 128u - s->addr.prefix;
}

/* Stable: what is equal stays as it was given. False: links are made of each other. */
static bool sort(struct boot_net *b)
{
	uint8_t depth[BOOT_LINKS];
	unsigned at[BOOT_LINKS];
	bool right = find_depths(b, depth);

	for (unsigned i = 0; i < b->n; i++)
		at[i] = place(b, depth, i);
	for (unsigned i = 1; i < b->n; i++)
		for (unsigned j = i; j > 0 && at[j] < at[j - 1]; j--) {
			struct link_step s = b->step[j];
			unsigned a = at[j];

			b->step[j] = b->step[j - 1];
			b->step[j - 1] = s;
			at[j] = at[j - 1];
			at[j - 1] = a;
		}
	return right;
}

/* True when a step of the ranks FROM to TO has NAME. */
static bool has(const struct boot_net *b, unsigned from, unsigned to, const char *name)
{
	for (unsigned i = 0; i < b->n; i++)
		if (rank(&b->step[i]) >= from && rank(&b->step[i]) <= to && strcmp(b->step[i].name, name) == 0)
			return true;
	return false;
}

/* A name that no step makes is of the hardware: it is waited for. */
static int add_hardware(struct boot_net *b, const char *name)
{
	if (!*name || strcmp(name, "*") == 0 || has(b, RANK_IFACE, RANK_MADE, name))
		return 0;
	return netargs_add(b, "link %s", name);
}

static int add_up(struct boot_net *b, const char *name, bool carrier)
{
	unsigned seconds = b->carrier_s ? b->carrier_s : CARRIER_S;

	for (unsigned i = 0; i < b->n; i++) {
		struct link_step *s = &b->step[i];

		if (s->kind != LINK_UP || strcmp(s->name, name) != 0)
			continue;
		if (carrier && !s->seconds)
			s->seconds = seconds;
		return 0;
	}
	return carrier ? netargs_add(b, "up %s carrier %u", name, seconds) : netargs_add(b, "up %s", name);
}

static bool same_iface(const struct link_step *a, const struct link_step *b)
{
	return a->kind == LINK_IFACE && b->kind == LINK_IFACE && a->has_mac && b->has_mac &&
	       memcmp(a->mac, b->mac, sizeof(a->mac)) == 0;
}

static void rename_all(struct boot_net *b, const char *from, const char *to)
{
	for (unsigned i = 0; i < b->n; i++) {
		struct link_step *s = &b->step[i];

		if (strcmp(s->name, from) == 0)
			(void)str_fmt(s->name, LINK_NAME, "%s", to);
		for (unsigned k = 0; k < s->nmember; k++)
			if (strcmp(s->member[k], from) == 0)
				(void)str_fmt(s->member[k], LINK_NAME, "%s", to);
	}
}

/* An interface that ip= names by its address, and ifname= behind it by a name, has that one. */
static void one_name(struct boot_net *b)
{
	char from[LINK_NAME], to[LINK_NAME];

	for (unsigned i = 0; i < b->n; i++)
		for (unsigned j = i + 1; j < b->n; j++) {
			if (!same_iface(&b->step[i], &b->step[j]))
				continue;
			memcpy(from, b->step[i].name, sizeof(from));
			memcpy(to, b->step[j].name, sizeof(to));
			rename_all(b, from, to);
			memmove(&b->step[i], &b->step[i + 1], sizeof(b->step[0]) * (--b->n - i));
			j = i;
		}
}

/* True when a step is about interface NAME, or has it as a member. */
static bool uses(const struct boot_net *b, const char *name)
{
	for (unsigned i = 0; i < b->n; i++) {
		if (strcmp(b->step[i].name, name) == 0)
			return true;
		for (unsigned k = 0; k < b->step[i].nmember; k++)
			if (strcmp(b->step[i].member[k], name) == 0)
				return true;
	}
	return false;
}

/* Without a step of its own: the links of the recipe may have another name for it. */
static void name_bootif(struct boot_net *b)
{
	if (b->no_bootif)
		b->has_bootif = false;
	if (strcmp(b->bootdev, BOOTIF) == 0)
		b->bootdev[0] = '\0';
	for (unsigned i = 0; i < b->n; i++)
		if (b->step[i].kind == LINK_ROUTE && b->step[i].via.family && strcmp(b->step[i].name, BOOTIF) == 0)
			b->step[i].name[0] = '\0'; /* the kernel finds the link of a gateway */
	if (b->has_bootif && !*b->bootdev)
		netargs_mac_name(b->bootdev, b->bootif);
}

/* What is for every interface is for the one that bootdev= or BOOTIF= names; its way out comes before others. */
static int choose(struct boot_net *b)
{
	int rc = 0;

	if (b->has_bootif && !b->no_bootif && !*b->bootdev)
		rc = netargs_name(b, b->bootdev, b->bootif);
	if (rc || !*b->bootdev)
		return rc;
	rename_all(b, "*", b->bootdev);
	for (unsigned i = 0; i < b->n; i++) {
		struct link_step *s = &b->step[i];
		bool out = s->kind == LINK_DHCP4 || (s->kind == LINK_ROUTE && s->addr.prefix == 0);

		if (out && *s->name && !s->number && strcmp(s->name, b->bootdev) != 0)
			s->number = OTHER_METRIC;
	}
	return 0;
}

/* "BOOTIF" in the place of an interface is the one with the address that BOOTIF= gives, else the one of bootdev=. */
static const char *put_bootif(struct boot_net *b)
{
	char name[LINK_NAME] = "*";

	if (strcmp(b->bootdev, BOOTIF) == 0)
		b->bootdev[0] = '\0';
	if (!uses(b, BOOTIF) || has(b, RANK_IFACE, RANK_MADE, BOOTIF))
		return NULL; /* ifname= and the like may give that name */
	if (b->has_bootif && !b->no_bootif && netargs_name(b, name, b->bootif))
		return NETARGS_FULL;
	if ((!b->has_bootif || b->no_bootif) && *b->bootdev)
		memcpy(name, b->bootdev, sizeof(name));
	rename_all(b, BOOTIF, name);
	return strcmp(name, "*") != 0 ? NULL : "no BOOTIF= says which interface BOOTIF is: every one is tried";
}

/* What goes without saying for step S. */
static int complete(struct boot_net *b, const struct link_step *s)
{
	int rc = 0;

	for (unsigned k = 0; k < s->nmember && rc == 0; k++) {
		rc = add_hardware(b, s->member[k]);
		if (rc == 0 && s->kind != LINK_BOND)
			rc = add_up(b, s->member[k], false);
	}
	if (rc == 0 && rank(s) >= RANK_MTU && rank(s) <= RANK_ADDRESS)
		rc = add_hardware(b, s->name);
	if (rc == 0 && rank(s) == RANK_ADDRESS)
		rc = add_up(b, s->name, true);
	return rc;
}

const char *netargs_finish(struct boot_net *ret)
{
	const char *said;
	unsigned n;
	int rc;

	if (!ret->replaces) {
		name_bootif(ret);
		return NULL;
	}
	said = put_bootif(ret);
	rc = choose(ret);
	one_name(ret);
	(void)sort(ret);
	n = ret->n;
	for (unsigned i = 0; i < n && rc == 0; i++) {
		const struct link_step s = ret->step[i];

		rc = complete(ret, &s);
	}
	if (!sort(ret))
		said = "links are made of each other: none of these can come up";
	return rc ? NETARGS_FULL : said;
}
