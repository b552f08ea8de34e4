/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: known_hosts files.
 * Any bytes give one of the verdicts, and a sentence with every verdict but one.
 */
#include "conf/known_hosts.h"

#include <stdint.h>
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
	static const unsigned port[] = { 0, 22, 2222 };
	uint8_t key[51];
	char algorithms[256];

	memcpy(key, "\0\0\0\013ssh-ed25519\0\0\0\040", 19);
	memset(key + 19, 1, 32);
	for (unsigned i = 0; i < 3; i++) {
		struct known_hosts k = { { (const char *)d }, { n }, 1, "db.example.org", port[i] };
		struct err e = { 0 };
		enum known_verdict v = known_hosts_check(&k, key, sizeof(key));

		require(v <= KNOWN_CA);
		require((known_hosts_trust(&k, key, sizeof(key), &e) == 0) == (v == KNOWN_MATCH));
		require(v == KNOWN_MATCH || e.text[0]);
		require(known_hosts_algorithms(&k, algorithms, sizeof(algorithms)) == 0);
		/* a key that has to stand somewhere in the file */
		require(v != KNOWN_MATCH || n > 68);
	}
	return 0;
}
