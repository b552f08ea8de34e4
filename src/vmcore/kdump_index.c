/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: the bitmaps of a kdump-compressed dump, counted.
 * They are read in pieces: memory does not grow with them but by the counts.
 */
#include "vmcore/kdump_index.h"

#include "base/bytes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PIECE (128 * CHUNK) /* bits that are read at a time */

int kdump_bits(const struct kdump_part *p, uint64_t at, uint64_t first, uint64_t n, uint8_t *bits, struct err *e)
{
	uint64_t have = first < p->h.max_mapnr ? p->h.max_mapnr - first : 0;
	size_t bytes;
	int rc;

	if (have > n)
		have = n;
	bytes = (size_t)((have + 7) / 8);
	memset(bits + bytes, 0, (size_t)((n + 7) / 8) - bytes);
	if (bytes == 0)
		return 0;
	rc = dfile_read(p->file, at + first / 8, bits, bytes, e);
	if (rc < 0)
		return err_add(e, rc, "bitmap");
	if (have & 7)
		bits[bytes - 1] &= (uint8_t)((1u << (have & 7)) - 1);
	return 0;
}

uint64_t kdump_count(const uint8_t *bits, uint64_t n)
{
	uint64_t count = 0, i;

	for (i = 0; i + 64 <= n; i += 64)
		count += (uint64_t)__builtin_popcountll(get_u64(bits + i / 8));
	for (; i < n; i++)
		count += bits[i >> 3] >> (i & 7) & 1;
	return count;
}

/* A pass over both bitmaps. */
struct pass {
	struct kdump_index *x;
	const struct kdump_part *p;
	unsigned room; /* segments that fit */
	bool open;     /* a run of bitmap1 has begun at `start` */
	uint64_t start;
	uint8_t one[PIECE / 8], two[PIECE / 8];
};

static int run_add(struct pass *a, uint64_t end, struct err *e)
{
	struct kdump_index *x = a->x;
	uint64_t block = a->p->h.block;
	struct segment *last;

	if (x->nsegment == KDUMP_SEGMENTS) {
		last = &x->segment[x->nsegment - 1];
		last->len = last->full = last->memlen = end * block - last->pa;
		return 0;
	}
	if (x->nsegment == a->room) {
		unsigned room = a->room ? a->room * 2 : 16;
		struct segment *more = realloc(x->segment, room * sizeof(*more));

		if (!more)
			return err_set(e, -ENOMEM, "bitmap: no memory for %u segments", room);
		x->segment = more;
		a->room = room;
	}
	x->segment[x->nsegment++] = (struct segment){ .pa = a->start * block,
						      .va = UINT64_MAX,
						      .len = (end - a->start) * block,
						      .full = (end - a->start) * block,
						      .memlen = (end - a->start) * block };
	return 0;
}

/* Runs begin and end in the 64 bits W of pfn PFN. */
static int runs(struct pass *a, uint64_t pfn, uint64_t w, struct err *e)
{
	for (unsigned i = 0; i < 64;) {
		uint64_t rest = (a->open ? ~w : w) >> i;

		if (rest == 0)
			break;
		i += (unsigned)__builtin_ctzll(rest);
		if (a->open) {
			int rc = run_add(a, pfn + i, e);

			if (rc < 0)
				return rc;
		} else {
			a->start = pfn + i;
		}
		a->open = !a->open;
	}
	return 0;
}

static void mix(uint64_t *hash, uint64_t w)
{
	*hash = (*hash ^ w) * 0x9e3779b97f4a7c15ull;
	*hash ^= *hash >> 29;
}

/* The piece of both bitmaps that begins at FIRST. */
static int piece(struct pass *a, uint64_t first, struct err *e)
{
	struct kdump_index *x = a->x;

	for (uint64_t i = 0; i < PIECE; i += 64) {
		uint64_t one = get_u64(a->one + i / 8), two = get_u64(a->two + i / 8), any = one | two;
		int rc;

		if (first + i >= a->p->h.max_mapnr)
			break;
		if ((first + i) % CHUNK == 0)
			x->rank[(first + i) / CHUNK] = x->kept;
		x->existed += (uint64_t)__builtin_popcountll(one);
		x->kept += (uint64_t)__builtin_popcountll(two);
		x->stray += (uint64_t)__builtin_popcountll(two & ~one);
		if (any)
			x->max_pfn = first + i + 64 - (uint64_t)__builtin_clzll(any);
		mix(&x->hash, one);
		mix(&x->hash, two);
		rc = runs(a, first + i, any, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Counts the bits of the bitmap at AT that are for no page: those to the end of its last block. */
static int beyond(struct pass *a, uint64_t at, struct err *e)
{
	uint64_t max = a->p->h.max_mapnr, from = max / 8, end = align_up((max + 7) / 8, a->p->h.block);

	while (from < end) {
		size_t n = end - from < sizeof(a->one) ? (size_t)(end - from) : sizeof(a->one);
		int rc = dfile_read(a->p->file, at + from, a->one, n, e);

		if (rc < 0)
			return err_add(e, rc, "bitmap");
		if (from == max / 8)
			a->one[0] &= (uint8_t)(0xff << (max & 7));
		a->x->beyond += kdump_count(a->one, n * 8);
		from += n;
	}
	return 0;
}

static int pass(struct pass *a, struct err *e)
{
	const struct kdump_part *p = a->p;
	int rc = 0;

	for (uint64_t first = 0; rc == 0 && first < p->h.max_mapnr; first += PIECE) {
		rc = kdump_bits(p, p->h.bitmap1, first, PIECE, a->one, e);
		if (rc == 0)
			rc = kdump_bits(p, p->h.bitmap2, first, PIECE, a->two, e);
		if (rc == 0)
			rc = piece(a, first, e);
	}
	if (rc == 0 && a->open)
		rc = run_add(a, p->h.max_mapnr, e);
	if (rc == 0)
		rc = beyond(a, p->h.bitmap1, e);
	if (rc == 0 && p->h.bitmap2 != p->h.bitmap1)
		rc = beyond(a, p->h.bitmap2, e);
	return rc;
}

int kdump_index_build(struct kdump_index *ret, const struct kdump_part *p, struct err *e)
{
	uint64_t chunks = (p->h.max_mapnr + CHUNK - 1) / CHUNK;
	struct kdump_index x = { .rank = calloc(chunks + 1, sizeof(*x.rank)) };
	struct pass *a = calloc(1, sizeof(*a));
	int rc = -ENOMEM;

	if (x.rank && a) {
		a->x = &x;
		a->p = p;
		rc = pass(a, e);
	} else {
		err_set(e, rc, "bitmap: no memory for the counts of %" PRIu64 " pages", p->h.max_mapnr);
	}
	free(a);
	if (rc < 0) {
		kdump_index_free(&x);
		return rc;
	}
	x.rank[chunks] = x.kept;
	*ret = x;
	return 0;
}

void kdump_index_free(struct kdump_index *x)
{
	free(x->rank);
	free(x->segment);
	x->rank = NULL;
	x->segment = NULL;
	x->nsegment = 0;
}
