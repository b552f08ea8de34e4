/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: pages that a dump should have and does not have.
 * What a list names is lost even where the file has bytes for it: those were never written.
 */
#include "vmcore/lost.h"

#include "base/bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAIR 16u /* bytes of one range of the list */
#define OVER 8u  /* pieces for each segment and range: a page is in two segments, in a few more of a strange file */

/* Pages that are lost in part are lost. */
static uint64_t list_from(const struct lost_list *l, size_t i, uint64_t page)
{
	return align_down(get_u64(l->at + i * PAIR), page);
}

static uint64_t list_to(const struct lost_list *l, size_t i, uint64_t page)
{
	return align_up(get_u64(l->at + i * PAIR + 8), page);
}

/* Ranges ascend: with that every segment can be divided in one pass. */
static int list_check(const struct lost_list *l, struct err *e)
{
	uint64_t end = 0;

	if (l->n % PAIR)
		return err_set(e, -EINVAL, "note of lost pages: %zu bytes are no whole ranges", l->n);
	for (size_t i = 0; i < l->n / PAIR; i++) {
		uint64_t from = list_from(l, i, 1), to = list_to(l, i, 1);

		if (from < end || to <= from || to > SEGMENT_PA_MAX)
			return err_set(e, -EINVAL, "note of lost pages: range %zu is empty, misplaced or too high", i);
		end = to;
	}
	return 0;
}

/* The first range that ends above PA. */
static size_t list_find(const struct lost_list *l, uint64_t page, uint64_t pa)
{
	size_t low = 0, high = l->n / PAIR;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (list_to(l, mid, page) <= pa)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct segment *room(struct segment **at, unsigned n, struct err *e)
{
	/* The room doubles with every power of two. */
	if ((n & (n - 1)) == 0) {
		struct segment *more = realloc(*at, (n ? 2ul * n : 1ul) * sizeof(*more));

		if (!more) {
			err_set(e, -ENOMEM, "no memory for %u segments", n);
			return NULL;
		}
		*at = more;
	}
	return &(*at)[n];
}

/* The bytes [FROM, TO) of segment G that can be read. */
static int have_add(struct lost_map *l, const struct segment *g, uint64_t from, uint64_t to, struct err *e)
{
	struct segment *s = from < to ? room(&l->have, l->nhave, e) : NULL;

	if (from >= to)
		return 0;
	if (!s)
		return -ENOMEM;
	*s = *g;
	s->pa = g->pa == SEGMENT_ADDR_NONE ? g->pa : g->pa + from;
	s->va = g->va == SEGMENT_ADDR_NONE ? g->va : g->va + from;
	s->offset += from;
	s->len = s->full = s->memlen = to - from;
	l->nhave++;
	return 0;
}

static int lost_add(struct lost_map *l, uint64_t pa, uint64_t len, struct err *e)
{
	struct segment *s = len ? room(&l->lost, l->nlost, e) : NULL;

	if (!len)
		return 0;
	if (!s)
		return -ENOMEM;
	*s = (struct segment){ .pa = pa, .va = SEGMENT_ADDR_NONE, .len = len, .full = len, .memlen = len };
	l->nlost++;
	return 0;
}

/* What a division works with. */
struct division {
	struct lost_map map;
	const struct lost_list *list;
	uint64_t page;
	uint64_t most; /* pieces that are made */
};

static int divide(struct division *d, const struct segment *g, struct err *e)
{
	struct lost_map *l = &d->map;
	uint64_t at = 0, end = g->len;
	int rc = 0;

	if (g->pa == SEGMENT_ADDR_NONE)
		return have_add(l, g, 0, g->len, e);
	/* The page that the file ends in is lost. */
	if (g->full > g->len) {
		end = align_down(g->pa + g->len, d->page);
		end = end > g->pa ? end - g->pa : 0;
	}
	for (size_t i = list_find(d->list, d->page, g->pa); rc == 0 && i < d->list->n / PAIR; i++) {
		uint64_t from = list_from(d->list, i, d->page), to = list_to(d->list, i, d->page) - g->pa;

		if (from >= g->pa + g->memlen)
			break;
		if ((uint64_t)l->nhave + l->nlost > d->most)
			return err_set(e, -EINVAL, "note of lost pages: too many segments have the same memory");
		from = from > g->pa ? from - g->pa : 0;
		rc = lost_add(l, g->pa + from, (to < g->memlen ? to : g->memlen) - from, e);
		if (rc == 0 && at < end)
			rc = have_add(l, g, at, from < end ? from : end, e);
		at = to > at ? to : at;
	}
	if (rc == 0 && at < end)
		rc = have_add(l, g, at, end, e);
	return rc == 0 ? lost_add(l, g->pa + end, g->full - end, e) : rc;
}

int lost_map_build(struct lost_map *ret, const struct elf_map *m, uint64_t page, const struct lost_list *list,
		   struct err *e)
{
	struct division d = { .list = list, .page = page, .most = OVER * (m->nsegment + (uint64_t)list->n / PAIR) };
	int rc = list_check(list, e);

	for (unsigned i = 0; rc == 0 && i < m->nsegment; i++)
		rc = divide(&d, &m->segment[i], e);
	if (rc < 0) {
		lost_map_free(&d.map);
		return rc;
	}
	*ret = d.map;
	return 0;
}

void lost_map_free(struct lost_map *l)
{
	free(l->have);
	free(l->lost);
	*l = (struct lost_map){ 0 };
}

void source_lost(struct source *s, uint64_t first, uint64_t npfn, uint8_t *bits)
{
	if (s->ops->lost)
		s->ops->lost(s, first, npfn, bits);
	else
		memset(bits, 0, (size_t)((npfn + 7) / 8));
}
