/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: the words of the kernel command line that bring links up.
 * Pure. Each word becomes lines of conf/link_words.h, whose parser has the last word on what is valid.
 */
#include "conf/netargs.h"

#include "base/str.h"
#include "conf/link_words.h"
#include "conf/netargs_add.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define FIELDS   16
#define MAC_TEXT 17 /* 52:54:00:12:34:56 */

/* Bytes of the MAC address that begins TEXT, 0: there is none. */
static size_t mac_length(const char *text)
{
	char mac[MAC_TEXT + 1];
	uint8_t b[6];
	size_t n = strnlen(text, MAC_TEXT);

	memcpy(mac, text, n);
	mac[n] = '\0';
	return link_mac_parse(b, mac) == 0 && (text[n] == ':' || !text[n]) ? n : 0;
}

/*
 * Cuts TEXT at its colons, but not inside of brackets, which are taken away, nor in a MAC address. Gives how many
 * fields there are.
 */
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
			colon = strchr(text + mac_length(text), ':');
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

/* How an address is got, words for link_parse() with commas between them; "" by hand; NULL: no such word. */
static const char *method(const char *word)
{
	static const struct {
		const char *word, *step;
	} known[] = {
		{ "none", "" },
		{ "off", "" },
		{ "static", "" },
		{ "link-local", "" },
		{ "auto", "dhcp4" },
		{ "auto4", "dhcp4" },
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
		{ "dhcp,dhcp6", "dhcp4,dhcp6" },
		{ "dhcp4,dhcp6", "dhcp4,dhcp6" },
		{ "dhcp6,dhcp", "dhcp6,dhcp4" },
		{ "dhcp,auto6", "dhcp4,ra" },
	};

	for (unsigned i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].word, word) == 0)
			return known[i].step;
	return NULL;
}

/* HOST: what DHCP servers are told, or "". */
static int add_method(struct boot_net *b, const char *name, const char *how, const char *host)
{
	int rc = 0;

	for (size_t n; rc == 0 && (n = strcspn(how, ",")); how += n + (how[n] == ',')) {
		bool told = *host && n == 5 && memcmp(how, "dhcp4", 5) == 0;

		rc = netargs_add(b, "%.*s %s %u%s%s", (int)n, how, name, b->dhcp_s ? b->dhcp_s : LINK_SECONDS,
				 told ? " hostname " : "", told ? host : "");
	}
	return rc;
}

/* WORD is the name of an interface, its MAC address, or "": every one. */
static int take_iface(struct boot_net *b, char name[LINK_NAME], const char *word)
{
	uint8_t mac[6];

	if (link_mac_parse(mac, word) == 0)
		return netargs_name(b, name, mac);
	if (word[strcspn(word, "*?")] && strcmp(word, "*") != 0) /* a pattern, which nothing here matches */
		return -EINVAL;
	return str_fmt(name, LINK_NAME, "%s", *word ? word : "*");
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

/* True when the first BITS of both are the same. */
static bool same_net(const struct link_addr *a, const struct link_addr *b, int bits)
{
	for (int i = 0; i < bits; i++)
		if ((a->b[i / 8] ^ b->b[i / 8]) & 0x80 >> i % 8)
			return false;
	return a->family == b->family;
}

/*
 * The second field is the other end of the link (dracut.cmdline(7)), or the server that the kernel was loaded from
 * (nfsroot.rst, and what boot loaders write): with a netmask the latter. In the same net both come to the same.
 */
static bool is_peer(struct boot_net *b, const struct link_addr *own, char *const f[FIELDS], int *bits)
{
	struct link_addr p;
	int all = own->family == AF_INET ? 32 : 128;

	if (!*f[1] || link_addr_parse(&p, f[1]) || p.family != own->family || strchr(f[1], '/'))
		return false;
	if (!*f[3])
		*bits = all;
	if (*bits != all && !same_net(own, &p, *bits))
		b->note = "with a netmask the second field is the boot server, no peer: it is not used";
	return *bits == all;
}

/* A gateway that is in no net of this link is on the link all the same: clouds and hosters have such. */
static int add_gateway(struct boot_net *b, const struct link_addr *own, int bits, char *const f[FIELDS],
		       const char *name)
{
	static const uint8_t local[] = { 0xfe, 0x80 };
	struct link_addr via;
	bool other, near;

	if (link_addr_parse(&via, f[2]) || strchr(f[2], '/'))
		return -EINVAL;
	other = via.family != own->family;
	near = via.family == AF_INET6 && memcmp(via.b, local, sizeof(local)) == 0;
	near |= !other && same_net(own, &via, bits);
	return netargs_add(b, "route default via %s%s dev %s%s", other ? "inet6 " : "", f[2], name,
			   near ? "" : " onlink");
}

/* CLIENT[/BITS]:PEER:GATEWAY:NETMASK:HOSTNAME:INTERFACE:METHOD */
static int add_address(struct boot_net *b, char *f[FIELDS], const char *name)
{
	char *slash = strchr(f[0], '/');
	struct link_addr a;
	int bits, rc;

	if (!*f[0])
		return 0;
	if (slash && !*f[3]) {
		*slash = '\0';
		f[3] = slash + 1;
	}
	if (link_addr_parse(&a, f[0]))
		return -EINVAL;
	bits = mask_bits(f[3], &a);
	if (bits < 0)
		return -EINVAL;
	if (is_peer(b, &a, f, &bits))
		rc = netargs_add(b, "address %s %s peer %s/%d", name, f[0], f[1], bits);
	else
		rc = netargs_add(b, "address %s %s/%d", name, f[0], bits);
	if (rc == 0 && *f[2] && strcmp(f[2], "0.0.0.0") != 0 && strcmp(f[2], "::") != 0)
		rc = add_gateway(b, &a, bits, f, name);
	return rc;
}

/* What may follow: an MTU and a MAC address, or name servers (the kernel's form). */
static int add_rest(struct boot_net *b, char *const *f, const char *name)
{
	struct link_addr a;
	int rc = 0;

	if (*f[0] && link_addr_parse(&a, f[0]) == 0)
		rc = netargs_add(b, "nameserver %s", f[0]);
	else if (*f[0])
		rc = netargs_add(b, "mtu %s %s", name, f[0]);
	if (rc == 0 && *f[1] && link_addr_parse(&a, f[1]) == 0)
		rc = netargs_add(b, "nameserver %s", f[1]);
	else if (rc == 0 && mac_length(f[1]))
		b->note = "the card keeps its own MAC address";
	return rc;
}

/* INTERFACE:METHOD[:MTU[:MAC]] */
static int take_short(struct boot_net *b, char *const f[FIELDS])
{
	const char *how = method(f[1]);
	char name[LINK_NAME];
	int rc = take_iface(b, name, f[0]);

	if (rc == 0)
		rc = add_method(b, name, how, "");
	if (rc == 0)
		rc = add_rest(b, f + 2, name);
	return rc == 0 && !*how ? netargs_add(b, "up %s", name) : rc;
}

/* The form of the kernel. */
static int take_long(struct boot_net *b, char *f[FIELDS])
{
	const char *how = *f[6] ? method(f[6]) : *f[0] ? ""
						       : NULL;
	char name[LINK_NAME];
	int rc = how ? take_iface(b, name, f[5]) : -EINVAL;

	if (rc == 0)
		rc = add_address(b, f, name);
	if (rc == 0)
		rc = add_method(b, name, how, f[4]);
	return rc ? rc : add_rest(b, f + 7, name);
}

static const char *take_ip(struct boot_net *b, char *value)
{
	static const char expected[] = "expected INTERFACE:METHOD[:MTU] or "
				       "CLIENT:PEER:GATEWAY:NETMASK:HOSTNAME:INTERFACE:"
				       "METHOD[:MTU or DNS], METHOD one of none dhcp dhcp6 auto6, INTERFACE a "
				       "name or a MAC address";
	char *f[FIELDS];
	int rc;

	(void)split(value, f);
	for (unsigned i = 0; i < FIELDS; i++)
		if (strcmp(f[i], "ibft") == 0)
			return "the firmware's table (iBFT) is not read: write ip=INTERFACE:dhcp or the address itself";
	if (method(f[0]) && !*f[1])
		rc = str_starts(f[0], "link") ? netargs_add(b, "up *") : add_method(b, "*", method(f[0]), "");
	else if (method(f[1]))
		rc = take_short(b, f);
	else
		rc = take_long(b, f);
	return rc == -E2BIG ? NETARGS_FULL : rc ? expected
						: NULL;
}

/* ---- what an interface is made of ---- */

static const char *take_ifname(struct boot_net *b, char *value)
{
	char *mac = strchr(value, ':');

	if (mac)
		*mac++ = '\0';
	return mac && netargs_add(b, "link %s mac %s", value, mac) == 0 ? NULL : "expected INTERFACE:MAC";
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
	if (netargs_add(b, "vlan %s %s %s", f[0], f[1], id))
		return "expected INTERFACE:PARENT, the id at the end of INTERFACE";
	return NULL;
}

static const char *take_bond(struct boot_net *b, char *value)
{
	char *f[FIELDS];
	unsigned n = split(value, f);
	int rc;

	/* of a list like arp_ip_target=A;B what follows has no name */
	for (char *p = f[2]; (p = strchr(p, ';')); p++)
		if (p[1 + strcspn(p + 1, ",;=")] == '=')
			*p = ',';
	rc = n > 4 ? -EINVAL
		   : netargs_add(b, "bond %s %s members %s", *f[0] ? f[0] : "bond0", *f[2] ? f[2] : "mode=balance-rr",
				 *f[1] ? f[1] : "eth0,eth1");
	if (rc == 0 && *f[3])
		rc = netargs_add(b, "mtu %s %s", *f[0] ? f[0] : "bond0", f[3]);
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

	for (unsigned i = 0; i < ARRAY_LEN(known) && n <= 3; i++)
		if (strcmp(known[i].runner, f[2]) == 0 &&
		    netargs_add(b, "bond %s mode=%s,miimon=100 members %s", *f[0] ? f[0] : "team0", known[i].mode,
				*f[0] || *f[1] ? f[1] : "eth0,eth1") == 0)
			return NULL;
	return "expected TEAM:MEMBER,MEMBER[:RUNNER], RUNNER one of activebackup lacp loadbalance broadcast roundrobin";
}

static const char *take_bridge(struct boot_net *b, char *value)
{
	char *f[FIELDS];

	if (split(value, f) > 2 ||
	    netargs_add(b, "bridge %s members %s", *f[0] ? f[0] : "br0", *f[0] || *f[1] ? f[1] : "eth0"))
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
	return netargs_add(b, "nameserver %s", value) ? "expected an address" : NULL;
}

static const char *take_route(struct boot_net *b, char *value)
{
	char *f[FIELDS], *slash, to[LINK_ADDR_TEXT + 8];
	struct link_addr a = { 0 };
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
	    netargs_add(b, "route %s%s%s%s%s%s", to, *f[1] ? " via " : "",
			bits && a.family == AF_INET && strchr(f[1], ':') ? "inet6 " : "", f[1], *f[2] ? " dev " : "",
			f[2]))
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

static const char *take_bootdev(struct boot_net *b, char *value)
{
	uint8_t mac[6];

	if (link_mac_parse(mac, value) == 0) {
		memcpy(b->bootif, mac, sizeof(mac));
		b->has_bootif = true;
		return NULL;
	}
	return link_name_ok(value) && str_fmt(b->bootdev, LINK_NAME, "%s", value) == 0 ? NULL : "expected INTERFACE";
}

/* What a boot loader leaves: the kind of the hardware, 01 for Ethernet, and its address. */
static const char *take_bootif(struct boot_net *b, char *value)
{
	uint8_t mac[6];

	if (link_mac_parse(mac, str_starts(value, "01-") ? value + 3 : value))
		return "expected 01-MAC";
	memcpy(b->bootif, mac, sizeof(mac));
	b->has_bootif = true;
	return NULL;
}

/* As dracut's getargbool takes them: 0, no and off are off. */
static const char *take_bool(bool *ret, const char *value)
{
	static const char *const word[] = { "0", "no", "off", "1", "yes", "on", "" };

	for (unsigned i = 0; i < ARRAY_LEN(word); i++) {
		if (strcmp(value, word[i]) != 0)
			continue;
		*ret = i > 2;
		return NULL;
	}
	return "expected 0 or 1";
}

static const char *take_use_bootif(struct boot_net *b, char *value)
{
	const char *expected = take_bool(&b->no_bootif, value);

	b->no_bootif = !expected && !b->no_bootif;
	return expected;
}

static const char *take_peerdns(struct boot_net *b, char *value)
{
	const char *expected = take_bool(&b->own_servers, value);

	b->own_servers = !expected && !b->own_servers;
	return expected;
}

/* The network comes up as soon as anything needs it. */
static const char *take_neednet(struct boot_net *b, char *value)
{
	bool any;

	(void)b;
	return take_bool(&any, value);
}

static const char no_limit[] = "not honoured, crashbox.device_timeout= is the limit of all links";
static const char never[] = "not honoured";

static const struct {
	const char *key;
	bool replaces; /* the links of the recipe */
	const char *(*take)(struct boot_net *b, char *value);
	const char *say; /* instead */
} table[] = {
	{ "ip", true, take_ip, NULL },
	{ "vlan", true, take_vlan, NULL },
	{ "bond", true, take_bond, NULL },
	{ "team", true, take_team, NULL },
	{ "bridge", true, take_bridge, NULL },
	{ "ifname", false, take_ifname, NULL },
	{ "nameserver", false, take_nameserver, NULL },
	{ "rd.route", false, take_route, NULL },
	{ "rd.net.timeout.carrier", false, take_carrier, NULL },
	{ "rd.net.timeout.dhcp", false, take_dhcp, NULL },
	{ "bootdev", false, take_bootdev, NULL },
	{ "BOOTIF", false, take_bootif, NULL },
	{ "rd.bootif", false, take_use_bootif, NULL },
	{ "rd.peerdns", false, take_peerdns, NULL },
	{ "rd.neednet", false, take_neednet, NULL },
	{ "rd.net.dhcp.retry", false, NULL, "not honoured, DHCP asks until rd.net.timeout.dhcp= is over" },
	{ "rd.net.timeout.iflink", false, NULL, no_limit },
	{ "rd.net.timeout.ifup", false, NULL, no_limit },
	{ "rd.net.timeout.route", false, NULL, no_limit },
	{ "rd.net.timeout.ipv6dad", false, NULL, no_limit },
	{ "rd.net.timeout.ipv6auto", false, NULL, no_limit },
	{ "rd.net.dhcp.vendor-class", false, NULL, never },
	{ "rd.net.dhcp.dscp", false, NULL, never },
	{ "rd.znet", false, NULL, never },
	{ "rd.znet_ifname", false, NULL, never },
	{ "rd.ethtool", false, NULL, never },
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

	ret->note = NULL;
	if (i < 0)
		return NULL;
	expected = table[i].say ? table[i].say : table[i].take(ret, value ? value : none);
	if (expected) {
		ret->n = before;
		ret->note = NULL;
	} else
		ret->replaces |= table[i].replaces && ret->n > before; /* ip=off says nothing */
	return expected;
}
