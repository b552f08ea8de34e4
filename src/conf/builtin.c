/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: what of a plan this program can do.
 * The one place that says which targets and filters are built in.
 */
#include "conf/builtin.h"

#include "base/str.h"
#include "version.h"

static const bool target_built[] = {
	[TARGET_FS] = true,
	[TARGET_RAW] = true,
	[TARGET_NFS] = CRASHBOX_NET,
	[TARGET_SSH] = CRASHBOX_NET,
};

static bool asks_snappy(const struct plan *p)
{
	return p->collector.kind == COLLECT_FILTER && p->collector.codec == CODEC_SNAPPY;
}

static bool asks_fence(const struct plan *p)
{
	return p->fence_kdump_nodes.n > 0;
}

static bool asks_link_delay(const struct plan *p)
{
	return p->link_delay_s > 0;
}

static bool asks_mem_level(const struct plan *p)
{
	return p->debug_mem_level > 0;
}

static const struct {
	enum builtin_part part;
	const char *name;
	bool built;
	bool (*asked)(const struct plan *p);
} feature[] = {
	{ BUILTIN_COLLECTOR, "snappy compression", false, asks_snappy },
	{ BUILTIN_SERVICE, "fence_kdump_nodes", CRASHBOX_NET, asks_fence },
	{ BUILTIN_SERVICE, "link_delay", CRASHBOX_NET, asks_link_delay },
	{ BUILTIN_SERVICE, "debug_mem_level", true, asks_mem_level },
};

_Static_assert(ARRAY_LEN(feature) <= BUILTIN_MISSING, "room for every feature");

bool builtin_target(const struct plan_target *t)
{
	return target_built[t->kind];
}

unsigned builtin_missing(const struct plan *p, enum builtin_part part,
			 const char *ret[BUILTIN_MISSING])
{
	unsigned n = 0;

	for (unsigned i = 0; i < ARRAY_LEN(feature); i++)
		if (feature[i].part == part && !feature[i].built && feature[i].asked(p))
			ret[n++] = feature[i].name;
	return n;
}

bool builtin_collector(const struct plan *p)
{
	const char *missing[BUILTIN_MISSING];

	return builtin_missing(p, BUILTIN_COLLECTOR, missing) == 0;
}
