/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: how much memory a dump takes, decided before the first page.
 * What gives way first costs least: the second bitmap of a level list, the order by importance,
 * threads, and last the single pass.
 */
#include "dump/budget.h"

#include "base/fdio.h"
#include "base/str.h"
#include "dump/pool.h"
#include "iface/filter.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIXED       (2u << 20)    /* the program itself, stacks, the format's buffers */
#define EXTRA_MAX   (4u << 20)    /* for what the dump can do without: more bitmaps, the order */
#define LIMIT_GUESS (64ull << 20) /* when the kernel does not tell what is free */
#define THREADS_MAX 64            /* more gain nothing over one target */

static uint64_t memory_free(void)
{
	char *text = NULL, *line, *rest;
	uint64_t kib = 0;
	size_t n;

	if (file_read("/proc/meminfo", 1 << 16, &text, &n, NULL))
		return LIMIT_GUESS;
	rest = text;
	while (!kib && (line = strsep(&rest, "\n")))
		if (str_starts(line, "MemAvailable:"))
			kib = strtoull(line + strlen("MemAvailable:"), NULL, 10);
	free(text);
	return kib ? kib << 10 : LIMIT_GUESS;
}

static unsigned cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

void budget_make(struct budget *b, uint64_t limit, const struct pack_plan *plan, unsigned threads,
		 unsigned levels, bool rank, uint64_t max_pfn)
{
	uint64_t map = (max_pfn + 63) / 64 * 8, ranks = max_pfn / FILTER_BLOCK + 1, work, left;

	b->limit = limit ? limit : memory_free() / 2;
	b->threads = threads ? threads : cpus();
	if (b->threads > THREADS_MAX)
		b->threads = THREADS_MAX;
	while (b->threads > 1 && FIXED + pool_memory(plan, b->threads) + map > b->limit)
		b->threads--;
	work = FIXED + pool_memory(plan, b->threads);
	left = b->limit > work ? b->limit - work : 0;
	b->window = max_pfn;
	if (map > left)
		b->window = left / (KEEP_ALIGN / 8) * KEEP_ALIGN;
	if (b->window < KEEP_ALIGN)
		b->window = KEEP_ALIGN;
	map = b->window < max_pfn ? b->window / 8 : map;
	left = left > map ? left - map : 0;
	if (left > EXTRA_MAX)
		left = EXTRA_MAX;
	b->rank = rank && b->window >= max_pfn && ranks <= left;
	left -= b->rank ? ranks : 0;
	b->levels = b->window >= max_pfn && (levels - 1) * map <= left ? levels : 1;
	b->total = work + map * b->levels + (b->rank ? ranks : 0);
}
