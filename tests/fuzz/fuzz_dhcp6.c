/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: messages of DHCP for IPv6.
 * Any bytes are refused or give an answer that can be used.
 */
#include "net/dhcp6.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void require(int ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0, 0, 1 };
	struct dhcp6_reply r;
	uint8_t *copy = malloc(n ? n : 1);

	if (!copy)
		return 0;
	if (n)
		memcpy(copy, d, n);
	if (dhcp6_parse(copy, n, 0x123456, mac, &r) == 0) {
		require(r.type == DHCP6_ADVERTISE || r.type == DHCP6_REPLY);
		require(r.server.n > 0 && r.server.n <= DHCP6_DUID && r.ndns <= DHCP6_DNS);
		require(r.addr.family == 0 || (r.addr.family == 10 && r.addr.b[0] != 0xff));
		require(r.renew_s <= r.rebind_s && r.rebind_s <= r.valid_s);
		require(memchr(r.domain, 0, sizeof(r.domain)) != NULL);
	}
	free(copy);
	return 0;
}
