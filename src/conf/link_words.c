/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: one line of text, one step of bringing links up.
 * Pure. What is taken can be written again and read as the same step.
 */
#include "conf/link_words.h"

#include "base/invisible.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SECONDS_MAX 86400
#define MTU_MIN     68 /* RFC 791 */
#define MTU_MAX     65535
#define VLAN_MAX    4094 /* IEEE 802.1Q */

struct form {
	const char *word;
	enum link_kind kind;
	int (*parse)(struct link_step *s, char *rest);
	const char *form;
};

bool link_name_ok(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n >= LINK_NAME || strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
		return false;
	for (; *s; s++)
		if (*s <= ' ' || *s > '~' || *s == '/' || *s == ':' || *s == ',')
			return false;
	return true;
}

static int take_name(char to[LINK_NAME], const char *word)
{
	if (!word || !link_name_ok(word))
		return -EINVAL;
	return str_fmt(to, LINK_NAME, "%s", word);
}

static int take_number(uint32_t *to, const char *word, uint32_t min, uint32_t max)
{
	uint64_t v;

	if (!word || str_u64(word, max, &v) || v < min)
		return -EINVAL;
	*to = (uint32_t)v;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int link_mac_parse(uint8_t mac[6], const char *text)
{
	uint8_t v[6];

	if (strlen(text) != 17)
		return -EINVAL;
	for (int i = 0; i < 6; i++) {
		int hi = hex_digit(text[3 * i]), lo = hex_digit(text[3 * i + 1]);

		if (hi < 0 || lo < 0 || (i < 5 && text[3 * i + 2] != ':' && text[3 * i + 2] != '-'))
			return -EINVAL;
		v[i] = (uint8_t)(hi << 4 | lo);
	}
	memcpy(mac, v, sizeof(v));
	return 0;
}

int link_addr_parse(struct link_addr *ret, const char *text)
{
	struct link_addr a = { 0 };
	char host[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	uint64_t bits;

	if (n >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, n);
	host[n] = '\0';
	if (inet_pton(AF_INET, host, a.b) == 1)
		a.family = AF_INET;
	else if (inet_pton(AF_INET6, host, a.b) == 1)
		a.family = AF_INET6;
	else
		return -EINVAL;
	bits = a.family == AF_INET ? 32 : 128;
	if (slash && str_u64(slash + 1, bits, &bits))
		return -EINVAL;
	a.prefix = (uint8_t)bits;
	*ret = a;
	return 0;
}

char *link_addr_text(const struct link_addr *a, bool prefix, char buf[LINK_ADDR_TEXT])
{
	char host[INET6_ADDRSTRLEN] = "-";

	if (a->family == AF_INET || a->family == AF_INET6)
		(void)inet_ntop(a->family, a->b, host, sizeof(host));
	if (prefix)
		snprintf(buf, LINK_ADDR_TEXT, "%s/%u", host, a->prefix);
	else
		snprintf(buf, LINK_ADDR_TEXT, "%s", host);
	return buf;
}

/* An address of one host: no prefix in the text. */
static int take_host(struct link_addr *to, const char *word)
{
	return word && !strchr(word, '/') ? link_addr_parse(to, word) : -EINVAL;
}

static int take_members(struct link_step *s, char *text)
{
	while (text) {
		char *comma = strchr(text, ',');

		if (comma)
			*comma++ = '\0';
		if (s->nmember == LINK_MEMBERS || take_name(s->member[s->nmember], text))
			return -EINVAL;
		s->nmember++;
		text = comma;
	}
	return 0;
}

static int no_more(char *rest)
{
	return str_word(&rest) ? -EINVAL : 0;
}

static int parse_iface(struct link_step *s, char *rest)
{
	char *word = str_word(&rest), *mac;

	if (!word)
		return 0;
	mac = str_word(&rest);
	if (strcmp(word, "mac") != 0 || !mac || link_mac_parse(s->mac, mac))
		return -EINVAL;
	s->has_mac = true;
	return no_more(rest);
}

static const struct {
	const char *word;
	uint8_t bit;
} vlan_words[] = { { "802.1ad", LINK_VLAN_AD }, { "gvrp", LINK_VLAN_GVRP }, { "mvrp", LINK_VLAN_MVRP } };

static uint8_t vlan_bit(const char *word)
{
	for (unsigned i = 0; i < ARRAY_LEN(vlan_words); i++)
		if (strcmp(vlan_words[i].word, word) == 0)
			return vlan_words[i].bit;
	return 0;
}

static int parse_vlan(struct link_step *s, char *rest)
{
	char *word;

	if (take_name(s->member[0], str_word(&rest)) ||
	    take_number(&s->number, str_word(&rest), 0, VLAN_MAX))
		return -EINVAL;
	s->nmember = 1;
	while ((word = str_word(&rest))) {
		uint8_t bit = vlan_bit(word);

		if (!bit || s->vlan & bit)
			return -EINVAL;
		s->vlan |= bit;
	}
	return 0;
}

/* "OPTION=VALUE,OPTION=VALUE": what a value may be is the kernel's to say. */
static bool bond_options_ok(const char *s)
{
	while (*s) {
		size_t n = strcspn(s, ","), name = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

		if (name == 0 || s[name] != '=' || n <= name + 1)
			return false;
		for (size_t i = 0; i < n; i++)
			if (s[i] <= ' ' || s[i] > '~' || s[i] == '/')
				return false;
		s += n;
		if (*s && !*++s)
			return false;
	}
	return true;
}

static int parse_bond(struct link_step *s, char *rest)
{
	char *options = str_word(&rest), *word = str_word(&rest), *members = str_word(&rest);

	if (!options || !word || strcmp(word, "members") != 0 || !members)
		return -EINVAL;
	if (strcmp(options, "-") == 0)
		options = "";
	if (!bond_options_ok(options) || str_fmt(s->text, sizeof(s->text), "%s", options) ||
	    take_members(s, members))
		return -EINVAL;
	return no_more(rest);
}

static int parse_bridge(struct link_step *s, char *rest)
{
	char *word = str_word(&rest), *members = str_word(&rest);

	if (word && strcmp(word, "members") != 0) {
		if (!*word || !bond_options_ok(word) || str_fmt(s->text, sizeof(s->text), "%s", word))
			return -EINVAL;
		word = members;
		members = str_word(&rest);
	}
	if (!word || strcmp(word, "members") != 0 || !members || take_members(s, members))
		return -EINVAL;
	return no_more(rest);
}

static int parse_mtu(struct link_step *s, char *rest)
{
	return take_number(&s->number, str_word(&rest), MTU_MIN, MTU_MAX) ? -EINVAL : no_more(rest);
}

static int parse_up(struct link_step *s, char *rest)
{
	char *word = str_word(&rest);

	if (!word)
		return 0;
	if (strcmp(word, "carrier") != 0 || take_number(&s->seconds, str_word(&rest), 1, SECONDS_MAX))
		return -EINVAL;
	return no_more(rest);
}

static int parse_addr(struct link_step *s, char *rest)
{
	char *word = str_word(&rest), *key = str_word(&rest), *peer = str_word(&rest);
	bool plain = word && !strchr(word, '/');

	if (!word || link_addr_parse(&s->addr, word))
		return -EINVAL;
	if (!key)
		return plain ? -EINVAL : 0;
	/* the length stands behind either of the two, once */
	if (strcmp(key, "peer") != 0 || !peer || !strchr(peer, '/') != !plain || link_addr_parse(&s->via, peer) ||
	    s->via.family != s->addr.family)
		return -EINVAL;
	if (plain)
		s->addr.prefix = s->via.prefix;
	s->via.prefix = s->addr.prefix;
	return no_more(rest);
}

static int parse_wait(struct link_step *s, char *rest)
{
	char *word = str_word(&rest);

	s->seconds = LINK_SECONDS;
	if (word && take_number(&s->seconds, word, 1, SECONDS_MAX))
		return -EINVAL;
	return no_more(rest);
}

/* "ff5600…": pairs of digits, one byte at least. */
static int take_id(struct link_step *s, const char *word)
{
	size_t n = word ? strlen(word) : 0;

	if (n == 0 || n % 2 || n / 2 > LINK_ID || s->nid)
		return -EINVAL;
	for (size_t i = 0; i < n; i += 2) {
		int hi = hex_digit(word[i]), lo = hex_digit(word[i + 1]);

		if (hi < 0 || lo < 0)
			return -EINVAL;
		s->id[i / 2] = (uint8_t)(hi << 4 | lo);
	}
	s->nid = (uint8_t)(n / 2);
	return 0;
}

/* The name of this machine, or of a server: that it goes into messages and files unchanged is all that is asked. */
static int take_host_name(struct link_step *s, const char *word, size_t room)
{
	if (!word || !*word || *s->text || strlen(word) >= room ||
	    word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")])
		return -EINVAL;
	return str_fmt(s->text, sizeof(s->text), "%s", word);
}

static int parse_dhcp4(struct link_step *s, char *rest)
{
	char *word = str_word(&rest);
	int rc = 0;

	s->seconds = LINK_SECONDS;
	if (word && isdigit((unsigned char)*word)) {
		rc = take_number(&s->seconds, word, 1, SECONDS_MAX);
		word = str_word(&rest);
	}
	for (; rc == 0 && word; word = str_word(&rest)) {
		if (strcmp(word, "id") == 0)
			rc = take_id(s, str_word(&rest));
		else if (strcmp(word, "metric") == 0)
			rc = take_number(&s->number, str_word(&rest), 1, UINT32_MAX);
		else if (strcmp(word, "hostname") == 0)
			rc = take_host_name(s, str_word(&rest), LINK_HOST_NAME);
		else
			rc = -EINVAL;
	}
	return rc;
}

/* *OTHER: it was said that the gateway is of IPv6 and the route is not. */
static int take_gateway(struct link_step *s, char **rest, bool *other)
{
	const char *word = str_word(rest);

	if (s->via.family || !word)
		return -EINVAL;
	*other = strcmp(word, "inet6") == 0;
	if (take_host(&s->via, *other ? str_word(rest) : word))
		return -EINVAL;
	return *other && s->via.family != AF_INET6 ? -EINVAL : 0;
}

static int route_option(struct link_step *s, const char *word, char **rest, bool *other)
{
	if (strcmp(word, "via") == 0)
		return take_gateway(s, rest, other);
	if (strcmp(word, "src") == 0)
		return s->from.family ? -EINVAL : take_host(&s->from, str_word(rest));
	if (strcmp(word, "mtu") == 0)
		return take_number(&s->mtu, str_word(rest), MTU_MIN, MTU_MAX);
	if (strcmp(word, "advmss") == 0)
		return take_number(&s->advmss, str_word(rest), 1, MTU_MAX);
	if (strcmp(word, "dev") == 0)
		return *s->name ? -EINVAL : take_name(s->name, str_word(rest));
	if (strcmp(word, "metric") == 0)
		return take_number(&s->number, str_word(rest), 0, UINT32_MAX);
	if (strcmp(word, "onlink") != 0)
		return -EINVAL;
	s->onlink = true;
	return 0;
}

static int parse_route(struct link_step *s, char *to, char *rest, struct err *e)
{
	bool all = strcmp(to, "default") == 0, other = false;
	char *word;

	if (!all && link_addr_parse(&s->addr, to))
		return -EINVAL;
	while ((word = str_word(&rest)))
		if (route_option(s, word, &rest, &other))
			return -EINVAL;
	if (!s->via.family && !*s->name)
		return err_set(e, -EINVAL, "route: expected a gateway (via) or an interface (dev)");
	if (all)
		s->addr.family = s->via.family && !other ? s->via.family : AF_INET;
	if (s->via.family && (s->via.family != s->addr.family) != other)
		return err_set(e, -EINVAL, "route: the gateway is of the other family (via inet6: IPv4 over IPv6)");
	if (s->from.family && s->from.family != s->addr.family)
		return err_set(e, -EINVAL, "route: the address behind src is of the other family");
	if (s->onlink && (!s->via.family || !*s->name))
		return err_set(e, -EINVAL, "route: onlink needs a gateway (via) and an interface (dev)");
	return 0;
}

static int parse_host(struct link_step *s, const char *name, char *rest)
{
	if (take_host_name(s, name, sizeof(s->text)) || take_host(&s->addr, str_word(&rest)))
		return -EINVAL;
	return no_more(rest);
}

static const struct form forms[] = {
	{ "link", LINK_IFACE, parse_iface, "NAME [mac AA:BB:CC:DD:EE:FF]" },
	{ "vlan", LINK_VLAN, parse_vlan, "NAME PARENT ID [802.1ad] [gvrp] [mvrp]" },
	{ "bond", LINK_BOND, parse_bond, "NAME OPTION=VALUE[,...]|- members A,B" },
	{ "bridge", LINK_BRIDGE, parse_bridge, "NAME [OPTION=VALUE[,...]] members A,B" },
	{ "mtu", LINK_MTU, parse_mtu, "NAME BYTES" },
	{ "up", LINK_UP, parse_up, "NAME [carrier SECONDS]" },
	{ "address", LINK_ADDR, parse_addr, "NAME ADDRESS/PREFIX" },
	{ "dhcp4", LINK_DHCP4, parse_dhcp4, "NAME [SECONDS] [metric N] [id HEX] [hostname NAME]" },
	{ "dhcp6", LINK_DHCP6, parse_wait, "NAME [SECONDS]" },
	{ "ra", LINK_RA, parse_wait, "NAME [SECONDS]" },
	{ "route", LINK_ROUTE, NULL,
	  "default|ADDRESS[/PREFIX] [via [inet6] ADDRESS] [dev NAME] [metric N] [src ADDRESS] [mtu N] [advmss N] "
	  "[onlink]" },
	{ "nameserver", LINK_DNS, NULL, "ADDRESS" },
	{ "host", LINK_HOST, NULL, "NAME ADDRESS" },
};

static const struct form *form_of(const char *word)
{
	for (unsigned i = 0; i < ARRAY_LEN(forms); i++)
		if (strcmp(forms[i].word, word) == 0)
			return &forms[i];
	return NULL;
}

bool link_word(const char *word)
{
	return form_of(word) != NULL;
}

/* The words behind the keyword. -EINVAL without a sentence: the line has not the form. */
static int parse_rest(struct link_step *s, const struct form *f, char *rest, struct err *e)
{
	char *word = str_word(&rest);

	if (!word)
		return -EINVAL;
	switch (f->kind) {
	case LINK_ROUTE: return parse_route(s, word, rest, e);
	case LINK_DNS: return take_host(&s->addr, word) ? -EINVAL : no_more(rest);
	case LINK_HOST: return parse_host(s, word, rest);
	default: return take_name(s->name, word) ? -EINVAL : f->parse(s, rest);
	}
}

int link_parse(struct link_step *ret, char *line, struct err *e)
{
	char *word = str_word(&line);
	const struct form *f = word ? form_of(word) : NULL;
	struct link_step s = { 0 };
	struct err why = { 0 };
	char safe[64];
	int rc;

	if (!f)
		return err_set(e, -EINVAL, "'%s': no step of a link",
			       invisible_show(safe, sizeof(safe), word ? word : ""));
	s.kind = f->kind;
	rc = parse_rest(&s, f, line, &why);
	if (rc && why.code)
		return err_set(e, rc, "%s", why.text);
	if (rc)
		return err_set(e, rc, "%s: expected '%s %s'", f->word, f->word, f->form);
	*ret = s;
	return 0;
}

static void members_text(const struct link_step *s, char buf[LINK_MEMBERS * LINK_NAME])
{
	size_t at = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < s->nmember; i++)
		at += (size_t)snprintf(buf + at, LINK_MEMBERS * LINK_NAME - at, "%s%s", i ? "," : "", s->member[i]);
}

static int route_text(const struct link_step *s, char *buf, size_t n)
{
	char to[LINK_ADDR_TEXT], via[LINK_ADDR_TEXT], from[LINK_ADDR_TEXT] = "";
	char metric[24] = "", mtu[24] = "", mss[24] = "";
	bool plain = s->addr.prefix == 0 && (s->via.family || s->addr.family == AF_INET);
	bool other = s->via.family && s->via.family != s->addr.family;

	for (unsigned i = 0; i < sizeof(s->addr.b); i++)
		plain = plain && s->addr.b[i] == 0;
	if (s->number)
		snprintf(metric, sizeof(metric), " metric %u", s->number);
	if (s->from.family)
		(void)link_addr_text(&s->from, false, from);
	if (s->mtu)
		snprintf(mtu, sizeof(mtu), " mtu %u", s->mtu);
	if (s->advmss)
		snprintf(mss, sizeof(mss), " advmss %u", s->advmss);
	return str_fmt(buf, n, "route %s%s%s%s%s%s%s%s%s%s%s", plain ? "default" : link_addr_text(&s->addr, true, to),
		       other           ? " via inet6 "
		       : s->via.family ? " via "
				       : "",
		       s->via.family ? link_addr_text(&s->via, false, via) : "", *s->name ? " dev " : "", s->name,
		       metric, s->from.family ? " src " : "",
		       from, mtu, mss, s->onlink ? " onlink" : "");
}

static int address_text(const struct link_step *s, char *buf, size_t n)
{
	char addr[LINK_ADDR_TEXT], peer[LINK_ADDR_TEXT];
	bool pair = s->via.family;

	return str_fmt(buf, n, "address %s %s%s%s", s->name, link_addr_text(&s->addr, !pair, addr),
		       pair ? " peer " : "", pair ? link_addr_text(&s->via, true, peer) : "");
}

static int iface_text(const struct link_step *s, char *buf, size_t n)
{
	const uint8_t *m = s->mac;

	if (!s->has_mac)
		return str_fmt(buf, n, "link %s", s->name);
	return str_fmt(buf, n, "link %s mac %02x:%02x:%02x:%02x:%02x:%02x", s->name, m[0], m[1], m[2], m[3],
		       m[4], m[5]);
}

static int up_text(const struct link_step *s, char *buf, size_t n)
{
	if (s->seconds)
		return str_fmt(buf, n, "up %s carrier %u", s->name, s->seconds);
	return str_fmt(buf, n, "up %s", s->name);
}

static int dhcp4_text(const struct link_step *s, char *buf, size_t n)
{
	char id[2 * LINK_ID + 1] = "", metric[24] = "";

	if (s->number)
		(void)str_fmt(metric, sizeof(metric), " metric %u", s->number);
	for (unsigned i = 0; i < s->nid; i++)
		snprintf(id + 2 * (size_t)i, 3, "%02x", s->id[i]);
	return str_fmt(buf, n, "dhcp4 %s %u%s%s%s%s%s", s->name, s->seconds, metric, s->nid ? " id " : "", id,
		       *s->text ? " hostname " : "", s->text);
}

int link_text(const struct link_step *s, char *buf, size_t n)
{
	char list[LINK_MEMBERS * LINK_NAME], addr[LINK_ADDR_TEXT];

	members_text(s, list);
	switch (s->kind) {
	case LINK_IFACE: return iface_text(s, buf, n);
	case LINK_VLAN:
		return str_fmt(buf, n, "vlan %s %s %u%s%s%s", s->name, list, s->number,
			       s->vlan & LINK_VLAN_AD ? " 802.1ad" : "", s->vlan & LINK_VLAN_GVRP ? " gvrp" : "",
			       s->vlan & LINK_VLAN_MVRP ? " mvrp" : "");
	case LINK_BOND:
		return str_fmt(buf, n, "bond %s %s members %s", s->name, *s->text ? s->text : "-", list);
	case LINK_BRIDGE:
		return str_fmt(buf, n, "bridge %s %s%smembers %s", s->name, s->text, *s->text ? " " : "", list);
	case LINK_MTU: return str_fmt(buf, n, "mtu %s %u", s->name, s->number);
	case LINK_UP: return up_text(s, buf, n);
	case LINK_ADDR: return address_text(s, buf, n);
	case LINK_DHCP4: return dhcp4_text(s, buf, n);
	case LINK_DHCP6: return str_fmt(buf, n, "dhcp6 %s %u", s->name, s->seconds);
	case LINK_RA: return str_fmt(buf, n, "ra %s %u", s->name, s->seconds);
	case LINK_ROUTE: return route_text(s, buf, n);
	case LINK_DNS: return str_fmt(buf, n, "nameserver %s", link_addr_text(&s->addr, false, addr));
	default: return str_fmt(buf, n, "host %s %s", s->text, link_addr_text(&s->addr, false, addr));
	}
}
