/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: the pages that hold struct pages.
 * A step for each leaf of the page tables: 8192 for a TiB of RAM.
 */
#include "filter/memmap.h"

#include "filter/kmem.h"
#include "filter/pin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Joins [FROM, TO) to the last range or adds it; a full table loses it. */
static void range_add(struct memmap *m, uint64_t from, uint64_t to)
{
	struct pfn_range *last = m->n ? &m->at[m->n - 1] : NULL;

	if (last && from >= last->from && from <= last->to) {
		last->to = to > last->to ? to : last->to;
		return;
	}
	if (m->n < MEMMAP_RANGES)
		m->at[m->n++] = (struct pfn_range){ from, to };
}

static int by_start(const void *a, const void *b)
{
	const struct pfn_range *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

static void ranges_order(struct memmap *m)
{
	unsigned n = m->n;

	qsort(m->at, n, sizeof(*m->at), by_start);
	m->n = 0;
	for (unsigned i = 0; i < n; i++)
		range_add(m, m->at[i].from, m->at[i].to);
	for (unsigned i = 0; i < m->n; i++)
		m->pages += m->at[i].to - m->at[i].from;
}

/* The ranges behind one run. *STEPS is how many translations are left. */
static void run_follow(struct memmap *m, struct source *src, const struct page_run *r, unsigned size,
		       unsigned *steps)
{
	uint64_t page = src->info.page_size, va = r->va, end = r->va + r->n * size;

	while (va < end && *steps) {
		uint64_t pa, len, max = end - va;

		(*steps)--;
		if (kmem_find(src, va, &pa, &len) < 0 || !len) {
			va = (va | (page - 1)) + 1;
			continue;
		}
		len = len < max ? len : max;
		range_add(m, pa / page, (pa + len + page - 1) / page);
		va += len;
	}
}

int memmap_open(struct memmap *ret, struct source *src, const struct model *m, unsigned size, struct err *e)
{
	unsigned steps = MEMMAP_STEPS;
	struct pfn_range *less;

	memset(ret, 0, sizeof(*ret));
	if (!m->n)
		return 0;
	ret->at = calloc(MEMMAP_RANGES, sizeof(*ret->at));
	if (!ret->at)
		return err_set(e, -ENOMEM, "filter: no memory for the ranges of struct pages");
	for (unsigned i = 0; i < m->n && steps; i++)
		run_follow(ret, src, &m->run[i], size, &steps);
	ranges_order(ret);
	less = realloc(ret->at, (ret->n ? ret->n : 1) * sizeof(*less));
	if (less)
		ret->at = less;
	return 0;
}

const struct pfn_range *memmap_find(const struct memmap *m, uint64_t pfn)
{
	unsigned i = pin_find(&(struct pin){ m->at, m->n }, pfn);

	return i < m->n ? &m->at[i] : NULL;
}

void memmap_free(struct memmap *m)
{
	free(m->at);
	memset(m, 0, sizeof(*m));
}
