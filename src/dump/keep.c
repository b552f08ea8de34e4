/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: which pages go into the dump, one bit each.
 * Threads take pieces of KEEP_ALIGN pages; pieces share no byte of a bitmap and no block of pages.
 */
#include "dump/keep.h"

#include "base/bits.h"
#include "format/elf_out.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define NOT_LOADED  UINT64_MAX
#define THREADS_MAX 256
#define LOST_STEP   4096u
#define RESCANS_MAX 6 /* each switches off at least one of the five bits of a level */

/* One window, shared by the threads that scan it. */
struct scan {
	struct keeper *k;
	uint64_t first, end; /* pfns */
	bool count;          /* add to k->stat */
	atomic_uint_fast64_t next;
	atomic_int rc; /* the first failure ends all */
	pthread_mutex_t lock;
	struct err *e; /* of the first failure */
};

static uint64_t bitmap_bytes(uint64_t npfn)
{
	return (npfn + 63) / 64 * 8;
}

static bool whole(const struct keeper *k)
{
	return k->keep.window >= k->keep.pfns;
}

/*
 * Pages that the source has lost belong into the dump at every level, where it says that they are lost: whether the
 * filter would have left them out cannot be proven.
 */
static void piece_lost(struct keeper *k, uint64_t first, uint64_t n, const struct filter_out *out)
{
	uint8_t lost[LOST_STEP / 8];

	for (uint64_t at = 0; at < n; at += LOST_STEP) {
		uint64_t step = n - at < LOST_STEP ? n - at : LOST_STEP;

		k->src->ops->lost(k->src, first + at, step, lost);
		for (unsigned i = 0; i < out->nlevel; i++)
			for (uint64_t b = 0; b < (step + 7) / 8; b++)
				out->bits[i][at / 8 + b] |= lost[b];
	}
}

/* Without a filter every page that is there is kept. */
static int piece_all(struct keeper *k, uint64_t first, uint64_t n, const struct filter_out *out)
{
	for (unsigned i = 0; i < out->nlevel; i++)
		k->src->ops->held(k->src, first, n, out->bits[i]);
	if (out->rank)
		memset(out->rank, RANK_BULK, (n + FILTER_BLOCK - 1) / FILTER_BLOCK);
	return 0;
}

static int piece_scan(struct scan *s, uint64_t first, uint64_t n, struct filter_stat *stat, struct err *e)
{
	struct keeper *k = s->k;
	uint64_t at = first - s->first;
	struct filter_out out = { .stat = s->count ? stat : NULL };
	int rc;

	/* With several bitmaps all levels are decided at once, else only the chosen one. */
	out.nlevel = k->bits[1] ? k->how.nlevel : 1;
	for (unsigned i = 0; i < out.nlevel; i++) {
		out.level[i] = k->how.level[k->bits[1] ? i : k->chosen];
		out.bits[i] = k->bits[i] + at / 8;
	}
	if (k->may) {
		out.level[out.nlevel] = 0;
		out.bits[out.nlevel++] = k->may + at / 8;
	}
	out.rank = k->rank ? k->rank + first / FILTER_BLOCK : NULL;
	rc = k->filter ? filter_scan(k->filter, first, n, &out, e) : piece_all(k, first, n, &out);
	if (rc == 0 && k->how.lost && k->src->info.lost && k->src->ops->lost)
		piece_lost(k, first, n, &out);
	return rc;
}

static void stat_add(struct filter_stat *to, const struct filter_stat *from)
{
	for (unsigned i = 0; i < PAGE_CLASSES; i++)
		to->pages[i] += from->pages[i];
	to->holes += from->holes;
	to->unreadable += from->unreadable;
	to->distrusted += from->distrusted;
}

/* Under the lock: counts a finished piece, and tells. */
static int piece_done(struct scan *s, uint64_t n)
{
	struct keeper *k = s->k;

	k->scanned += n;
	return k->how.tick && s->count ? k->how.tick(k->how.tick_arg, k->scanned, k->keep.pfns) : 0;
}

static void *scan_thread(void *arg)
{
	struct scan *s = arg;
	struct filter_stat stat = { 0 };
	struct err e = { 0 };

	while (!atomic_load(&s->rc)) {
		uint64_t first = atomic_fetch_add(&s->next, KEEP_ALIGN);
		uint64_t n = s->end - first < KEEP_ALIGN ? s->end - first : KEEP_ALIGN;
		int rc;

		if (first >= s->end)
			break;
		rc = piece_scan(s, first, n, &stat, &e);
		pthread_mutex_lock(&s->lock);
		if (rc == 0)
			rc = piece_done(s, n);
		if (rc && !atomic_load(&s->rc)) {
			atomic_store(&s->rc, rc);
			if (s->e)
				*s->e = e;
		}
		pthread_mutex_unlock(&s->lock);
	}
	pthread_mutex_lock(&s->lock);
	stat_add(&s->k->stat, &stat);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* Fills the bitmaps for the window from FIRST on. */
static int window_scan(struct keeper *k, uint64_t first, bool count, struct err *e)
{
	uint64_t left = k->keep.pfns - first, n = left < k->keep.window ? left : k->keep.window;
	struct scan s = { .k = k, .first = first, .end = first + n, .count = count, .e = e };
	unsigned extra = k->how.threads > 1 ? k->how.threads - 1 : 0, made = 0;
	pthread_t id[THREADS_MAX];

	if (extra > THREADS_MAX)
		extra = THREADS_MAX;
	if (extra > (n - 1) / KEEP_ALIGN)
		extra = (unsigned)((n - 1) / KEEP_ALIGN);
	k->loaded = NOT_LOADED;
	for (unsigned i = 0; i < FILTER_LEVELS && k->bits[i]; i++)
		memset(k->bits[i], 0, bitmap_bytes(k->keep.window));
	if (k->may)
		memset(k->may, 0, bitmap_bytes(k->keep.window));
	atomic_init(&s.next, first);
	atomic_init(&s.rc, 0);
	pthread_mutex_init(&s.lock, NULL);
	while (made < extra && pthread_create(&id[made], NULL, scan_thread, &s) == 0)
		made++;
	(void)scan_thread(&s);
	while (made)
		pthread_join(id[--made], NULL);
	pthread_mutex_destroy(&s.lock);
	for (unsigned i = 0; i < FILTER_LEVELS && k->bits[i] && k->may; i++)
		elf_keep_fill(k->src, first, n, k->bits[i], k->may);
	if (atomic_load(&s.rc) == 0)
		k->loaded = first;
	return atomic_load(&s.rc);
}

static int keeper_load(struct keep *keep, uint64_t first, const uint8_t **bits, struct err *e)
{
	struct keeper *k = (struct keeper *)keep;
	int rc = 0;

	if (k->loaded != first)
		rc = window_scan(k, first, false, e);
	*bits = k->bits[k->bits[1] ? k->chosen : 0];
	return rc;
}

int keeper_init(struct keeper *k, struct source *src, struct filter *filter, const struct keep_opts *how,
		struct err *e)
{
	uint64_t pfns = src->info.max_pfn;
	unsigned maps;

	memset(k, 0, sizeof(*k));
	k->keep.pfns = pfns;
	k->keep.window = how->window < pfns ? how->window : pfns;
	k->keep.load = keeper_load;
	k->src = src;
	k->filter = filter;
	k->how = *how;
	k->loaded = NOT_LOADED;
	if (pfns == 0)
		return err_set(e, -ENODATA, "the vmcore holds no memory");
	maps = whole(k) ? how->maps : 1;
	for (unsigned i = 0; i < maps; i++) {
		k->bits[i] = malloc(bitmap_bytes(k->keep.window));
		if (!k->bits[i])
			return err_set(e, -ENOMEM, "no memory for a bitmap of %llu KiB",
				       (unsigned long long)bitmap_bytes(k->keep.window) >> 10);
	}
	if (how->fill && !(k->may = malloc(bitmap_bytes(k->keep.window))))
		return err_set(e, -ENOMEM, "no memory for the bitmap of an ELF file");
	if (how->rank && whole(k))
		k->rank = malloc(pfns / FILTER_BLOCK + 1);
	return 0;
}

static int scan_once(struct keeper *k, struct err *e)
{
	memset(&k->stat, 0, sizeof(k->stat));
	memset(k->kept, 0, sizeof(k->kept));
	k->scanned = 0;
	for (uint64_t first = 0; first < k->keep.pfns; first += k->keep.window) {
		int rc = window_scan(k, first, true, e);

		if (rc)
			return rc;
		for (unsigned i = 0; i < FILTER_LEVELS && k->bits[i]; i++)
			k->kept[k->bits[1] ? i : k->chosen] += bits_count(k->bits[i], 0, k->keep.window);
	}
	return 0;
}

int keeper_scan(struct keeper *k, struct err *e)
{
	int rc = scan_once(k, e);

	for (unsigned i = 0; rc == 0 && k->filter && i < RESCANS_MAX && filter_doubt(k->filter, &k->stat); i++)
		rc = scan_once(k, e);
	k->counted = rc == 0;
	return rc;
}

bool keeper_next_level(struct keeper *k)
{
	if (k->chosen + 1 >= k->how.nlevel)
		return false;
	k->chosen++;
	if (!k->bits[1]) {
		k->loaded = NOT_LOADED;
		k->counted = false;
	}
	return true;
}

void keeper_free(struct keeper *k)
{
	for (unsigned i = 0; i < FILTER_LEVELS; i++)
		free(k->bits[i]);
	free(k->may);
	free(k->rank);
	memset(k, 0, sizeof(*k));
}
