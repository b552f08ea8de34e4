/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: how large a dump of the running system would be.
 * Pages are counted in /proc/kcore; how many hold only zeros is known from a sample of them.
 */
#include "base/clock.h"
#include "base/zero.h"
#include "codec/codec.h"
#include "dump/dump.h"
#include "filter/filter.h"
#include "host/estimate.h"
#include "iface/format.h"
#include "vmcore/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_MOST   65536u
#define SAMPLE      (1u << 16) /* pages to look at: a share of one half is known to half a per cent */
#define PIECES_MOST 256u       /* of KEEP_ALIGN pages: more are not looked at, spread over all memory */

/* Kinds of pages that a level treats alike. */
enum kind { KIND_KERNEL,
	    KIND_CACHE,
	    KIND_PRIVATE,
	    KIND_USER,
	    KIND_FREE,
	    KINDS };

/* Level bits that leave a page of the kind out, any of them. */
static const uint8_t dropped_by[KINDS] = {
	[KIND_CACHE] = LEVEL_CACHE | LEVEL_CACHE_PRIVATE,
	[KIND_PRIVATE] = LEVEL_CACHE_PRIVATE,
	[KIND_USER] = LEVEL_USER,
	[KIND_FREE] = LEVEL_FREE,
};

/* Each keeps one kind beside the kernel's pages; the last none. In the order in which they are asked. */
static const struct {
	uint8_t level;
	enum kind kind;
} only[KINDS] = {
	{ LEVEL_CACHE | LEVEL_CACHE_PRIVATE | LEVEL_USER | LEVEL_FREE, KIND_KERNEL },
	{ LEVEL_CACHE | LEVEL_USER | LEVEL_FREE, KIND_PRIVATE },
	{ LEVEL_USER | LEVEL_FREE, KIND_CACHE },
	{ LEVEL_CACHE | LEVEL_CACHE_PRIVATE | LEVEL_FREE, KIND_USER },
	{ LEVEL_CACHE | LEVEL_CACHE_PRIVATE | LEVEL_USER, KIND_FREE },
};

struct sample {
	struct source *src;
	struct filter *filter;
	uint8_t *bits[KINDS]; /* of one piece, in the order of `only` */
	uint8_t *page;
	uint64_t seed;
	uint64_t seen[KINDS], zero[KINDS];
};

/* Marsaglia's xorshift64: a regular step would meet regular things in memory. */
static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void look_at(struct sample *s, uint64_t first, uint64_t at)
{
	uint32_t size = (uint32_t)s->src->info.page_size;

	for (unsigned i = 0; i < KINDS; i++) {
		if (!(s->bits[i][at / 8] >> (at & 7) & 1))
			continue;
		if (s->src->ops->read_pa(s->src, (first + at) * size, s->page, size, NULL))
			return;
		s->seen[only[i].kind]++;
		s->zero[only[i].kind] += page_is_zero(s->page, size);
		return;
	}
}

/* Looks at N pages of the piece from FIRST on. */
static int look_into(struct sample *s, uint64_t first, uint64_t n, struct err *e)
{
	uint64_t left = s->src->info.max_pfn - first, pages = left < KEEP_ALIGN ? left : KEEP_ALIGN;
	struct filter_out out = { .nlevel = KINDS };
	int rc;

	for (unsigned i = 0; i < KINDS; i++) {
		out.level[i] = only[i].level;
		out.bits[i] = s->bits[i];
		memset(s->bits[i], 0, KEEP_ALIGN / 8);
	}
	rc = filter_scan(s->filter, first, pages, &out, e);
	for (uint64_t i = 0; rc == 0 && i < n; i++)
		look_at(s, first, next_random(&s->seed) % pages);
	return rc;
}

static int take_sample(struct sample *s, struct err *e)
{
	uint64_t pieces = (s->src->info.max_pfn + KEEP_ALIGN - 1) / KEEP_ALIGN;
	uint64_t step = (pieces + PIECES_MOST - 1) / PIECES_MOST;
	uint64_t each = step ? SAMPLE / ((pieces + step - 1) / step) : 0;
	int rc = filter_open(&s->filter, s->src, e);

	s->page = malloc(PAGE_MOST);
	for (unsigned i = 0; i < KINDS; i++)
		s->bits[i] = malloc(KEEP_ALIGN / 8);
	for (unsigned i = 0; rc == 0 && i < KINDS; i++)
		if (!s->page || !s->bits[i])
			rc = err_set(e, -ENOMEM, "no memory for a sample of pages");
	for (uint64_t i = 0; rc == 0 && i < pieces; i += step)
		rc = look_into(s, i * KEEP_ALIGN, each, e);
	for (unsigned i = 0; i < KINDS; i++)
		free(s->bits[i]);
	free(s->page);
	filter_free(s->filter);
	return rc;
}

static uint64_t pages_of(const uint64_t p[PAGE_CLASSES], enum kind kind)
{
	switch (kind) {
	case KIND_CACHE: return p[PAGE_CACHE];
	case KIND_PRIVATE: return p[PAGE_CACHE_PRIVATE];
	case KIND_USER: return p[PAGE_USER] + p[PAGE_HUGETLB];
	case KIND_FREE: return p[PAGE_FREE] + p[PAGE_UNACCEPTED];
	default: return p[PAGE_KERNEL] + p[PAGE_SLAB] + p[PAGE_TABLE] + p[PAGE_MEMMAP] + p[PAGE_UNKNOWN];
	}
}

static uint64_t kept(const struct dump_stat *st, const struct sample *s, unsigned level)
{
	uint64_t n = 0;

	for (unsigned k = 0; k < KINDS; k++) {
		uint64_t pages = pages_of(st->filter.pages, (enum kind)k);

		if (level & dropped_by[k])
			continue;
		if (level & LEVEL_ZERO && s->seen[k])
			pages -= (uint64_t)((double)pages * (double)s->zero[k] / (double)s->seen[k]);
		n += pages;
	}
	return n;
}

int estimate_dump(const struct host *h, uint64_t ret[ESTIMATE_LEVELS], struct err *e)
{
	struct dump_opts how = { .nlevel = 1, .level = { LEVEL_MAX }, .deadline = DEADLINE_NEVER };
	struct sample s = { .seed = 88172645463325252u };
	struct dump_stat st = { 0 };
	char path[HOST_PATH];
	const char *const paths[] = { path };
	int rc = host_path(h, path, "/proc/kcore", e);

	if (rc == 0)
		rc = source_open(&s.src, paths, 1, &codec_unpack, e);
	if (rc)
		return rc;
	if (s.src->info.page_size == 0 || s.src->info.page_size > PAGE_MOST)
		rc = err_set(e, -EINVAL, "pages of %llu bytes", (unsigned long long)s.src->info.page_size);
	if (rc == 0)
		rc = dump_count(s.src, &how, &st, e);
	if (rc == 0)
		rc = take_sample(&s, e);
	for (unsigned i = 0; rc == 0 && i < ESTIMATE_LEVELS; i++)
		ret[i] = kept(&st, &s, i) * s.src->info.page_size;
	s.src->ops->free(s.src);
	return rc;
}
