/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iface: what brings links up.
 * A list of steps, played in order. src/conf makes them from text, src/net plays them. No pointers.
 */
#ifndef IFACE_LINK_H
#define IFACE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#define LINK_NAME    16  /* bytes of an interface name with its NUL: IFNAMSIZ of linux/if.h */
#define LINK_MEMBERS 8   /* of one bond or bridge */
#define LINK_TEXT    256 /* bytes of bond options or of a host name, with the NUL */
#define LINK_STEPS   64
#define LINK_ID      64 /* bytes of a DHCP client identifier; those in use have 7 to 19 */

#define LINK_HOST_NAME 64 /* bytes of the name of this machine, with the NUL: Linux has no longer ones */

enum link_kind {
	LINK_IFACE,  /* name, mac: wait for the interface with that address, call it NAME; no mac: wait for NAME */
	LINK_VLAN,   /* name, member[0]: the parent, number: the id, vlan: what else */
	LINK_BOND,   /* name, member[], text: "mode=802.3ad,miimon=100" */
	LINK_BRIDGE, /* name, member[], text: "stp_state=1,forward_delay=400" */
	LINK_MTU,    /* name, number */
	LINK_UP,     /* name; seconds: wait so long for the carrier, 0: do not wait */
	LINK_ADDR,   /* name, addr; via: the peer, whose net the prefix is then, may be absent */
	LINK_DHCP4,  /* name, seconds; metric of routes: number; client identifier: id; this machine's name: text */
	LINK_DHCP6,  /* name, seconds */
	LINK_RA,     /* name, seconds: address and routes from router advertisements, DHCPv6 where they say so */
	LINK_ROUTE,  /* addr: to where; via, name, number: metric, from, mtu, advmss, onlink: each may be absent */
	LINK_DNS,    /* addr: a name server */
	LINK_HOST,   /* text: the name, addr */
};

/* Of a VLAN: what it is beside its id. */
enum { LINK_VLAN_AD = 1, /* the outer tag of two, IEEE 802.1ad */
       LINK_VLAN_GVRP = 2,
       LINK_VLAN_MVRP = 4 };

/* An address of either family, with the length of its network where that has a meaning. */
struct link_addr {
	uint8_t family; /* AF_INET, AF_INET6; 0: absent */
	uint8_t prefix; /* bits */
	uint8_t b[16];  /* network order; IPv4 in the first four */
};

struct link_step {
	enum link_kind kind;
	unsigned line; /* of the text it came from, 0: none; the parser leaves it 0 */
	char name[LINK_NAME];
	bool has_mac;
	uint8_t mac[6];
	unsigned nmember;
	char member[LINK_MEMBERS][LINK_NAME];
	uint32_t number;
	uint32_t seconds;
	struct link_addr addr, via; /* an IPv4 route may have an IPv6 gateway: RTA_VIA of linux/rtnetlink.h */
	struct link_addr from;      /* the address of ours that is used */
	uint32_t mtu, advmss;
	uint8_t vlan; /* LINK_VLAN_… */
	bool onlink;
	uint8_t nid; /* bytes of id */
	uint8_t id[LINK_ID];
	char text[LINK_TEXT];
};

#endif
