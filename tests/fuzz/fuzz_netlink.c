/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: routing netlink messages.
 * Any bytes end, and what is taken from them lies within its bounds.
 */
#include "net/nlmsg.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void require(int ok)
{
	if (!ok)
		abort();
}

static void check_addr(const struct link_addr *a)
{
	require(a->family == 0 || (a->family == 2 && a->prefix <= 32) || (a->family == 10 && a->prefix <= 128));
}

static void check_message(const struct nlmsghdr *h)
{
	struct link_addr server[3];
	struct nl_link l;
	struct nl_addr a;
	struct nl_route r;
	char said[40];
	int rc = 1, index = 0;
	unsigned n;

	if (nl_link_parse(h, &l) == 0)
		require(memchr(l.name, 0, sizeof(l.name)) && memchr(l.kind, 0, sizeof(l.kind)));
	if (nl_addr_parse(h, &a) == 0) {
		require(a.addr.family);
		check_addr(&a.addr);
	}
	if (nl_route_parse(h, &r) == 0) {
		require(r.to.family);
		check_addr(&r.to);
		check_addr(&r.via);
		check_addr(&r.from);
	}
	if (nl_error_parse(h, &rc, said, sizeof(said)) == 0)
		require(rc <= 0 && rc >= -4095 && memchr(said, 0, sizeof(said)));
	n = nl_rdnss_parse(h, &index, server, 3);
	require(n <= 3);
	for (unsigned i = 0; i < n; i++)
		check_addr(&server[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	const struct nlmsghdr *h;
	uint8_t *copy = malloc(n ? n : 1); /* of its own, so that a byte too many is seen */
	const uint8_t *p = copy;
	size_t len = n;

	if (!copy)
		return 0;
	if (n)
		memcpy(copy, d, n);
	while ((h = nl_next(&p, &len))) {
		require((const uint8_t *)h < p && p + len == copy + n);
		check_message(h);
	}
	free(copy);
	return 0;
}
