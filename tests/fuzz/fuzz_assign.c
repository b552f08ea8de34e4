/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: files of shell assignments.
 * Any bytes give entries within the array; each has a value or a fault, and names are names.
 */
#include "conf/assign.h"

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
	static struct assigns a;
	unsigned faults = 0;

	require(assign_parse(&a, (const char *)d, n, NULL) == 0);
	require(a.n <= ASSIGN_ENTRIES);
	for (unsigned i = 0; i < a.n; i++) {
		const struct assign *v = &a.v[i];

		require(!v->value == !!v->fault && v->line >= 1 && v->line <= n + 1);
		require(!v->name || (*v->name && !strpbrk(v->name, "= \n$")));
		require(v->name || v->fault);
		require(!v->value || (strlen(v->value) < ASSIGN_VALUE_MAX && assign_get(&a, v->name)));
		faults += !!v->fault;
	}
	require(faults <= a.faults);
	assign_free(&a);
	return 0;
}
