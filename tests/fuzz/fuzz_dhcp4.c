/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: packets of DHCP for IPv4.
 * Any packet is refused or gives an answer that can be used; our own questions are never an answer.
 */
#include "net/dhcp4.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void require(int ok)
{
	if (!ok)
		abort();
}

static void check_reply(const struct dhcp4_reply *r)
{
	require(r->type >= DHCP4_DISCOVER && r->type <= DHCP4_RELEASE);
	require(r->ndns <= DHCP4_DNS && r->nroute <= DHCP4_ROUTES && r->addr.family == 2 && r->addr.prefix <= 32);
	require(memchr(r->domain, 0, sizeof(r->domain)) != NULL);
	require(!strpbrk(r->domain, " \n/%\\"));
	require(r->renew_s <= r->rebind_s && r->rebind_s <= r->lease_s);
	require(r->mtu == 0 || (r->mtu >= 576 && r->mtu <= 65535));
	for (unsigned i = 0; i < r->nroute; i++)
		require(r->route[i].to.prefix <= 32 && r->route[i].via.family == 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0, 0, 1 };
	struct dhcp4_reply r;
	size_t off, len;

	/* the message alone, then in a packet */
	if (dhcp4_parse(d, n, 0x12345678, mac, &r) == 0)
		check_reply(&r);
	if (dhcp4_unwrap(d, n, false, &off, &len) == 0) {
		require(off >= 28 && off <= n && len <= n - off);
		if (dhcp4_parse(d + off, len, 0x12345678, mac, &r) == 0)
			check_reply(&r);
	}
	if (dhcp4_unwrap(d, n, true, &off, &len) == 0)
		require(dhcp4_unwrap(d, n, false, &off, &len) == 0);
	return 0;
}
