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

#define CARRIER_S    30   /* what is waited for a cable, unless rd.net.timeout.carrier= says otherwise */
#define OTHER_METRIC 2048 /* of routes beside those of bootdev=: behind what DHCP gives by itself */

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
	b->n++;
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

static unsigned rank(const struct link_step *s)
{
	static const uint8_t of[] = {
		[LINK_IFACE] = 0,
		[LINK_BOND] = 1,
		[LINK_VLAN] = 2,
		[LINK_BRIDGE] = 3,
		[LINK_MTU] = 4,
		[LINK_UP] = 5,
		[LINK_ADDR] = 6,
		[LINK_DHCP4] = 6,
		[LINK_DHCP6] = 6,
		[LINK_RA] = 6,
		[LINK_ROUTE] = 7,
		[LINK_DNS] = 8,
		[LINK_HOST] = 8,
	};

	return of[s->kind];
}

/* Stable: what is equal stays as it was given. */
static void sort(struct boot_net *b)
{
	for (unsigned i = 1; i < b->n; i++)
		for (unsigned j = i; j > 0 && rank(&b->step[j]) < rank(&b->step[j - 1]); j--) {
			struct link_step s = b->step[j];

			b->step[j] = b->step[j - 1];
			b->step[j - 1] = s;
		}
}

/* True when a step of the kinds FROM to TO has NAME. */
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
	if (!*name || strcmp(name, "*") == 0 || has(b, 0, 3, name))
		return 0;
	return netargs_add(b, "link %s", name);
}

static int add_up(struct boot_net *b, const char *name, bool carrier)
{
	if (has(b, 5, 5, name))
		return 0;
	if (carrier)
		return netargs_add(b, "up %s carrier %u", name, b->carrier_s ? b->carrier_s : CARRIER_S);
	return netargs_add(b, "up %s", name);
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

/* Without a step of its own: the links of the recipe may have another name for it. */
static void name_bootif(struct boot_net *b)
{
	if (b->no_bootif)
		b->has_bootif = false;
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

const char *netargs_finish(struct boot_net *ret)
{
	unsigned n;
	int rc = 0;

	if (!ret->replaces) {
		name_bootif(ret);
		return NULL;
	}
	rc = choose(ret);
	one_name(ret);
	sort(ret);
	n = ret->n;
	for (unsigned i = 0; i < n && rc == 0; i++) {
		const struct link_step s = ret->step[i];
		bool made = s.kind == LINK_BOND || s.kind == LINK_VLAN || s.kind == LINK_BRIDGE;

		for (unsigned k = 0; k < s.nmember && rc == 0; k++) {
			rc = add_hardware(ret, s.member[k]);
			if (rc == 0 && s.kind != LINK_BOND)
				rc = add_up(ret, s.member[k], false);
		}
		if (!made && rc == 0 && rank(&s) >= 4 && rank(&s) <= 6)
			rc = add_hardware(ret, s.name);
		if (rank(&s) == 6 && rc == 0)
			rc = add_up(ret, s.name, true);
	}
	sort(ret);
	return rc ? NETARGS_FULL : NULL;
}
