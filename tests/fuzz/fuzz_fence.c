/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: the options of fence_kdump_args.
 * Any text gives options that can be used, or a sentence and the defaults.
 */
#include "conf/fence_words.h"

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
	struct fence_opts o = { 0 };
	struct err e = { 0 };
	char *text = malloc(n + 1);

	require(text != NULL);
	memcpy(text, d, n);
	text[n] = '\0';
	if (fence_words(&o, text, &e))
		require(e.text[0] && o.port == 7410 && o.count == 0);
	require(o.port && o.interval_s && o.interval_s <= 86400);
	free(text);
	return 0;
}
