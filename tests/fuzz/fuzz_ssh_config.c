/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: ssh_config files.
 * Any bytes give strings that end and counts within their arrays; what came first stays when more is read.
 */
#include "conf/ssh_config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void require(int ok)
{
	if (!ok)
		abort();
}

static void check(const struct ssh_config *c)
{
	require(memchr(c->hostname, '\0', SSH_CONFIG_TEXT) && memchr(c->user, '\0', SSH_CONFIG_TEXT));
	require(memchr(c->alias, '\0', SSH_CONFIG_TEXT) != NULL);
	require(c->port <= 65535 && c->nkey <= SSH_CONFIG_KEYS);
	require(c->nknown_user <= SSH_CONFIG_KNOWN && c->nknown_global <= SSH_CONFIG_KNOWN);
	for (unsigned i = 0; i < c->nkey; i++)
		require(memchr(c->key[i], '\0', SSH_CONFIG_TEXT) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	static struct ssh_config c, first;
	char doubt[256];

	memset(&c, 0, sizeof(c));
	c.host = "store1";
	ssh_config_read(&c, (const char *)d, n);
	check(&c);
	first = c;
	ssh_config_read(&c, (const char *)d, n);
	check(&c);
	require(!first.hostname[0] || strcmp(c.hostname, first.hostname) == 0);
	require(!first.user[0] || strcmp(c.user, first.user) == 0);
	require(!first.port || c.port == first.port);
	require(c.nkey >= first.nkey && memcmp(c.key, first.key, first.nkey * sizeof(c.key[0])) == 0);
	require(ssh_config_doubt(&c, "f", doubt, sizeof(doubt)) == (c.match || c.include || c.proxy || c.bad));
	return 0;
}
