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

/* What was taken can be played. */
static void check_step(const struct recipe_step *s)
{
	struct link_step link;
	struct recipe_ssh ssh;
	struct err e = { 0 };

	require(s->arg[0] && (!s->opt || s->opt[0]) && s->line > 1);
	if (s->kind == RECIPE_LINK)
		require(recipe_link(s, &link, &e) == 0 && link.kind <= LINK_HOST);
	if (s->kind == RECIPE_SSH)
		require(recipe_ssh(s, &ssh, &e) == 0 && ssh.port <= 65535);
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
		check_step(&r.step[i]);
	recipe_free(&r);
	return 0;
}
