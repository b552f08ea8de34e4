/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: interfaces, addresses and routes of this kernel.
 * Each call is one change that is there when it returns; one that is there already is no failure.
 */
#include "net/link.h"

#include "base/str.h"
#include "net/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_vlan.h>

static int first_link(void *arg, const struct nlmsghdr *h)
{
	return nl_link_parse(h, arg);
}

/* Without the counters, which are half of an answer. */
static void ask_links(struct nl_writer *w, uint16_t flags)
{
	struct ifinfomsg head = { .ifi_family = AF_UNSPEC };

	nl_start(w, RTM_GETLINK, flags, &head, sizeof(head));
	nl_put_u32(w, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

int netif_get(struct rtnl *r, const char *name, struct nl_link *ret, struct err *e)
{
	struct nl_writer w;
	struct nl_link l;
	struct err why = { 0 };
	int rc;

	ask_links(&w, 0);
	nl_put_text(&w, IFLA_IFNAME, name);
	rc = rtnl_ask(r, &w, first_link, &l, &why);
	if (rc == -ENODEV)
		return err_set(e, rc, "there is no interface %s", name);
	if (rc)
		return err_set(e, rc, "interface %s: %s", name, why.text);
	*ret = l;
	return 0;
}

struct by_mac {
	const uint8_t *mac;
	struct nl_link found;
	int rank; /* 0: nothing yet, 1: uses the address, 2: came with it */
};

/* A device that has another one's address because it lies on it. */
static bool lies_on_another(const struct nl_link *l)
{
	static const char *const kind[] = { "vlan", "bond", "team", "bridge", "macvlan", "ipvlan", "macvtap" };

	for (unsigned i = 0; i < ARRAY_LEN(kind); i++)
		if (strcmp(kind[i], l->kind) == 0)
			return true;
	return false;
}

static int match_mac(void *arg, const struct nlmsghdr *h)
{
	struct by_mac *m = arg;
	struct nl_link l;
	int rank = 0;

	if (nl_link_parse(h, &l))
		return 0;
	if (l.has_mac && memcmp(l.mac, m->mac, 6) == 0 && !lies_on_another(&l))
		rank = 1;
	if (l.has_perm && memcmp(l.perm, m->mac, 6) == 0)
		rank = 2;
	if (rank > m->rank) {
		m->rank = rank;
		m->found = l;
	}
	return 0;
}

int netif_by_mac(struct rtnl *r, const uint8_t mac[6], struct nl_link *ret, struct err *e)
{
	struct by_mac m = { .mac = mac };
	int rc = netif_all(r, match_mac, &m, e);

	if (rc)
		return rc;
	if (!m.rank)
		return err_set(e, -ENODEV, "no interface has the address %02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
			       mac[2], mac[3], mac[4], mac[5]);
	*ret = m.found;
	return 0;
}

int netif_all(struct rtnl *r, rtnl_each each, void *arg, struct err *e)
{
	struct nl_writer w;
	int rc;

	ask_links(&w, NLM_F_DUMP);
	rc = rtnl_ask(r, &w, each, arg, e);
	return rc < 0 ? err_add(e, rc, "list interfaces") : rc;
}

int netaddr_all(struct rtnl *r, rtnl_each each, void *arg, struct err *e)
{
	struct ifaddrmsg head = { .ifa_family = AF_UNSPEC };
	struct nl_writer w;
	int rc;

	nl_start(&w, RTM_GETADDR, NLM_F_DUMP, &head, sizeof(head));
	rc = rtnl_ask(r, &w, each, arg, e);
	return rc < 0 ? err_add(e, rc, "list addresses") : rc;
}

int netroute_all(struct rtnl *r, rtnl_each each, void *arg, struct err *e)
{
	struct rtmsg head = { .rtm_family = AF_UNSPEC };
	struct nl_writer w;
	int rc;

	nl_start(&w, RTM_GETROUTE, NLM_F_DUMP, &head, sizeof(head));
	rc = rtnl_ask(r, &w, each, arg, e);
	return rc < 0 ? err_add(e, rc, "list routes") : rc;
}

static int first_route(void *arg, const struct nlmsghdr *h)
{
	return nl_route_parse(h, arg);
}

int netroute_get(struct rtnl *r, const struct link_addr *a, struct nl_route *ret, struct err *e)
{
	struct rtmsg head = { .rtm_family = a->family, .rtm_dst_len = a->family == AF_INET ? 32 : 128 };
	struct nl_route route;
	struct nl_writer w;
	int rc;

	nl_start(&w, RTM_GETROUTE, 0, &head, sizeof(head));
	nl_put_addr(&w, RTA_DST, a);
	rc = rtnl_ask(r, &w, first_route, &route, e);
	if (rc < 0)
		return err_add(e, rc, "find a route");
	*ret = route;
	return 0;
}

/* One request about interface INDEX, to be finished by the caller. */
static void change_link(struct nl_writer *w, int index, uint32_t flags, uint32_t mask)
{
	struct ifinfomsg head = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = index,
		.ifi_flags = flags,
		.ifi_change = mask,
	};

	nl_start(w, RTM_NEWLINK, 0, &head, sizeof(head));
}

static int set_name(struct rtnl *r, int index, const char *name, struct err *e)
{
	struct nl_writer w;
	int rc;

	change_link(&w, index, 0, 0);
	nl_put_text(&w, IFLA_IFNAME, name);
	rc = rtnl_do(r, &w, e);
	return rc ? err_add(e, rc, "name an interface %s", name) : 0;
}

/* Interfaces may have changed places: the one that has the name makes room. */
static int free_name(struct rtnl *r, const char *name, struct err *e)
{
	struct nl_link holder, other;
	char spare[LINK_NAME];
	unsigned i = 0;
	int rc = netif_get(r, name, &holder, e);

	if (rc)
		return rc == -ENODEV ? 0 : rc;
	do {
		rc = str_fmt(spare, sizeof(spare), "other%u", i++);
		if (rc == 0)
			rc = netif_get(r, spare, &other, e);
	} while (rc == 0 && i < 1000);
	return rc == -ENODEV ? set_name(r, holder.index, spare, e) : rc;
}

int netif_rename(struct rtnl *r, int index, const char *name, struct err *e)
{
	int rc = free_name(r, name, e);

	return rc ? rc : set_name(r, index, name, e);
}

int netif_up(struct rtnl *r, int index, struct err *e)
{
	struct nl_writer w;

	change_link(&w, index, IFF_UP, IFF_UP);
	return rtnl_do(r, &w, e);
}

int netif_down(struct rtnl *r, int index, struct err *e)
{
	struct nl_writer w;

	change_link(&w, index, 0, IFF_UP);
	return rtnl_do(r, &w, e);
}

int netif_mtu(struct rtnl *r, int index, uint32_t mtu, struct err *e)
{
	struct nl_writer w;

	change_link(&w, index, 0, 0);
	nl_put_u32(&w, IFLA_MTU, mtu);
	return rtnl_do(r, &w, e);
}

int netif_master(struct rtnl *r, int index, int master, struct err *e)
{
	struct nl_writer w;

	change_link(&w, index, 0, 0);
	nl_put_u32(&w, IFLA_MASTER, (uint32_t)master);
	return rtnl_do(r, &w, e);
}

/* A request for a new interface; what it is of its KIND goes between IFLA_INFO_DATA and add_link(). */
struct new_link {
	struct nl_writer w;
	size_t info, data;
	const char *name, *kind;
};

static void start_link(struct new_link *n, const char *name, const char *kind, int parent)
{
	struct ifinfomsg head = { .ifi_family = AF_UNSPEC };

	n->name = name;
	n->kind = kind;
	nl_start(&n->w, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head));
	nl_put_text(&n->w, IFLA_IFNAME, name);
	if (parent)
		nl_put_u32(&n->w, IFLA_LINK, (uint32_t)parent);
	n->info = nl_open(&n->w, IFLA_LINKINFO);
	nl_put_text(&n->w, IFLA_INFO_KIND, kind);
	n->data = nl_open(&n->w, IFLA_INFO_DATA);
}

/* 0: made; 1: one of that name and kind is there. */
static int add_link(struct rtnl *r, struct new_link *n, struct err *e)
{
	struct nl_link there;
	struct err why = { 0 };
	int rc;

	nl_close(&n->w, n->data);
	nl_close(&n->w, n->info);
	rc = rtnl_do(r, &n->w, &why);
	if (rc == -EEXIST && netif_get(r, n->name, &there, NULL) == 0 && strcmp(there.kind, n->kind) == 0)
		return 1;
	if (rc == -EOPNOTSUPP)
		return err_set(e, rc, "make %s: this kernel has no %s interfaces (module missing)", n->name, n->kind);
	return rc ? err_set(e, rc, "make %s %s: %s", n->kind, n->name, why.text) : 0;
}

int netif_add_vlan(struct rtnl *r, const char *name, int parent, uint16_t id, unsigned what, struct err *e)
{
	struct ifla_vlan_flags flags = { .flags = 0 };
	struct new_link n;
	int rc;

	if (what & LINK_VLAN_GVRP)
		flags.flags |= VLAN_FLAG_GVRP;
	if (what & LINK_VLAN_MVRP)
		flags.flags |= VLAN_FLAG_MVRP;
	flags.mask = flags.flags;
	start_link(&n, name, "vlan", parent);
	nl_put_u16(&n.w, IFLA_VLAN_ID, id);
	if (what & LINK_VLAN_AD)
		nl_put_u16(&n.w, IFLA_VLAN_PROTOCOL, htons(ETH_P_8021AD));
	if (flags.mask)
		nl_put(&n.w, IFLA_VLAN_FLAGS, &flags, sizeof(flags));
	rc = add_link(r, &n, e);
	return rc < 0 ? rc : 0;
}

int netif_add_bridge(struct rtnl *r, const char *name, const char *options, struct err *e)
{
	struct new_link n;
	int rc;

	start_link(&n, name, "bridge", 0);
	nl_put_u32(&n.w, IFLA_BR_STP_STATE, 0);
	nl_put_u32(&n.w, IFLA_BR_FORWARD_DELAY, 0);
	rc = add_link(r, &n, e);
	/* one that is there is as it shall be */
	return rc ? rc < 0 ? rc : 0 : netif_bridge_set(name, options, e);
}

int netif_add_bond(struct rtnl *r, const char *name, const char *options, struct err *e)
{
	struct new_link n;
	int rc;

	start_link(&n, name, "bond", 0);
	rc = add_link(r, &n, e);
	/* one that is there may be the bond0 that the module makes when it is loaded */
	return rc < 0 ? rc : netif_bond_early(name, options, e);
}

int netaddr_add(struct rtnl *r, int index, const struct link_addr *a, const struct link_addr *peer, struct err *e)
{
	struct ifaddrmsg head = {
		.ifa_family = a->family,
		.ifa_prefixlen = a->prefix,
		.ifa_index = (uint32_t)index,
	};
	struct link_addr brd = *a;
	char text[64];
	struct nl_writer w;
	int rc;

	nl_start(&w, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof(head));
	nl_put_addr(&w, IFA_LOCAL, a);
	nl_put_addr(&w, IFA_ADDRESS, peer ? peer : a);
	if (!peer && a->family == AF_INET && a->prefix < 31) {
		for (unsigned bit = a->prefix; bit < 32; bit++)
			brd.b[bit / 8] = (uint8_t)(brd.b[bit / 8] | 0x80u >> (bit & 7));
		nl_put_addr(&w, IFA_BROADCAST, &brd);
	}
	if (a->family == AF_INET6)
		nl_put_u32(&w, IFA_FLAGS, IFA_F_NODAD);
	rc = rtnl_do(r, &w, e);
	return rc && rc != -EEXIST ? err_add(e, rc, "address %s", netaddr_text(a, text, sizeof(text))) : 0;
}

int netaddr_del(struct rtnl *r, int index, const struct link_addr *a, struct err *e)
{
	struct ifaddrmsg head = {
		.ifa_family = a->family,
		.ifa_prefixlen = a->prefix,
		.ifa_index = (uint32_t)index,
	};
	struct nl_writer w;
	int rc;

	nl_start(&w, RTM_DELADDR, 0, &head, sizeof(head));
	nl_put_addr(&w, IFA_LOCAL, a);
	rc = rtnl_do(r, &w, e);
	return rc && rc != -EADDRNOTAVAIL ? err_add(e, rc, "remove an address") : 0;
}

static void put_metrics(struct nl_writer *w, const struct nl_route *route)
{
	size_t at = nl_open(w, RTA_METRICS);

	if (route->mtu)
		nl_put_u32(w, RTAX_MTU, route->mtu);
	if (route->advmss)
		nl_put_u32(w, RTAX_ADVMSS, route->advmss);
	nl_close(w, at);
}

int netroute_add(struct rtnl *r, const struct nl_route *route, struct err *e)
{
	struct rtmsg head = {
		.rtm_family = route->to.family,
		.rtm_dst_len = route->to.prefix,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = route->via.family || route->to.family == AF_INET6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
		.rtm_type = RTN_UNICAST,
		.rtm_flags = route->onlink ? RTNH_F_ONLINK : 0,
	};
	struct link_addr to = route->to;
	char text[64];
	struct nl_writer w;
	int rc;

	/* the kernel takes no net with bits set behind its prefix */
	for (unsigned bit = to.prefix; bit < 128; bit++)
		to.b[bit / 8] = (uint8_t)(to.b[bit / 8] & ~(0x80u >> (bit & 7)));
	nl_start(&w, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &head, sizeof(head));
	if (to.prefix)
		nl_put_addr(&w, RTA_DST, &to);
	if (route->via.family && route->via.family != to.family)
		nl_put_via(&w, RTA_VIA, &route->via);
	else if (route->via.family)
		nl_put_addr(&w, RTA_GATEWAY, &route->via);
	if (route->from.family)
		nl_put_addr(&w, RTA_PREFSRC, &route->from);
	if (route->index)
		nl_put_u32(&w, RTA_OIF, (uint32_t)route->index);
	if (route->metric)
		nl_put_u32(&w, RTA_PRIORITY, route->metric);
	if (route->mtu || route->advmss)
		put_metrics(&w, route);
	rc = rtnl_do(r, &w, e);
	return rc ? err_add(e, rc, "route to %s", netaddr_text(&to, text, sizeof(text))) : 0;
}
