/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: what of a plan this program can do.
 * The one place that says which targets and filters are built in.
 */
#include "conf/builtin.h"

#include "base/str.h"

static const bool target_built[] = {
	[TARGET_FS] = true,
	[TARGET_RAW] = false,
	[TARGET_NFS] = false,
	[TARGET_SSH] = false,
};

static bool asks_filter(const struct plan_collector *c)
{
	return c->kind == COLLECT_FILTER && (c->nlevel > 1 || c->level[0] > 0);
}

static bool asks_codec(const struct plan_collector *c)
{
	return c->kind == COLLECT_FILTER && c->codec != CODEC_NONE;
}

static bool asks_kdump_format(const struct plan_collector *c)
{
	return c->kind == COLLECT_FILTER && !c->elf;
}

static const struct {
	const char *name;
	bool built;
	bool (*asked)(const struct plan_collector *c);
} feature[] = {
	{ "page filter (dump level)", false, asks_filter },
	{ "compression", false, asks_codec },
	{ "kdump-compressed format", false, asks_kdump_format },
};

_Static_assert(ARRAY_LEN(feature) <= BUILTIN_MISSING, "room for every feature");

bool builtin_target(const struct plan_target *t)
{
	return target_built[t->kind];
}

unsigned builtin_missing(const struct plan *p, const char *ret[BUILTIN_MISSING])
{
	unsigned n = 0;

	for (unsigned i = 0; i < ARRAY_LEN(feature); i++)
		if (!feature[i].built && feature[i].asked(&p->collector))
			ret[n++] = feature[i].name;
	return n;
}

bool builtin_collector(const struct plan *p)
{
	const char *missing[BUILTIN_MISSING];

	return builtin_missing(p, missing) == 0;
}
