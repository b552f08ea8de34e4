/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: members of a JSON text.
 * What is found lies inside of the text; what is shown is printable.
 */
#include "host/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void require(int ok)
{
	if (!ok)
		abort();
}

static void check(struct json all, struct json v)
{
	char text[24];

	require(v.p >= all.p && v.n <= all.n && v.p + v.n <= all.p + all.n);
	json_text(v, text, sizeof(text));
	for (const char *s = text; *s; s++)
		require(*s >= ' ' && *s <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	char *copy = malloc(n ? n : 1);
	struct json all = { copy, n }, v, w;

	if (!copy)
		return 0;
	memcpy(copy, d, n);
	if (json_get(all, "a", &v)) {
		check(all, v);
		for (unsigned i = 0; i < 4; i++)
			if (json_at(v, i, &w))
				check(v, w);
	}
	if (json_get(all, "b", &v) && json_get(v, "a", &w))
		check(v, w);
	free(copy);
	return 0;
}
