/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: the files of a split dump.
 * Most of them decide which dump it is: the file that differs is the one that is named.
 */
#include "vmcore/kdump_read.h"

#include "base/bytes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What all parts of one dump have in common. */
struct mark {
	const struct kdump_head *h;
	uint64_t hash; /* of both bitmaps */
};

static bool mark_same(const struct mark *a, const struct mark *b)
{
	return a->h->block == b->h->block && a->h->max_mapnr == b->h->max_mapnr && a->h->time == b->h->time &&
	       memcmp(a->h->uts, b->h->uts, sizeof(a->h->uts)) == 0 && a->hash == b->hash;
}

static int marks_read(const struct kdump *k, struct mark *mark, struct err *e)
{
	for (unsigned i = 0; i < k->nparts; i++) {
		struct kdump_index x;
		int rc;

		mark[i] = (struct mark){ &k->part[i].h, k->index.hash };
		if (!k->part[i].h.split)
			return err_set(e, -EINVAL, "kdump: %s is no part of a split dump: give it alone",
				       k->part[i].file->name);
		rc = i ? kdump_index_build(&x, &k->part[i], e) : 0;
		if (rc < 0)
			return err_add(e, rc, "kdump: %s", k->part[i].file->name);
		if (i) {
			mark[i].hash = x.hash;
			kdump_index_free(&x);
		}
	}
	return 0;
}

/* The first file that differs from most of the others. */
static int marks_check(const struct kdump *k, const struct mark *mark, struct err *e)
{
	unsigned best = 0, most = 0;

	for (unsigned i = 0; i < k->nparts; i++) {
		unsigned n = 0;

		for (unsigned j = 0; j < k->nparts; j++)
			n += mark_same(&mark[i], &mark[j]);
		if (n > most) {
			most = n;
			best = i;
		}
	}
	for (unsigned i = 0; i < k->nparts; i++) {
		if (mark_same(&mark[i], &mark[best]))
			continue;
		if (k->nparts == 2 || most == 1)
			return err_set(e, -EINVAL, "kdump: %s and %s are parts of different dumps",
				       k->part[best].file->name, k->part[i].file->name);
		return err_set(e, -EINVAL, "kdump: %s is a part of another dump than the other files",
			       k->part[i].file->name);
	}
	return 0;
}

/* The parts stand in the order of their pages. */
static int twice_check(const struct kdump *k, struct err *e)
{
	unsigned last = 0;

	for (unsigned i = 1; i < k->nparts; i++) {
		const struct kdump_part *a = &k->part[last], *b = &k->part[i];

		if (a->h.from == b->h.from && a->h.to == b->h.to && a->h.to > a->h.from)
			return err_set(e, -EINVAL,
				       "kdump: %s and %s are the same part: both have page frames %" PRIu64
				       " to %" PRIu64,
				       a->file->name, b->file->name, a->h.from, a->h.to - 1);
		if (b->h.from < a->h.to && b->h.to > b->h.from)
			return err_set(e, -EINVAL,
				       "kdump: %s and %s both have page frame %" PRIu64
				       ": they are not of one split dump",
				       a->file->name, b->file->name, b->h.from);
		last = b->h.to > a->h.to ? i : last;
	}
	return 0;
}

static int marks_fit(const struct kdump *k, struct err *e)
{
	struct mark *mark = k->nparts > 1 ? calloc(k->nparts, sizeof(*mark)) : NULL;
	int rc = 0;

	if (k->nparts == 1)
		return 0;
	if (!mark)
		return err_set(e, -ENOMEM, "kdump: no memory");
	rc = marks_read(k, mark, e);
	if (rc == 0)
		rc = marks_check(k, mark, e);
	if (rc == 0)
		rc = twice_check(k, e);
	free(mark);
	return rc;
}

/* How many bits of bitmap2 are below PFN. */
static int rank_of(const struct kdump *k, uint64_t pfn, uint64_t *ret, struct err *e)
{
	const struct kdump_part *p = &k->part[0];
	uint64_t first = align_down(pfn, CHUNK);
	uint8_t bits[CHUNK / 8];
	int rc = kdump_bits(p, p->h.bitmap2, first, CHUNK, bits, e);

	if (rc == 0)
		*ret = k->index.rank[first / CHUNK] + kdump_count(bits, pfn - first);
	return rc;
}

int kdump_parts_fit(struct kdump *k, struct err *e)
{
	uint64_t end = 0, upto = 0;
	int rc = marks_fit(k, e);

	for (unsigned i = 0; i < k->nparts && rc == 0; i++) {
		struct kdump_part *p = &k->part[i];

		rc = rank_of(k, p->h.from, &p->below, e);
		if (rc == 0)
			rc = rank_of(k, p->h.to, &upto, e);
		p->kept = upto - p->below;
		if (p->h.from > end)
			k->missing = true;
		end = p->h.to > end ? p->h.to : end;
	}
	if (end < k->part[0].h.max_mapnr)
		k->missing = true;
	return rc;
}
