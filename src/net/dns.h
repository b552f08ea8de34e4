/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: DNS messages, and the file of host names.
 * Pure. RFC 1035, 3596. A name of an answer is followed a bounded number of times.
 */
#ifndef NET_DNS_H
#define NET_DNS_H

#include "base/err.h"
#include "iface/link.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_PORT    53
#define DNS_NAME    256 /* bytes of a name as text with its NUL */
#define DNS_QUERY   512 /* bytes of the largest query */
#define DNS_ANSWERS 8   /* addresses that are kept */

enum { DNS_A = 1,
       DNS_AAAA = 28 };

struct dns_answer {
	unsigned code;  /* RCODE: 0 fine, 2 the server failed, 3 no such name, 5 refused */
	bool truncated; /* ask again over TCP */
	struct link_addr addr[DNS_ANSWERS];
	unsigned n;
	char name[DNS_NAME]; /* what the name stands for at the end (CNAME); ask for it when n is 0 */
	uint32_t ttl_s;      /* the shortest */
};

/*
 * Writes the question for NAME (letters, digits, '-', '_', dots) into BUF of DNS_QUERY bytes. Its length, or
 * -EINVAL: NAME is no name.
 */
int must_check dns_build(const char *name, uint16_t type, uint16_t id, uint8_t buf[DNS_QUERY]);

/*
 * Fills RET from an answer of N bytes to dns_build(NAME, TYPE, ID). -EBADMSG: damaged; -ENOMSG: it answers
 * another question. RET is untouched on failure.
 */
int must_check dns_parse(const uint8_t *p, size_t n, const char *name, uint16_t type, uint16_t id,
			 struct dns_answer *ret);

/*
 * The name at *AT of a message of N bytes as text in NAME of DNS_NAME bytes; *AT moves behind it. 0, or
 * -EBADMSG: it leaves the message, goes in circles, is too long or has bytes that no host name has.
 */
int must_check dns_name(const uint8_t *p, size_t n, size_t *at, char name[DNS_NAME]);

/* The same name, whatever case, with or without a dot at the end. */
bool dns_same(const char *a, const char *b);

/* Addresses of NAME in the N bytes of a hosts file (ADDRESS NAME… # comment), at most MAX; gives the number. */
unsigned hosts_find(const char *text, size_t n, const char *name, struct link_addr *ret, unsigned max);

#endif
