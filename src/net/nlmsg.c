/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: routing netlink messages.
 * Pure. A writer that never leaves its buffer and readers that never leave theirs.
 */
#include "net/nlmsg.h"

#include "base/bytes.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_link.h>

#define ND_OPT_RDNSS 25 /* RFC 8106, 5.1 */

static void *take_room(struct nl_writer *w, size_t n)
{
	size_t padded = (n + 3) & ~(size_t)3;
	uint8_t *at = w->buf + w->len;

	if (w->full || padded > sizeof(w->buf) - w->len) {
		w->full = true;
		return NULL;
	}
	memset(at, 0, padded);
	w->len += padded;
	put_u32(w->buf, (uint32_t)w->len); /* nlmsg_len is the first field */
	return at;
}

void nl_start(struct nl_writer *w, uint16_t type, uint16_t flags, const void *head, size_t n)
{
	struct nlmsghdr h = { .nlmsg_type = type, .nlmsg_flags = (uint16_t)(flags | NLM_F_REQUEST) };
	void *at;

	w->len = 0;
	w->full = false;
	at = take_room(w, sizeof(h));
	memcpy(at, &h, sizeof(h));
	at = take_room(w, n);
	if (at)
		memcpy(at, head, n);
}

void nl_put(struct nl_writer *w, uint16_t type, const void *data, size_t n)
{
	uint8_t *at = n > NL_ROOM ? NULL : take_room(w, sizeof(struct nlattr) + n);

	if (!at) {
		w->full = true;
		return;
	}
	put_u16(at, (uint16_t)(sizeof(struct nlattr) + n));
	put_u16(at + 2, type);
	if (n)
		memcpy(at + sizeof(struct nlattr), data, n);
}

void nl_put_u32(struct nl_writer *w, uint16_t type, uint32_t v)
{
	nl_put(w, type, &v, sizeof(v));
}

void nl_put_u16(struct nl_writer *w, uint16_t type, uint16_t v)
{
	nl_put(w, type, &v, sizeof(v));
}

void nl_put_text(struct nl_writer *w, uint16_t type, const char *s)
{
	nl_put(w, type, s, strlen(s) + 1);
}

void nl_put_addr(struct nl_writer *w, uint16_t type, const struct link_addr *a)
{
	nl_put(w, type, a->b, a->family == AF_INET6 ? 16 : 4);
}

void nl_put_via(struct nl_writer *w, uint16_t type, const struct link_addr *a)
{
	uint8_t via[2 + sizeof(a->b)];

	put_u16(via, a->family);
	memcpy(via + 2, a->b, sizeof(a->b));
	nl_put(w, type, via, 2 + (a->family == AF_INET6 ? 16u : 4u));
}

size_t nl_open(struct nl_writer *w, uint16_t type)
{
	size_t at = w->len;

	nl_put(w, (uint16_t)(type | NLA_F_NESTED), NULL, 0);
	return at;
}

void nl_close(struct nl_writer *w, size_t at)
{
	if (!w->full)
		put_u16(w->buf + at, (uint16_t)(w->len - at));
}

const struct nlmsghdr *nl_next(const uint8_t **p, size_t *n)
{
	const uint8_t *at = *p;
	size_t len, step;

	if (*n < sizeof(struct nlmsghdr))
		return NULL;
	len = get_u32(at);
	if (len < sizeof(struct nlmsghdr) || len > *n)
		return NULL;
	step = (len + 3) & ~(size_t)3;
	step = step < *n ? step : *n;
	*p += step;
	*n -= step;
	return (const struct nlmsghdr *)(const void *)at;
}

bool nl_attr_next(const uint8_t **p, size_t *n, struct nl_attr *ret)
{
	size_t len, step;

	if (*n < sizeof(struct nlattr))
		return false;
	len = get_u16(*p);
	if (len < sizeof(struct nlattr) || len > *n)
		return false;
	ret->type = (uint16_t)(get_u16(*p + 2) & NLA_TYPE_MASK);
	ret->data = *p + sizeof(struct nlattr);
	ret->n = len - sizeof(struct nlattr);
	step = (len + 3) & ~(size_t)3;
	step = step < *n ? step : *n;
	*p += step;
	*n -= step;
	return true;
}

/* The fixed part of N bytes behind H's header into HEAD; the attributes behind it in *P, *LEN. */
static int split(const struct nlmsghdr *h, void *head, size_t n, const uint8_t **p, size_t *len)
{
	const uint8_t *at = (const uint8_t *)h + sizeof(*h);
	size_t have = get_u32(h), padded = (n + 3) & ~(size_t)3;

	if (have < sizeof(*h) || have - sizeof(*h) < padded)
		return -EBADMSG;
	memcpy(head, at, n);
	*p = at + padded;
	*len = have - sizeof(*h) - padded;
	return 0;
}

static uint16_t type_of(const struct nlmsghdr *h)
{
	return get_u16((const uint8_t *)h + offsetof(struct nlmsghdr, nlmsg_type));
}

static uint32_t attr_u32(const struct nl_attr *a)
{
	return a->n >= 4 ? get_u32(a->data) : 0;
}

static void attr_text(const struct nl_attr *a, char *buf, size_t n)
{
	size_t len = strnlen((const char *)a->data, a->n);

	if (len >= n)
		len = n - 1;
	memcpy(buf, a->data, len);
	buf[len] = '\0';
}

static bool attr_mac(const struct nl_attr *a, uint8_t mac[6])
{
	if (a->n != 6)
		return false;
	memcpy(mac, a->data, 6);
	return true;
}

static void attr_addr(const struct nl_attr *a, uint8_t family, struct link_addr *ret)
{
	size_t n = family == AF_INET ? 4 : 16;

	if (a->n < n || (family != AF_INET && family != AF_INET6))
		return;
	ret->family = family;
	ret->prefix = (uint8_t)(8 * n);
	memset(ret->b, 0, sizeof(ret->b));
	memcpy(ret->b, a->data, n);
}

/* IFLA_AF_SPEC holds a nest for each family; of AF_INET6 the flags that advertisements set. */
static void parse_af_spec(const struct nl_attr *spec, struct nl_link *ret)
{
	const uint8_t *p = spec->data, *q;
	size_t n = spec->n, m;
	struct nl_attr family, a;

	while (nl_attr_next(&p, &n, &family)) {
		if (family.type != AF_INET6)
			continue;
		q = family.data;
		m = family.n;
		while (nl_attr_next(&q, &m, &a))
			if (a.type == IFLA_INET6_FLAGS)
				ret->inet6_flags = attr_u32(&a);
	}
}

static void parse_linkinfo(const struct nl_attr *info, struct nl_link *ret)
{
	const uint8_t *p = info->data;
	size_t n = info->n;
	struct nl_attr a;

	while (nl_attr_next(&p, &n, &a))
		if (a.type == IFLA_INFO_KIND)
			attr_text(&a, ret->kind, sizeof(ret->kind));
}

static void link_attr(const struct nl_attr *a, struct nl_link *ret)
{
	switch (a->type) {
	case IFLA_IFNAME: attr_text(a, ret->name, sizeof(ret->name)); break;
	case IFLA_ADDRESS: ret->has_mac = attr_mac(a, ret->mac); break;
	case IFLA_PERM_ADDRESS: ret->has_perm = attr_mac(a, ret->perm); break;
	case IFLA_MTU: ret->mtu = attr_u32(a); break;
	case IFLA_MASTER: ret->master = attr_u32(a); break;
	case IFLA_LINK: ret->parent = attr_u32(a); break;
	case IFLA_CARRIER:
		ret->has_carrier = a->n > 0;
		ret->carrier = a->n > 0 && a->data[0];
		break;
	case IFLA_LINKINFO: parse_linkinfo(a, ret); break;
	case IFLA_AF_SPEC: parse_af_spec(a, ret); break;
	default: break;
	}
}

int nl_link_parse(const struct nlmsghdr *h, struct nl_link *ret)
{
	struct ifinfomsg head;
	struct nl_link l = { .gone = type_of(h) == RTM_DELLINK };
	struct nl_attr a;
	const uint8_t *p;
	size_t n;

	/* other families' messages of the same type tell bridge ports or one protocol only */
	if ((type_of(h) != RTM_NEWLINK && !l.gone) || split(h, &head, sizeof(head), &p, &n) ||
	    head.ifi_family != AF_UNSPEC)
		return -EBADMSG;
	l.index = head.ifi_index;
	l.flags = head.ifi_flags;
	l.type = head.ifi_type;
	while (nl_attr_next(&p, &n, &a))
		link_attr(&a, &l);
	*ret = l;
	return 0;
}

static void addr_attr(const struct nl_attr *a, uint8_t family, struct nl_addr *ret)
{
	switch (a->type) {
	case IFA_LOCAL: attr_addr(a, family, &ret->addr); break;
	case IFA_ADDRESS: attr_addr(a, family, &ret->peer); break; /* ours as well, where there is no peer */
	case IFA_FLAGS: ret->flags = attr_u32(a); break;
	case IFA_CACHEINFO:
		if (a->n >= sizeof(struct ifa_cacheinfo))
			ret->forever =
				get_u32(a->data + offsetof(struct ifa_cacheinfo, ifa_valid)) == UINT32_MAX;
		break;
	default: break;
	}
}

int nl_addr_parse(const struct nlmsghdr *h, struct nl_addr *ret)
{
	struct ifaddrmsg head;
	struct nl_addr r = { .gone = type_of(h) == RTM_DELADDR, .forever = true };
	struct nl_attr a;
	const uint8_t *p;
	size_t n;

	if ((type_of(h) != RTM_NEWADDR && !r.gone) || split(h, &head, sizeof(head), &p, &n))
		return -EBADMSG;
	r.index = (int)head.ifa_index;
	r.scope = head.ifa_scope;
	r.flags = head.ifa_flags;
	while (nl_attr_next(&p, &n, &a))
		addr_attr(&a, head.ifa_family, &r);
	if (!r.addr.family)
		r.addr = r.peer;
	if (!r.addr.family || head.ifa_prefixlen > r.addr.prefix)
		return -EBADMSG;
	if (memcmp(r.addr.b, r.peer.b, sizeof(r.peer.b)) == 0)
		r.peer = (struct link_addr){ 0 };
	r.addr.prefix = head.ifa_prefixlen;
	if (r.peer.family)
		r.peer.prefix = head.ifa_prefixlen;
	*ret = r;
	return 0;
}

/* struct rtvia of uapi/linux/rtnetlink.h: the family, then the address. */
static void attr_via(const struct nl_attr *a, struct link_addr *ret)
{
	struct nl_attr addr;

	if (a->n <= 2 || get_u16(a->data) > UINT8_MAX)
		return;
	addr = (struct nl_attr){ .data = a->data + 2, .n = a->n - 2 };
	attr_addr(&addr, (uint8_t)get_u16(a->data), ret);
}

static void parse_metrics(const struct nl_attr *metrics, struct nl_route *ret)
{
	const uint8_t *p = metrics->data;
	size_t n = metrics->n;
	struct nl_attr a;

	while (nl_attr_next(&p, &n, &a)) {
		if (a.type == RTAX_MTU)
			ret->mtu = attr_u32(&a);
		else if (a.type == RTAX_ADVMSS)
			ret->advmss = attr_u32(&a);
	}
}

/* The first hop of several: its interface and gateway. Layout: struct rtnexthop, then attributes. */
static void parse_hops(const struct nl_attr *hops, uint8_t family, struct nl_route *ret)
{
	struct rtnexthop hop;
	const uint8_t *p = hops->data + sizeof(hop);
	struct nl_attr a;
	size_t n;

	if (hops->n < sizeof(hop))
		return;
	memcpy(&hop, hops->data, sizeof(hop));
	if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > hops->n)
		return;
	ret->index = hop.rtnh_ifindex;
	ret->onlink = hop.rtnh_flags & RTNH_F_ONLINK;
	n = hop.rtnh_len - sizeof(hop);
	while (nl_attr_next(&p, &n, &a)) {
		if (a.type == RTA_GATEWAY)
			attr_addr(&a, family, &ret->via);
		else if (a.type == RTA_VIA)
			attr_via(&a, &ret->via);
	}
}

static void route_attr(const struct nl_attr *a, uint8_t family, struct nl_route *ret)
{
	switch (a->type) {
	case RTA_DST: attr_addr(a, family, &ret->to); break;
	case RTA_GATEWAY: attr_addr(a, family, &ret->via); break;
	case RTA_VIA: attr_via(a, &ret->via); break;
	case RTA_METRICS: parse_metrics(a, ret); break;
	case RTA_PREFSRC: attr_addr(a, family, &ret->from); break;
	case RTA_OIF: ret->index = (int)attr_u32(a); break;
	case RTA_PRIORITY: ret->metric = attr_u32(a); break;
	case RTA_MULTIPATH: parse_hops(a, family, ret); break;
	default: break;
	}
}

int nl_route_parse(const struct nlmsghdr *h, struct nl_route *ret)
{
	struct rtmsg head;
	struct nl_route r = { .gone = type_of(h) == RTM_DELROUTE };
	struct nl_attr a;
	const uint8_t *p;
	size_t n;

	if ((type_of(h) != RTM_NEWROUTE && !r.gone) || split(h, &head, sizeof(head), &p, &n) ||
	    (head.rtm_family != AF_INET && head.rtm_family != AF_INET6) ||
	    head.rtm_dst_len > (head.rtm_family == AF_INET ? 32 : 128))
		return -EBADMSG;
	r.table = head.rtm_table;
	r.protocol = head.rtm_protocol;
	r.type = head.rtm_type;
	r.onlink = head.rtm_flags & RTNH_F_ONLINK;
	while (nl_attr_next(&p, &n, &a))
		route_attr(&a, head.rtm_family, &r);
	r.to.family = head.rtm_family;
	r.to.prefix = head.rtm_dst_len;
	*ret = r;
	return 0;
}

/* The sentence of an extended acknowledgement: uapi/linux/netlink.h v6.1, NLMSGERR_ATTR_MSG. */
static void parse_said(const struct nlmsghdr *h, const uint8_t *p, size_t n, char *said, size_t room)
{
	uint16_t flags = get_u16((const uint8_t *)h + offsetof(struct nlmsghdr, nlmsg_flags));
	size_t echoed = sizeof(struct nlmsghdr);
	struct nl_attr a;

	if (!(flags & NLM_F_ACK_TLVS) || n < echoed)
		return;
	if (!(flags & NLM_F_CAPPED))
		echoed = get_u32(p);
	echoed = echoed > n ? n : (echoed + 3) & ~(size_t)3;
	if (echoed > n)
		return;
	p += echoed;
	n -= echoed;
	while (nl_attr_next(&p, &n, &a))
		if (a.type == NLMSGERR_ATTR_MSG)
			attr_text(&a, said, room);
}

int nl_error_parse(const struct nlmsghdr *h, int *rc, char *said, size_t n)
{
	int32_t code;
	const uint8_t *p;
	size_t len;

	if ((type_of(h) != NLMSG_ERROR && type_of(h) != NLMSG_DONE) || split(h, &code, sizeof(code), &p, &len))
		return -EBADMSG;
	if (code > 0 || code < -4095) /* MAX_ERRNO */
		return -EBADMSG;
	*said = '\0';
	if (type_of(h) == NLMSG_ERROR)
		parse_said(h, p, len, said, n);
	*rc = code;
	return 0;
}

unsigned nl_rdnss_parse(const struct nlmsghdr *h, int *index, struct link_addr *ret, unsigned max)
{
	struct nduseroptmsg head;
	unsigned count = 0;
	const uint8_t *p;
	size_t n;

	if (type_of(h) != RTM_NEWNDUSEROPT || split(h, &head, sizeof(head), &p, &n) ||
	    head.nduseropt_family != AF_INET6)
		return 0;
	if (n > head.nduseropt_opts_len)
		n = head.nduseropt_opts_len;
	/* one option: type, length in units of 8 bytes, 2 reserved, lifetime, addresses */
	if (n < 8 || p[0] != ND_OPT_RDNSS || p[1] < 3 || (size_t)p[1] * 8 > n || get_u32(p + 4) == 0)
		return 0;
	n = (size_t)p[1] * 8;
	for (size_t at = 8; at + 16 <= n && count < max; at += 16) {
		ret[count] = (struct link_addr){ .family = AF_INET6, .prefix = 128 };
		memcpy(ret[count++].b, p + at, 16);
	}
	*index = head.nduseropt_ifindex;
	return count;
}
