/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: the words of the kernel command line that bring links up.
 * Pure. Each word becomes lines of conf/link_words.h, whose parser has the last word on what is valid.
 */
#include "conf/netargs.h"

#include "base/str.h"
#include "conf/link_words.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define FIELDS    16
#define CARRIER_S 30 /* what is waited for a cable, unless rd.net.timeout.carrier= says otherwise */

static const char no_room[] = "more links than are kept (48)";

/* Adds one step, as a line of text. -EINVAL: it is none; -E2BIG: no room. */
static int add(struct boot_net *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int add(struct boot_net *b, const char *fmt, ...)
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

/* Cuts TEXT at its colons, but not inside of brackets, which are taken away. Gives how many fields there are. */
static unsigned split(char *text, char *field[FIELDS])
{
	unsigned n = 0;

	while (text && n < FIELDS) {
		char *end = *text == '[' ? strchr(text, ']') : NULL, *colon;

		if (end && (end[1] == ':' || !end[1])) {
			text++;
			*end++ = '\0';
			colon = *end ? end : NULL;
		} else {
			colon = strchr(text, ':');
		}
		field[n++] = text;
		if (colon)
			*colon++ = '\0';
		text = colon;
	}
	for (unsigned i = n; i < FIELDS; i++)
		field[i] = text ? text : (char *)"";
	return text ? FIELDS + 1 : n;
}

/* ---- ip= ---- */

/* How an address is got, the word for link_parse(); "" by hand; NULL: no such word. */
static const char *method(const char *word)
{
	static const struct {
		const char *word, *step;
	} known[] = {
		{ "none", "" },
		{ "off", "" },
		{ "static", "" },
		{ "dhcp", "dhcp4" },
		{ "on", "dhcp4" },
		{ "any", "dhcp4" },
		{ "both", "dhcp4" },
		{ "single-dhcp", "dhcp4" },
		{ "bootp", NULL },
		{ "rarp", NULL },
		{ "dhcp4", "dhcp4" },
		{ "dhcp6", "dhcp6" },
		{ "auto6", "ra" },
		{ "link6", "" },
		{ "either6", "ra" },
	};

	for (unsigned i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].word, word) == 0)
			return known[i].step;
	return NULL;
}

static int add_method(struct boot_net *b, const char *name, const char *how)
{
	if (!*how)
		return 0;
	if (b->dhcp_s)
		return add(b, "%s %s %u", how, name, b->dhcp_s);
	return add(b, "%s %s", how, name);
}

/* Bits of a netmask: "24", "255.255.255.0"; without one, what the address' class has, or 64. -1: none. */
static int mask_bits(const char *mask, const struct link_addr *a)
{
	struct link_addr m;
	uint32_t v;
	uint64_t n;
	int bits;

	if (!*mask && a->family == AF_INET6)
		return 64;
	if (!*mask)
		return a->b[0] < 128 ? 8 : a->b[0] < 192 ? 16
							 : 24;
	if (str_u64(mask, a->family == AF_INET ? 32 : 128, &n) == 0)
		return (int)n;
	if (a->family != AF_INET || link_addr_parse(&m, mask) || m.family != AF_INET)
		return -1;
	v = (uint32_t)m.b[0] << 24 | (uint32_t)m.b[1] << 16 | (uint32_t)m.b[2] << 8 | m.b[3];
	for (bits = 0; v & 0x80000000u; bits++)
		v <<= 1;
	return v ? -1 : bits;
}

/* CLIENT:PEER:GATEWAY:NETMASK:HOSTNAME:INTERFACE:METHOD */
static int add_address(struct boot_net *b, char *const f[FIELDS], const char *name)
{
	struct link_addr a;
	int bits, rc;

	if (!*f[0])
		return 0;
	if (link_addr_parse(&a, f[0]))
		return -EINVAL;
	bits = mask_bits(f[3], &a);
	if (bits < 0)
		return -EINVAL;
	rc = add(b, "address %s %s/%d", name, f[0], bits);
	if (rc == 0 && *f[2] && strcmp(f[2], "0.0.0.0") != 0)
		rc = add(b, "route default via %s dev %s", f[2], name);
	return rc;
}

/* What may follow: an MTU, or name servers (the kernel's form). A MAC address of our own is not set. */
static int add_rest(struct boot_net *b, char *const *f, const char *name)
{
	struct link_addr a;
	int rc = 0;

	if (*f[0] && link_addr_parse(&a, f[0]) == 0)
		rc = add(b, "nameserver %s", f[0]);
	else if (*f[0])
		rc = add(b, "mtu %s %s", name, f[0]);
	if (rc == 0 && *f[1] && link_addr_parse(&a, f[1]) == 0)
		rc = add(b, "nameserver %s", f[1]);
	return rc;
}

static const char *take_ip(struct boot_net *b, char *value)
{
	static const char expected[] = "expected INTERFACE:METHOD[:MTU] or "
				       "CLIENT:PEER:GATEWAY:NETMASK:HOSTNAME:INTERFACE:"
				       "METHOD[:MTU or DNS], METHOD one of none dhcp dhcp6 auto6";
	char *f[FIELDS];
	const char *how, *name;
	int rc;

	(void)split(value, f);
	how = method(f[0]);
	if (how && !*f[1])
		rc = add_method(b, "*", how);
	else if (method(f[1])) {
		rc = add_method(b, f[0], method(f[1]));
		if (rc == 0 && *f[2])
			rc = add(b, "mtu %s %s", f[0], f[2]);
		if (rc == 0 && !*method(f[1]))
			rc = add(b, "up %s", f[0]);
	} else {
		name = *f[5] ? f[5] : "*";
		how = *f[6] ? method(f[6]) : *f[0] ? ""
						   : NULL;
		rc = how ? add_address(b, f, name) : -EINVAL;
		if (rc == 0)
			rc = add_method(b, name, how);
		if (rc == 0)
			rc = add_rest(b, f + 7, name);
	}
	return rc == -E2BIG ? no_room : rc ? expected
					   : NULL;
}

/* ---- what an interface is made of ---- */

static const char *take_ifname(struct boot_net *b, char *value)
{
	char *mac = strchr(value, ':');

	if (mac)
		*mac++ = '\0';
	return mac && add(b, "link %s mac %s", value, mac) == 0 ? NULL : "expected INTERFACE:MAC";
}

/* The id at the end of "vlan5", "vlan0005", "eth0.5", "eth0.0005". */
static const char *take_vlan(struct boot_net *b, char *value)
{
	char *f[FIELDS];
	const char *id;

	if (split(value, f) != 2)
		return "expected INTERFACE:PARENT";
	id = f[0] + strlen(f[0]);
	while (id > f[0] && isdigit((unsigned char)id[-1]))
		id--;
	while (*id == '0' && id[1])
		id++;
	if (add(b, "vlan %s %s %s", f[0], f[1], id))
		return "expected INTERFACE:PARENT, the id at the end of INTERFACE";
	return NULL;
}

static const char *take_bond(struct boot_net *b, char *value)
{
	char *f[FIELDS];
	unsigned n = split(value, f);
	int rc;

	for (char *p = f[2]; *p; p++)
		*p = *p == ';' ? ',' : *p;
	rc = n > 4 ? -EINVAL
		   : add(b, "bond %s %s members %s", *f[0] ? f[0] : "bond0", *f[2] ? f[2] : "mode=balance-rr",
			 *f[1] ? f[1] : "eth0,eth1");
	if (rc == 0 && *f[3])
		rc = add(b, "mtu %s %s", f[0], f[3]);
	return rc ? "expected BOND[:MEMBER,MEMBER[:OPTION=VALUE,...[:MTU]]]" : NULL;
}

/* The kernel has no teams of its own: the bond that does the same takes its place. */
static const char *take_team(struct boot_net *b, char *value)
{
	static const struct {
		const char *runner, *mode;
	} known[] = {
		{ "", "active-backup" },
		{ "activebackup", "active-backup" },
		{ "lacp", "802.3ad" },
		{ "loadbalance", "balance-xor" },
		{ "broadcast", "broadcast" },
		{ "roundrobin", "balance-rr" },
	};
	char *f[FIELDS];
	unsigned n = split(value, f);

	for (unsigned i = 0; i < ARRAY_LEN(known) && (n == 2 || n == 3); i++)
		if (strcmp(known[i].runner, f[2]) == 0 &&
		    add(b, "bond %s mode=%s,miimon=100 members %s", f[0], known[i].mode, f[1]) == 0)
			return NULL;
	return "expected TEAM:MEMBER,MEMBER[:RUNNER]";
}

static const char *take_bridge(struct boot_net *b, char *value)
{
	char *f[FIELDS];

	if (split(value, f) != 2 || add(b, "bridge %s members %s", f[0], f[1]))
		return "expected BRIDGE:MEMBER,MEMBER";
	return NULL;
}

static const char *take_nameserver(struct boot_net *b, char *value)
{
	size_t n = strlen(value);

	if (*value == '[' && value[n - 1] == ']') {
		value[n - 1] = '\0';
		value++;
	}
	return add(b, "nameserver %s", value) ? "expected an address" : NULL;
}

static const char *take_route(struct boot_net *b, char *value)
{
	char *f[FIELDS], *slash, to[LINK_ADDR_TEXT + 8];
	struct link_addr a;
	int bits = 0;

	/* "[NET]/MASK" and "[NET/MASK]" */
	if (*value == '[' && (slash = strstr(value, "]/"))) {
		size_t n = strcspn(slash + 1, ":");

		memmove(slash, slash + 1, n);
		slash[n] = ']';
	}
	if (split(value, f) < 2)
		return "expected NET/MASK:GATEWAY[:INTERFACE]";
	slash = strchr(f[0], '/');
	if (slash)
		*slash++ = '\0';
	if (strcmp(f[0], "default") != 0)
		bits = link_addr_parse(&a, f[0]) ? -1 : slash ? mask_bits(slash, &a)
							      : a.prefix;
	if (bits < 0 || str_fmt(to, sizeof(to), strcmp(f[0], "default") == 0 ? "%s" : "%s/%d", f[0], bits) ||
	    add(b, "route %s%s%s%s%s", to, *f[1] ? " via " : "", f[1], *f[2] ? " dev " : "", f[2]))
		return "expected NET/MASK:GATEWAY[:INTERFACE]";
	return NULL;
}

static const char *take_seconds(unsigned *ret, const char *value)
{
	uint64_t v;

	if (str_u64(value, 3600, &v) || v == 0)
		return "expected seconds from 1 to 3600";
	*ret = (unsigned)v;
	return NULL;
}

static const char *take_carrier(struct boot_net *b, char *value)
{
	return take_seconds(&b->carrier_s, value);
}

static const char *take_dhcp(struct boot_net *b, char *value)
{
	return take_seconds(&b->dhcp_s, value);
}

static const struct {
	const char *key;
	bool replaces; /* the links of the recipe */
	const char *(*take)(struct boot_net *b, char *value);
} table[] = {
	{ "ip", true, take_ip },
	{ "vlan", true, take_vlan },
	{ "bond", true, take_bond },
	{ "team", true, take_team },
	{ "bridge", true, take_bridge },
	{ "ifname", false, take_ifname },
	{ "nameserver", false, take_nameserver },
	{ "rd.route", false, take_route },
	{ "rd.net.timeout.carrier", false, take_carrier },
	{ "rd.net.timeout.dhcp", false, take_dhcp },
};

static int find(const char *key)
{
	for (unsigned i = 0; i < ARRAY_LEN(table); i++)
		if (strcmp(table[i].key, key) == 0)
			return (int)i;
	return -1;
}

bool netargs_key(const char *key)
{
	return find(key) >= 0;
}

const char *netargs_take(struct boot_net *ret, const char *key, char *value)
{
	int i = find(key);
	unsigned before = ret->n;
	char none[1] = "";
	const char *expected;

	if (i < 0)
		return NULL;
	expected = table[i].take(ret, value ? value : none);
	if (expected)
		ret->n = before;
	else
		ret->replaces |= table[i].replaces && ret->n > before; /* ip=off says nothing */
	return expected;
}

/* ---- the whole ---- */

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
	return add(b, "link %s", name);
}

static int add_up(struct boot_net *b, const char *name, bool carrier)
{
	if (has(b, 5, 5, name))
		return 0;
	if (carrier)
		return add(b, "up %s carrier %u", name, b->carrier_s ? b->carrier_s : CARRIER_S);
	return add(b, "up %s", name);
}

const char *netargs_finish(struct boot_net *ret)
{
	unsigned n = ret->n;
	int rc = 0;

	if (!ret->replaces)
		return NULL;
	sort(ret);
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
	return rc ? no_room : NULL;
}
