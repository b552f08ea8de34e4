/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: crashkernel= in the files of boot loaders.
 * First byte: the form. What was set is there, setting it again changes nothing, what was taken out is gone.
 */
#include "host/bootentry.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void require(int ok)
{
	if (!ok)
		abort();
}

static const char value[] = "1G-4G:192M,4G-:256M";

static void check_get(enum bootentry_form form, const struct bootentry_text *t, const char *expected)
{
	char buf[4096];

	require(t->p[t->n] == '\0');
	require(bootentry_get(form, t->p, t->n, buf, sizeof(buf)) == 0 && strcmp(buf, expected) == 0);
}

static void check(enum bootentry_form form, const char *text, size_t n)
{
	struct bootentry_text set, again, without;

	if (bootentry_set(form, text, n, value, &set, NULL))
		return;
	check_get(form, &set, value);
	require(bootentry_set(form, set.p, set.n, value, &again, NULL) == 0);
	require(again.n == set.n && memcmp(again.p, set.p, set.n) == 0);
	require(bootentry_set(form, set.p, set.n, NULL, &without, NULL) == 0);
	check_get(form, &without, "");
	require(without.n < set.n);
	free(set.p);
	free(again.p);
	free(without.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	char *text;

	if (n == 0)
		return 0;
	text = malloc(n);
	if (!text)
		return 0;
	memcpy(text, d + 1, n - 1);
	text[n - 1] = '\0';
	(void)crashkernel_size(text, (uint64_t)1 << 32);
	check((enum bootentry_form)(d[0] % 3), text, n - 1);
	free(text);
	return 0;
}
