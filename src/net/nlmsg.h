/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: routing netlink messages.
 * Pure. A writer that never leaves its buffer and readers that never leave theirs.
 */
#ifndef NET_NLMSG_H
#define NET_NLMSG_H

#include "base/err.h"
#include "iface/link.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#define NL_ROOM 1024 /* bytes of the largest request */

/* A request in the making. Start with nl_start(); `full` says that something did not fit. */
struct nl_writer {
	_Alignas(4) uint8_t buf[NL_ROOM];
	size_t len;
	bool full;
};

/* Begins a request of TYPE (RTM_…) with FLAGS (NLM_F_REQUEST is added) and its fixed HEAD of N bytes. */
void nl_start(struct nl_writer *w, uint16_t type, uint16_t flags, const void *head, size_t n);

/* Appends the attribute TYPE with N bytes. */
void nl_put(struct nl_writer *w, uint16_t type, const void *data, size_t n);
void nl_put_u32(struct nl_writer *w, uint16_t type, uint32_t v);
void nl_put_u16(struct nl_writer *w, uint16_t type, uint16_t v);
void nl_put_text(struct nl_writer *w, uint16_t type, const char *s);
/* The 4 or 16 bytes of A. */
void nl_put_addr(struct nl_writer *w, uint16_t type, const struct link_addr *a);
/* The same as struct rtvia, which says the family: a gateway that is of another one than the route. */
void nl_put_via(struct nl_writer *w, uint16_t type, const struct link_addr *a);

/* Begins an attribute that holds attributes; the result goes to nl_close(). */
size_t nl_open(struct nl_writer *w, uint16_t type);
void nl_close(struct nl_writer *w, size_t at);

/*
 * Gives the next message of the *N bytes at *P and moves behind it; NULL at the end, and where the rest
 * is no whole message.
 */
const struct nlmsghdr *nl_next(const uint8_t **p, size_t *n);

/* An attribute inside its message. */
struct nl_attr {
	uint16_t type; /* without NLA_F_NESTED and NLA_F_NET_BYTEORDER */
	const uint8_t *data;
	size_t n;
};

/* As nl_next for the attributes in *N bytes at *P. */
bool nl_attr_next(const uint8_t **p, size_t *n, struct nl_attr *ret);

/* What became of an interface. Layouts: uapi/linux/rtnetlink.h and if_link.h of Linux 6.1. */
struct nl_link {
	int index;
	bool gone;            /* RTM_DELLINK */
	uint32_t flags;       /* IFF_… */
	uint16_t type;        /* ARPHRD_… */
	char name[LINK_NAME]; /* "" when the message has none */
	char kind[LINK_NAME]; /* "vlan", "bond", "veth"; "": a device of its own */
	bool has_mac, has_perm;
	uint8_t mac[6], perm[6]; /* in use, and as the hardware came */
	uint32_t mtu, master, parent;
	bool has_carrier, carrier;
	uint32_t inet6_flags; /* IF_RA_MANAGED… of linux/if_link.h users, see net/ra.c; 0: none told */
};

struct nl_addr {
	int index;
	bool gone;
	uint8_t scope;
	uint32_t flags; /* IFA_F_… */
	bool forever;   /* valid lifetime without an end */
	struct link_addr addr;
	struct link_addr peer; /* the other end, which the prefix belongs to then; family 0: none */
};

struct nl_route {
	bool gone;
	uint8_t table, protocol, type; /* RT_TABLE_…, RTPROT_…, RTN_… */
	int index;                     /* of the interface, 0: none */
	uint32_t metric;
	bool onlink;
	struct link_addr to, via, from; /* from: the address of ours that is used; via may be of the other family */
	uint32_t mtu, advmss;           /* 0: not said */
};

/* Each fills RET from message H, which nl_next() gave. 0; -EBADMSG: it is of another kind or damaged. */
int must_check nl_link_parse(const struct nlmsghdr *h, struct nl_link *ret);
int must_check nl_addr_parse(const struct nlmsghdr *h, struct nl_addr *ret);
int must_check nl_route_parse(const struct nlmsghdr *h, struct nl_route *ret);

/*
 * What NLMSG_ERROR or NLMSG_DONE says: 0 or a negative errno in *RC, and the kernel's own sentence in
 * SAID of N bytes, "" without one. -EBADMSG: H is neither.
 */
int must_check nl_error_parse(const struct nlmsghdr *h, int *rc, char *said, size_t n);

/*
 * Name servers of a router advertisement (RTM_NEWNDUSEROPT, RFC 8106): at most MAX into RET, the number
 * is given; 0 for every other message. *INDEX: the interface.
 */
unsigned nl_rdnss_parse(const struct nlmsghdr *h, int *index, struct link_addr *ret, unsigned max);

#endif
