/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: kdump.conf.
 * Any bytes give a plan that can be used: every string ends, every number is in its range.
 */
#include "conf/builtin.h"
#include "conf/conf.h"
#include "shown.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void require(int ok)
{
	if (!ok)
		abort();
}

struct heard {
	unsigned all, refused;
};

static void hear(void *arg, enum conf_severity s, unsigned line, const char *text)
{
	struct heard *heard = arg;

	require(line > 0 && *text && strlen(text) < 512);
	require(may_be_shown(text));
	heard->all++;
	heard->refused += s == CONF_REFUSE;
}

static size_t touch(const char *s)
{
	return s ? strlen(s) : 0;
}

static size_t touch_list(const struct plan_list *list)
{
	size_t sum = 0;

	require(list->n <= PLAN_WORDS);
	for (unsigned i = 0; i < list->n; i++)
		sum += strlen(list->word[i]);
	return sum;
}

static void check_collector(const struct plan_collector *c)
{
	require(c->line && *c->line && conf_codec_name(c->codec) != NULL);
	if (c->kind != COLLECT_FILTER)
		return;
	require(c->nlevel >= 1 && c->nlevel <= PLAN_LEVELS);
	for (unsigned i = 0; i < c->nlevel; i++)
		require(c->level[i] <= 31);
}

static void check_plan(const struct plan *p)
{
	const char *missing[BUILTIN_MISSING];

	require(p->path[0] == '/' && p->ntarget <= PLAN_TARGETS && p->noption <= PLAN_OPTIONS);
	require(p->final_action <= ACTION_POWEROFF &&
		p->failure_action <= ACTION_MOUNT_ROOT_RUN_INIT);
	require(!(p->force_rebuild && p->force_no_rebuild) && p->debug_mem_level <= 3);
	for (unsigned i = 0; i < p->ntarget; i++) {
		const struct plan_target *t = &p->target[i];

		require(*t->where && t->line > 0 && (t->kind != TARGET_FS || t->fstype));
		touch(t->mountpoint);
		touch(t->options);
	}
	for (unsigned i = 0; i < p->noption; i++)
		require(*p->option[i].module && *p->option[i].text);
	require(!p->kdump_pre || *p->kdump_pre == '/');
	touch(p->dracut_args);
	touch(p->fence_kdump_args);
	touch_list(&p->extra_bins);
	touch_list(&p->extra_modules);
	touch_list(&p->blacklist);
	touch_list(&p->fence_kdump_nodes);
	require(builtin_missing(p, BUILTIN_COLLECTOR, missing) <= BUILTIN_MISSING);
	require(builtin_missing(p, BUILTIN_SERVICE, missing) <= BUILTIN_MISSING);
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	struct heard heard = { 0 };
	const struct conf_sayer who = { .say = hear, .arg = &heard };
	struct err e = { 0 };
	struct plan p;

	require(conf_parse(&p, (const char *)d, n, &who, &e) == 0);
	require(heard.all <= CONF_SAID_MAX + 1);
	require(p.refused == heard.refused || heard.all == CONF_SAID_MAX + 1);
	check_collector(&p.collector);
	check_plan(&p);
	plan_free(&p);
	return 0;
}
