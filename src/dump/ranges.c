/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: memory divided among several files.
 * Counts window by window, then looks again only into the windows that a bound falls into.
 */
#include "dump/ranges.h"

#include "base/bytes.h"
#include "filter/filter.h"
#include "iface/format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct ranges {
	struct source *src;
	struct filter *filter;
	unsigned level;
	uint64_t max_pfn, align;
	uint32_t *count; /* kept pages of each window of KEEP_ALIGN pfns */
	uint64_t windows, total;
	uint8_t *bits; /* of the window that was scanned last */
};

static int scan(struct ranges *r, uint64_t window, struct err *e)
{
	uint64_t first = window * KEEP_ALIGN, n = r->max_pfn - first;
	const struct filter_out out = { .nlevel = 1, .level = { (uint8_t)r->level }, .bits = { r->bits } };

	memset(r->bits, 0, KEEP_ALIGN / 8);
	return filter_scan(r->filter, first, n < KEEP_ALIGN ? n : KEEP_ALIGN, &out, e);
}

/* Kept pages among the 64 from pfn AT of the window on. */
static unsigned word_count(const struct ranges *r, uint64_t at)
{
	return (unsigned)__builtin_popcountll(get_u64(r->bits + at / 8));
}

static int count_all(struct ranges *r, struct err *e)
{
	for (uint64_t w = 0; w < r->windows; w++) {
		int rc = scan(r, w, e);

		if (rc)
			return rc;
		for (uint64_t at = 0; at < KEEP_ALIGN; at += 64)
			r->count[w] += word_count(r, at);
		r->total += r->count[w];
	}
	return 0;
}

/* The pfn below which about WANT pages are kept. */
static int find_bound(struct ranges *r, uint64_t want, uint64_t *ret, struct err *e)
{
	uint64_t below = 0, w = 0, at = 0;
	int rc;

	while (w + 1 < r->windows && below + r->count[w] <= want)
		below += r->count[w++];
	rc = scan(r, w, e);
	if (rc)
		return rc;
	for (; at < KEEP_ALIGN && below < want; at += 64)
		below += word_count(r, at);
	*ret = (w * KEEP_ALIGN + at + r->align / 2) / r->align * r->align;
	return 0;
}

static int bounds(struct ranges *r, unsigned n, uint64_t *bound, struct err *e)
{
	bound[0] = 0;
	bound[n] = r->max_pfn;
	for (unsigned i = 1; i < n; i++) {
		int rc = find_bound(r, (uint64_t)((double)r->total * i / n), &bound[i], e);

		if (rc)
			return rc;
		if (bound[i] <= bound[i - 1])
			bound[i] = bound[i - 1] + r->align;
	}
	/* What is too much at the end goes back, as far as there is room. */
	for (unsigned i = n - 1; i > 0; i--) {
		uint64_t last = (bound[i + 1] - 1) / r->align * r->align;

		if (bound[i] > last)
			bound[i] = last;
		if (bound[i] < r->align * i)
			return err_set(e, -ERANGE, "split: the memory is too small for %u files", n);
	}
	return 0;
}

int ranges_make(struct source *src, unsigned level, unsigned n, uint64_t align, uint64_t *bound, struct err *e)
{
	struct ranges r = { .src = src, .level = level, .max_pfn = src->info.max_pfn, .align = align };
	int rc = -ENOMEM;

	if (r.max_pfn / align < n)
		return err_set(e, -ERANGE, "split: the memory is too small for %u files", n);
	r.windows = (r.max_pfn + KEEP_ALIGN - 1) / KEEP_ALIGN;
	r.count = calloc(r.windows, sizeof(*r.count));
	r.bits = malloc(KEEP_ALIGN / 8);
	if (r.count && r.bits)
		rc = filter_open(&r.filter, src, e);
	else
		err_set(e, rc, "split: no memory");
	if (rc == 0)
		rc = count_all(&r, e);
	if (rc == 0)
		rc = bounds(&r, n, bound, e);
	filter_free(r.filter);
	free(r.count);
	free(r.bits);
	return rc;
}
