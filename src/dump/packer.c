/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: the work of one thread: pages are read, tested for zero and packed.
 * Pages are mapped by windows of the file that stay until the next one; a SIGBUS sends pages the slow way.
 */
#include "dump/packer.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/zero.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAP_ALIGN 4096u
#define WINDOW    (2u << 20) /* bytes of the file that are mapped at once: what one page of page tables holds */
#define MAP_MIN   8          /* pages; fewer are cheaper to read than to map the window they lie in */
#define READ_MAX  16         /* pages of one read: they are still in the nearest caches when they are packed */

/* Pages [from, to) of a batch that one mapping covers, or that are in the bounce buffer. */
struct group {
	struct packer *p;
	struct batch *b;
	struct pack_stat *st;
	unsigned step, from, to;
	const uint8_t *base; /* of page FROM */
	bool spread;         /* page i lies at base + (pfn[i] - pfn[from]) pages, else at base + (i - from) */
};

static void window_drop(struct packer *p)
{
	if (p->window.map)
		p->plan->src->ops->unmap(p->plan->src, p->window.map, p->window.size);
	p->window.map = NULL;
	p->window.size = 0;
}

/* True when the window that P has holds byte OFF of the file. */
static bool window_holds(const struct packer *p, uint64_t off)
{
	return p->window.size && off - p->window.off < p->window.size;
}

/* Moves the window to byte OFF of the file. A window that cannot be mapped is remembered as that. */
static void window_move(struct packer *p, uint64_t off)
{
	struct source *src = p->plan->src;
	uint64_t start = align_down(off, WINDOW), end = align_up(src->info.file_size, MAP_ALIGN);

	window_drop(p);
	p->window.off = start;
	p->window.size = end - start < WINDOW ? end - start : WINDOW;
	if (src->ops->map_file(src, start, p->window.size, &p->window.map, NULL))
		p->window.map = NULL;
}

int packer_init(struct packer *p, const struct pack_plan *plan, struct err *e)
{
	memset(p, 0, sizeof(*p));
	p->plan = plan;
	p->bounce = aligned_alloc(MAP_ALIGN, (size_t)plan->batch_pages * plan->page_size);
	if (!p->bounce)
		return err_set(e, -ENOMEM, "no memory for a batch of pages");
	for (unsigned i = 0; i < plan->nstep; i++) {
		p->state[i] = plan->step[i].codec->open(plan->step[i].level, plan->page_size);
		if (!p->state[i])
			return err_set(e, -ENOMEM, "no memory for the %s codec", plan->step[i].codec->name);
	}
	return 0;
}

uint64_t packer_memory(const struct pack_plan *plan)
{
	uint64_t sum = (uint64_t)plan->batch_pages * plan->page_size;

	for (unsigned i = 0; i < plan->nstep; i++)
		sum += plan->step[i].codec->memory(plan->step[i].level, plan->page_size);
	return sum;
}

void packer_free(struct packer *p)
{
	if (!p->plan)
		return;
	for (unsigned i = 0; i < p->plan->nstep; i++)
		if (p->state[i])
			p->plan->step[i].codec->close(p->state[i]);
	window_drop(p);
	free(p->bounce);
	memset(p, 0, sizeof(*p));
}

static void put_zero(struct group *g, unsigned i)
{
	g->b->size[i] = g->b->flag[i] = 0;
	g->st->zero++;
}

static void put_page(struct group *g, unsigned i, const uint8_t *page)
{
	const struct pack_plan *plan = g->p->plan;
	struct batch *b = g->b;
	uint8_t *to = b->data + b->len;
	size_t n = 0;

	if (plan->zero && page_is_zero(page, plan->page_size)) {
		put_zero(g, i);
		return;
	}
	if (g->step < plan->nstep && plan->step[g->step].codec->flag)
		n = plan->step[g->step].codec->pack(g->p->state[g->step], page, plan->page_size, to,
						    CODEC_ROOM(plan->page_size));
	if (n) {
		b->flag[i] = plan->step[g->step].codec->flag;
		g->st->in += plan->page_size;
		g->st->out += n;
	} else {
		memcpy(to, page, plan->page_size);
		n = plan->page_size;
		b->flag[i] = 0;
		g->st->stored++;
	}
	b->size[i] = (uint32_t)n;
	b->len += n;
}

/*
 * Brings a page nearer while the one before it is packed: pages lie anywhere in memory, and the processor's own
 * prefetching ends where a page does.
 */
static void fetch_ahead(const uint8_t *page, uint64_t size)
{
	for (uint64_t i = 0; i < size; i += 64)
		__builtin_prefetch(page + i);
}

/* May be left in the middle by a SIGBUS: the caller then takes the counts back. */
static int group_pack(void *arg)
{
	struct group *g = arg;
	uint64_t size = g->p->plan->page_size;

	const uint8_t *page = g->base, *next;

	for (unsigned i = g->from; i < g->to; i++, page = next) {
		next = page + size;
		if (g->spread && i + 1 < g->to)
			next = g->base + (g->b->pfn[i + 1] - g->b->pfn[g->from]) * size;
		if (i + 1 < g->to)
			fetch_ahead(next, size);
		put_page(g, i, page);
	}
	return 0;
}

/* How many pages from I on lie in one window; the place of the first in the file in *OFF. */
static unsigned window_reach(const struct packer *p, const struct batch *b, unsigned i, uint64_t *off)
{
	uint64_t size = p->plan->page_size, first = b->pfn[i], there, left;
	unsigned n = 0;

	if (!p->plan->src->ops->where(p->plan->src, first * size, off, &there))
		return 0;
	left = WINDOW - *off % WINDOW;
	if (there > left)
		there = left;
	while (i + n < b->n && (b->pfn[i + n] - first + 1) * size <= there)
		n++;
	return n;
}

/* Gives how many pages from I on it dealt with; 0: these have to be read. */
static unsigned pack_mapped(struct packer *p, unsigned step, struct batch *b, unsigned i, struct pack_stat *st)
{
	struct pack_stat before = *st;
	uint64_t off = 0;
	size_t data = b->len;
	unsigned n = window_reach(p, b, i, &off);
	struct group g = { .p = p, .b = b, .st = st, .step = step, .from = i, .to = i + n, .spread = true };

	/* A batch that ends here goes on in the next one. */
	if (n == 0 || (n < MAP_MIN && i + n < b->n && !window_holds(p, off)))
		return 0;
	if (!window_holds(p, off))
		window_move(p, off);
	if (!p->window.map)
		return 0;
	g.base = (const uint8_t *)p->window.map + (off - p->window.off);
	if (fault_try(group_pack, &g) == 0)
		return n;
	*st = before;
	b->len = data;
	return 0;
}

/* Never a page of zeros: of what cannot be read the dump says that it is lost. */
static void put_lost(struct batch *b, unsigned i, struct pack_stat *st, int rc)
{
	b->size[i] = 0;
	b->flag[i] = BATCH_LOST;
	st->lost += rc == -ENODATA;
	st->unreadable += rc != -ENODATA;
}

/* Reads page after page as far as they are neighbours, then packs them. */
static unsigned pack_read(struct packer *p, unsigned step, struct batch *b, unsigned i, struct pack_stat *st)
{
	struct source *src = p->plan->src;
	uint64_t size = p->plan->page_size;
	struct group g = { .p = p, .b = b, .st = st, .step = step, .from = i, .to = i + 1, .base = p->bounce };

	while (g.to < b->n && g.to - i < READ_MAX && b->pfn[g.to] == b->pfn[g.to - 1] + 1)
		g.to++;
	if (src->ops->read_pa(src, b->pfn[i] * size, p->bounce, (g.to - i) * size, NULL)) {
		int rc = src->ops->read_pa(src, b->pfn[i] * size, p->bounce, size, NULL);

		g.to = i + 1;
		if (rc) {
			put_lost(b, i, st, rc);
			return 1;
		}
	}
	(void)group_pack(&g);
	return g.to - i;
}

void packer_run(struct packer *p, unsigned step, struct batch *b, struct pack_stat *st)
{
	int64_t start = clock_us();

	memset(st, 0, sizeof(*st));
	b->len = 0;
	for (unsigned i = 0, n; i < b->n; i += n) {
		n = p->plan->src->info.cheap_read ? 0 : pack_mapped(p, step, b, i, st);
		if (n == 0)
			n = pack_read(p, step, b, i, st);
	}
	st->us = clock_us() - start;
}
