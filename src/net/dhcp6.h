/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: DHCP messages for IPv6.
 * Pure. RFC 8415; name servers: RFC 3646.
 */
#ifndef NET_DHCP6_H
#define NET_DHCP6_H

#include "base/err.h"
#include "iface/link.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DHCP6_CLIENT 546
#define DHCP6_SERVER 547
#define DHCP6_ROOM   1232 /* bytes of a message that every IPv6 link takes */
#define DHCP6_DUID   130  /* bytes of the longest DUID, RFC 8415, 11.1 */
#define DHCP6_DNS    4
#define DHCP6_DOMAIN 128

enum dhcp6_type { /* RFC 8415, 7.3 */
		  DHCP6_SOLICIT = 1,
		  DHCP6_ADVERTISE = 2,
		  DHCP6_REQUEST = 3,
		  DHCP6_RENEW = 5,
		  DHCP6_REBIND = 6,
		  DHCP6_REPLY = 7,
		  DHCP6_INFORMATION = 11,
};

struct dhcp6_duid {
	uint16_t n; /* 0: none */
	uint8_t b[DHCP6_DUID];
};

struct dhcp6_query {
	enum dhcp6_type type;
	uint32_t xid;     /* 24 bits */
	uint16_t elapsed; /* hundredths of a second since the client started */
	uint8_t mac[6];   /* our DUID is made of it; its last four bytes name the address (IAID) */
	struct dhcp6_duid server;
	struct link_addr addr; /* asked for again, or family 0 */
};

/* Times are in seconds; UINT32_MAX: for ever. */
struct dhcp6_reply {
	enum dhcp6_type type;
	struct dhcp6_duid server;
	uint16_t status; /* 0: success, else the first code that says why not, RFC 8415, 21.13 */
	bool rapid;
	struct link_addr addr; /* family 0: none granted */
	uint32_t valid_s, renew_s, rebind_s;
	struct link_addr dns[DHCP6_DNS];
	unsigned ndns;
	char domain[DHCP6_DOMAIN]; /* the first of the search list, or "" */
};

/* Writes the message of Q into BUF of DHCP6_ROOM bytes and gives its length. */
size_t dhcp6_build(const struct dhcp6_query *q, uint8_t buf[DHCP6_ROOM]);

/*
 * Fills RET from a message of N bytes. -EBADMSG: damaged or no answer; -ENOMSG: sound, but to another client
 * or another question. RET is untouched on failure.
 */
int must_check dhcp6_parse(const uint8_t *p, size_t n, uint32_t xid, const uint8_t mac[6], struct dhcp6_reply *ret);

#endif
