/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: addresses as text and for sockets.
 * Pure. No resolver of the C library is ever asked.
 */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include "iface/link.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* A as "10.0.0.1/8" (without the prefix when it is that of one host) into BUF of N bytes, cut to fit. Gives BUF. */
char *netaddr_text(const struct link_addr *a, char *buf, size_t n);

/* "10.0.0.1", "fe80::1", "fe80::1%eth0" (the interface is looked up in this kernel). 0 or -EINVAL. */
int netaddr_parse(const char *text, struct link_addr *ret, unsigned *scope);

/* Fills SA and gives its length. SCOPE: the interface of a link-local IPv6 address, else 0. */
socklen_t netaddr_socket(const struct link_addr *a, unsigned scope, uint16_t port, struct sockaddr_storage *sa);

bool netaddr_same(const struct link_addr *a, const struct link_addr *b);

/* fe80::/10 or 169.254.0.0/16. */
bool netaddr_link_local(const struct link_addr *a);

/* True when A can be that of another host: no group, no loopback, not "any"; of IPv4 RFC 1122, 3.2.1.3. */
bool netaddr_of_host(const struct link_addr *a);

/* True when A lies in the network of NET. */
bool netaddr_in(const struct link_addr *a, const struct link_addr *net);

#endif
