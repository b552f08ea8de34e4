/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: DHCP messages for IPv4 and the packets they travel in.
 * Pure. RFC 2131, 2132 (options), 3396 (long options), 3442 (classless routes).
 */
#ifndef NET_DHCP4_H
#define NET_DHCP4_H

#include "base/err.h"
#include "iface/link.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DHCP4_CLIENT  68
#define DHCP4_SERVER  67
#define DHCP4_ROOM    1500 /* bytes of the largest message with its headers */
#define DHCP4_HEADERS 28   /* IPv4 without options, UDP */
#define DHCP4_ROUTES  16
#define DHCP4_DNS     4
#define DHCP4_DOMAIN  128

enum dhcp4_type { /* RFC 2132, 9.6 */
		  DHCP4_DISCOVER = 1,
		  DHCP4_OFFER,
		  DHCP4_REQUEST,
		  DHCP4_DECLINE,
		  DHCP4_ACK,
		  DHCP4_NAK,
		  DHCP4_RELEASE,
};

/* What a server may know a machine by. */
struct dhcp4_who {
	uint8_t nid; /* 0: the kind and address of the hardware are its client identifier */
	uint8_t id[LINK_ID];
	char host[LINK_HOST_NAME]; /* "": not told */
};

/* What is asked. Addresses that are absent have family 0. */
struct dhcp4_query {
	enum dhcp4_type type;
	uint32_t xid;
	uint16_t secs;  /* since the client started */
	bool broadcast; /* the answer shall come to everybody */
	uint8_t mac[6];
	const struct dhcp4_who *who; /* or NULL */
	struct link_addr ours;       /* in use: a renewal */
	struct link_addr wanted;     /* requested */
	struct link_addr server;     /* chosen */
};

struct dhcp4_route {
	struct link_addr to, via; /* via 0.0.0.0: on the link */
};

/* What was answered. Lists are cut to their room. Times are in seconds; UINT32_MAX: for ever. */
struct dhcp4_reply {
	enum dhcp4_type type;
	struct link_addr addr; /* with the prefix of the net */
	struct link_addr server;
	struct link_addr dns[DHCP4_DNS];
	unsigned ndns;
	struct dhcp4_route route[DHCP4_ROUTES];
	unsigned nroute;
	uint32_t mtu; /* 0: none told */
	uint32_t lease_s, renew_s, rebind_s;
	char domain[DHCP4_DOMAIN]; /* "" or letters, digits, '-', '_', '.' */
};

/* Writes the message of Q into BUF of N ≥ 576 bytes and gives its length. */
size_t dhcp4_build(const struct dhcp4_query *q, uint8_t *buf, size_t n);

/*
 * Fills RET from a message of N bytes. -EBADMSG: damaged or no DHCP; -ENOMSG: sound, but no answer to XID
 * and MAC. RET is untouched on failure.
 */
int must_check dhcp4_parse(const uint8_t *p, size_t n, uint32_t xid, const uint8_t mac[6], struct dhcp4_reply *ret);

/*
 * Puts IPv4 and UDP headers in front of the N bytes at BUF + DHCP4_HEADERS: from 0.0.0.0 to everybody.
 * Gives the length of the packet.
 */
size_t dhcp4_wrap(uint8_t *buf, size_t n);

/*
 * The message inside an IPv4 packet of N bytes that came to the client's port: *OFF and *LEN. SUMMED: the UDP
 * check sum is there (a packet of the same machine has none yet). -EBADMSG: it is something else.
 */
int must_check dhcp4_unwrap(const uint8_t *p, size_t n, bool summed, size_t *off, size_t *len);

#endif
