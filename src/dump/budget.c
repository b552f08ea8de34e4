/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: how much memory a dump takes, decided before the first page.
 * What gives way first costs least: the second bitmap of a level list, the order by importance,
 * threads, and last the single pass.
 */
#include "dump/budget.h"

#include "base/meminfo.h"
#include "dump/pool.h"
#include "iface/filter.h"

#include <sched.h>
#include <unistd.h>

#define FIXED       (2u << 20)    /* the program itself, stacks, the format's buffers */
#define EXTRA_MAX   (4u << 20)    /* for what the dump can do without: more bitmaps, the order */
#define LIMIT_GUESS (64ull << 20) /* when the kernel does not tell what is free */
#define THREADS_MAX 64            /* more gain nothing over one target */

static uint64_t memory_free(void)
{
	uint64_t n = memory_available();

	return n ? n : LIMIT_GUESS;
}

static unsigned cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

/* All of memory in one window when its bitmaps fit into LEFT bytes, else what fits. */
static uint64_t window_for(const struct budget_ask *ask, uint64_t left)
{
	uint64_t map = (ask->max_pfn + 63) / 64 * 8, maps = 1 + ask->maps, fit = left / maps;

	if (map <= fit)
		return ask->max_pfn;
	fit = fit / (KEEP_ALIGN / 8) * KEEP_ALIGN;
	return fit < KEEP_ALIGN ? KEEP_ALIGN : fit;
}

static unsigned threads_for(const struct budget_ask *ask, uint64_t limit)
{
	uint64_t maps = (ask->max_pfn + 63) / 64 * 8 * (1 + ask->maps);
	unsigned n = ask->threads ? ask->threads : cpus();

	if (n > THREADS_MAX)
		n = THREADS_MAX;
	while (n > 1 && FIXED + pool_memory(ask->plan, n) + maps > limit)
		n--;
	return n;
}

void budget_make(struct budget *b, const struct budget_ask *ask)
{
	uint64_t ranks = ask->max_pfn / FILTER_BLOCK + 1, map, left;
	bool whole;

	b->limit = ask->limit ? ask->limit : memory_free() / 2;
	b->threads = threads_for(ask, b->limit);
	b->total = FIXED + pool_memory(ask->plan, b->threads);
	left = b->limit > b->total ? b->limit - b->total : 0;
	b->window = window_for(ask, left);
	whole = b->window >= ask->max_pfn;
	map = (b->window + 63) / 64 * 8;
	b->total += map * (1 + ask->maps);
	left = b->limit > b->total ? b->limit - b->total : 0;
	if (left > EXTRA_MAX)
		left = EXTRA_MAX;
	b->rank = ask->rank && whole && ranks <= left;
	left -= b->rank ? ranks : 0;
	b->levels = whole && (ask->levels - 1) * map <= left ? ask->levels : 1;
	b->total += map * (b->levels - 1) + (b->rank ? ranks : 0);
}
