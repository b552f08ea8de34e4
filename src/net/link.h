/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: interfaces, addresses and routes of this kernel.
 * Each call is one change that is there when it returns; one that is there already is no failure.
 */
#ifndef NET_LINK_H
#define NET_LINK_H

#include "net/rtnl.h"

/* The interface NAME. -ENODEV: there is none. */
int must_check netif_get(struct rtnl *r, const char *name, struct nl_link *ret, struct err *e);

/*
 * The interface whose hardware came with MAC, else the one that uses it and was not made on top of another.
 * -ENODEV: there is none.
 */
int must_check netif_by_mac(struct rtnl *r, const uint8_t mac[6], struct nl_link *ret, struct err *e);

/* EACH for every interface, address, route: the messages go to nl_link_parse() and so on. */
int must_check netif_all(struct rtnl *r, rtnl_each each, void *arg, struct err *e);
int must_check netaddr_all(struct rtnl *r, rtnl_each each, void *arg, struct err *e);
int must_check netroute_all(struct rtnl *r, rtnl_each each, void *arg, struct err *e);

/* The route that the kernel takes to A. -ENETUNREACH: none. */
int must_check netroute_get(struct rtnl *r, const struct link_addr *a, struct nl_route *ret, struct err *e);

/* Names interface INDEX, which is down, NAME. One that has NAME gets a name that is free. */
int must_check netif_rename(struct rtnl *r, int index, const char *name, struct err *e);

int must_check netif_up(struct rtnl *r, int index, struct err *e);
int must_check netif_down(struct rtnl *r, int index, struct err *e);
int must_check netif_mtu(struct rtnl *r, int index, uint32_t mtu, struct err *e);

/* Makes INDEX part of the bond or bridge MASTER. */
int must_check netif_master(struct rtnl *r, int index, int master, struct err *e);

/* Makes the VLAN ID on interface PARENT; WHAT: LINK_VLAN_… */
int must_check netif_add_vlan(struct rtnl *r, const char *name, int parent, uint16_t id, unsigned what, struct err *e);
/* Makes a bridge that forwards at once, no spanning tree, no delay, but for OPTIONS, as of a LINK_BRIDGE. */
int must_check netif_add_bridge(struct rtnl *r, const char *name, const char *options, struct err *e);
/* Makes a bond and sets OPTIONS, as of a LINK_BOND, except those that name a member. */
int must_check netif_add_bond(struct rtnl *r, const char *name, const char *options, struct err *e);

/*
 * Options of bond NAME: those that are set before it has members (nothing is done when it has some), and
 * those that name one. In a list, as of arp_ip_target, ';' parts the entries. Needs /sys of the network namespace.
 */
int must_check netif_bond_early(const char *name, const char *options, struct err *e);
int must_check netif_bond_late(const char *name, const char *options, struct err *e);

/* Sets OPTIONS of bridge NAME: files of /sys/class/net/NAME/bridge (net/bridge/br_sysfs_br.c, v6.1). */
int must_check netif_bridge_set(const char *name, const char *options, struct err *e);

/*
 * Gives INDEX the address A, without an end of its lifetime; IPv6 without duplicate address detection. PEER: the other
 * end, or NULL.
 */
int must_check netaddr_add(struct rtnl *r, int index, const struct link_addr *a, const struct link_addr *peer,
			   struct err *e);
int must_check netaddr_del(struct rtnl *r, int index, const struct link_addr *a, struct err *e);

/* Adds a route, or puts it in the place of one to the same net with the same metric. `from` may be absent. */
int must_check netroute_add(struct rtnl *r, const struct nl_route *route, struct err *e);

#endif
