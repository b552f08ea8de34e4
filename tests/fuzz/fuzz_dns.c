/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: answers of name servers, and hosts files.
 * Any bytes are refused or give addresses of the family that was asked for, and names that end.
 */
#include "net/dns.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void require(int ok)
{
	if (!ok)
		abort();
}

static void check_answer(const uint8_t *p, size_t n, uint16_t type)
{
	struct dns_answer a;

	if (dns_parse(p, n, "dump.example.org", type, 0x1234, &a))
		return;
	require(a.n <= DNS_ANSWERS && a.code <= 15 && memchr(a.name, 0, sizeof(a.name)));
	for (unsigned i = 0; i < a.n; i++)
		require(a.addr[i].family == (type == DNS_A ? 2 : 10));
}

static void check_name(const uint8_t *p, size_t n)
{
	char name[DNS_NAME];
	uint8_t query[DNS_QUERY];
	size_t at = 0;

	if (dns_name(p, n, &at, name))
		return;
	require(at > 0 && at <= n && strlen(name) < sizeof(name));
	/* what was read as a name can be asked for, if it is not too long or the root */
	if (*name && strlen(name) < 250)
		require(dns_build(name, DNS_A, 1, query) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	struct link_addr found[3];
	uint8_t *copy = malloc(n ? n : 1);

	if (!copy)
		return 0;
	if (n)
		memcpy(copy, d, n);
	check_answer(copy, n, DNS_A);
	check_answer(copy, n, DNS_AAAA);
	check_name(copy, n);
	require(hosts_find((char *)copy, n, "dump.example.org", found, 3) <= 3);
	free(copy);
	return 0;
}
