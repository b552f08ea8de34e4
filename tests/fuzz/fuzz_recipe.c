/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: the recipe.
 * Any bytes end in a sentence or in steps that all belong to somebody.
 */
#include "conf/recipe.h"

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
	struct recipe r = { 0 };
	struct err e = { 0 };
	unsigned steps;

	if (recipe_parse(&r, (const char *)d, n, &e)) {
		require(e.text[0] && !r.text);
		return 0;
	}
	steps = r.ncommon;
	require(r.nstep <= RECIPE_STEPS && r.ntarget <= RECIPE_TARGETS);
	for (unsigned i = 0; i < r.ntarget; i++) {
		require(r.target[i].first == steps &&
			recipe_find(&r, r.target[i].index) == &r.target[i]);
		require(!r.target[i].path || r.target[i].path[0]);
		steps += r.target[i].n;
	}
	require(steps == r.nstep);
	for (unsigned i = 0; i < r.nstep; i++)
		require(r.step[i].arg[0] && (!r.step[i].opt || r.step[i].opt[0]) &&
			r.step[i].line > 1);
	recipe_free(&r);
	return 0;
}
