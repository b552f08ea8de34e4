/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: which pages the dump can do without.
 * Only what is certain is dropped; the rest of the work is to be certain.
 */
#include "filter/filter.h"

#include "base/bytes.h"
#include "filter/check.h"
#include "filter/kmem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IMAGE_MAX   (1ull << 30) /* arch/x86/include/asm/page_64_types.h: KERNEL_IMAGE_SIZE, Linux 6.1 */
#define IMAGE_ALIGN (2ull << 20)

static void image_widen(struct filter *f, uint64_t stext, const char *key, uint64_t *from, uint64_t *to)
{
	uint64_t va;

	if (!kmem_key(f->src, key, &va) || va - stext + IMAGE_MAX > 2 * IMAGE_MAX)
		return;
	*from = va < *from ? va : *from;
	*to = va > *to ? va : *to;
}

/* Where the kernel image lies: from _stext to the last symbol of vmcoreinfo that lies near. */
static void image_find(struct filter *f)
{
	static const char *const keys[] = { "SYMBOL(init_uts_ns)", "SYMBOL(swapper_pg_dir)", "SYMBOL(init_top_pgt)",
					    "SYMBOL(node_data)", "SYMBOL(prb)", "SYMBOL(log_buf)",
					    "SYMBOL(clear_seq)", "SYMBOL(_end)" };
	uint64_t stext, from, to, pa, len, page = f->src->info.page_size;

	if (!kmem_key(f->src, "SYMBOL(_stext)", &stext))
		return;
	from = to = stext;
	for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		image_widen(f, stext, keys[i], &from, &to);
	from = align_down(from, IMAGE_ALIGN);
	to = align_down(to, IMAGE_ALIGN) + IMAGE_ALIGN;
	if (kmem_find(f->src, stext, &pa, &len) < 0 || pa < stext - from)
		return;
	pa -= stext - from;
	f->image = (struct pfn_range){ pa / page, (pa + (to - from)) / page };
}

static int fill(struct filter *f, struct err *e)
{
	const struct dump_info *info = &f->src->info;
	int rc;

	layout_parse(&f->layout, info->vmcoreinfo, info->vmcoreinfo_len, info->machine, &f->notes);
	if (f->layout.can == 0)
		return 0;
	if (info->page_size < 4096) {
		note_add(&f->notes, "all pages are kept: the size of a page is not known");
		return 0;
	}
	rc = model_open(&f->model, f->src, &f->layout, &f->notes, e);
	if (rc == 0)
		rc = memmap_open(&f->memmap, f->src, &f->model, f->layout.at.size, e);
	if (rc < 0 || f->model.n == 0)
		return rc;
	image_find(f);
	f->can = f->layout.can;
	return check_known(f, e);
}

int filter_open(struct filter **ret, struct source *src, struct err *e)
{
	struct filter *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return err_set(e, -ENOMEM, "filter: no memory");
	f->src = src;
	rc = fill(f, e);
	if (rc < 0) {
		filter_free(f);
		return rc;
	}
	*ret = f;
	return 0;
}

unsigned filter_can(const struct filter *f)
{
	return f->can | LEVEL_ZERO;
}

unsigned filter_notes(const struct filter *f, const char *ret[FILTER_NOTES])
{
	for (unsigned i = 0; i < f->notes.n; i++)
		ret[i] = f->notes.text[i];
	return f->notes.n;
}

/* Where the answers for one block go. */
struct fold {
	const struct filter *f;
	const struct filter_out *out;
	uint8_t keep[PAGE_CLASSES]; /* bit i: level i of OUT keeps the class */
	uint8_t rank[PAGE_CLASSES]; /* of a class that some level keeps */
	struct filter_stat stat;
};

static bool level_drops(unsigned level, enum page_class class)
{
	switch (class) {
	case PAGE_CACHE: return level & (LEVEL_CACHE | LEVEL_CACHE_PRIVATE);
	case PAGE_CACHE_PRIVATE: return level & LEVEL_CACHE_PRIVATE;
	case PAGE_USER:
	case PAGE_HUGETLB: return level & LEVEL_USER;
	case PAGE_FREE:
	case PAGE_UNACCEPTED: return level & LEVEL_FREE;
	case PAGE_OFFLINE: return level & LEVEL_STRUCT_PAGE;
	case PAGE_HWPOISON: return true;
	default: return false;
	}
}

static const uint8_t rank_of[PAGE_CLASSES] = {
	[PAGE_KERNEL] = RANK_KERNEL,
	[PAGE_SLAB] = RANK_FIRST,
	[PAGE_TABLE] = RANK_FIRST,
	[PAGE_MEMMAP] = RANK_MEMMAP,
	[PAGE_CACHE] = RANK_BULK,
	[PAGE_CACHE_PRIVATE] = RANK_BULK,
	[PAGE_USER] = RANK_BULK,
	[PAGE_HUGETLB] = RANK_BULK,
	[PAGE_FREE] = RANK_BULK,
	[PAGE_UNACCEPTED] = RANK_BULK,
	[PAGE_OFFLINE] = RANK_BULK,
	[PAGE_HWPOISON] = RANK_BULK,
	[PAGE_UNKNOWN] = RANK_KERNEL,
};

static void fold_init(struct fold *w, const struct filter *f, const struct filter_out *out)
{
	memset(w, 0, sizeof(*w));
	w->f = f;
	w->out = out;
	for (unsigned c = 0; c < PAGE_CLASSES; c++) {
		for (unsigned i = 0; i < out->nlevel; i++)
			if (!level_drops(out->level[i] & f->can, c))
				w->keep[c] |= (uint8_t)(1u << i);
		w->rank[c] = w->keep[c] ? rank_of[c] : RANK_BULK;
	}
}

/* Eight pages at byte AT of the range, those of HELD, classes in CLASS. Without branches: any mix is as fast. */
static void fold_mixed(struct fold *w, const uint8_t *class, uint8_t held, uint64_t at, uint8_t *rank)
{
	uint8_t least = *rank;

	for (unsigned k = 0; k < 8; k++) {
		unsigned has = held >> k & 1;
		uint8_t r = has ? w->rank[class[k]] : RANK_BULK;

		w->stat.pages[class[k]] += has;
		least = r < least ? r : least;
	}
	*rank = least;
	for (unsigned i = 0; i < w->out->nlevel; i++) {
		unsigned bits = 0;

		for (unsigned k = 0; k < 8; k++)
			bits |= (w->keep[class[k]] >> i & 1u) << k;
		w->out->bits[i][at] = (uint8_t)(bits & held);
	}
}

/* As fold_mixed(), all eight of class C. */
static void fold_same(struct fold *w, uint8_t c, uint8_t held, uint64_t at, uint8_t *rank)
{
	w->stat.pages[c] += (unsigned)__builtin_popcount(held);
	if (held && w->rank[c] < *rank)
		*rank = w->rank[c];
	for (unsigned i = 0; i < w->out->nlevel; i++)
		w->out->bits[i][at] = w->keep[c] >> i & 1 ? held : 0;
}

/* Pages of struct pages stand out among those of the kernel. */
static void mark_memmap(const struct filter *f, uint64_t pfn, unsigned n, uint8_t *class)
{
	const struct pfn_range *r = memmap_find(&f->memmap, pfn);

	for (; r && r < f->memmap.at + f->memmap.n && r->from < pfn + n; r++) {
		uint64_t from = r->from > pfn ? r->from - pfn : 0, to = r->to - pfn < n ? r->to - pfn : n;

		for (; from < to; from++)
			if (class[from] == PAGE_KERNEL)
				class[from] = PAGE_MEMMAP;
	}
}

/* Folds the N pages from PFN on, byte AT of the range on. Gives the rank of the block. */
static uint8_t fold_block(struct fold *w, uint64_t pfn, unsigned n, uint64_t at, const uint8_t *class,
			  const uint8_t *held)
{
	uint8_t rank = RANK_BULK;
	bool image = pfn < w->f->image.to && pfn + n > w->f->image.from, any = false;

	for (unsigned i = 0; i < n; i += 8, at++) {
		uint64_t eight = get_u64(class + i);

		if (eight == (eight & 0xff) * 0x0101010101010101)
			fold_same(w, class[i], held[i / 8], at, &rank);
		else
			fold_mixed(w, class + i, held[i / 8], at, &rank);
		any |= held[i / 8] != 0;
	}
	return image && any ? RANK_FIRST : rank;
}

static unsigned held_count(const uint8_t *held)
{
	unsigned n = 0;

	for (unsigned i = 0; i < FILTER_BLOCK / 8; i += 8)
		n += (unsigned)__builtin_popcountll(get_u64(held + i));
	return n;
}

static void stat_add(struct filter_stat *to, const struct filter_stat *s)
{
	for (unsigned i = 0; i < PAGE_CLASSES; i++)
		to->pages[i] += s->pages[i];
	to->holes += s->holes;
	to->unreadable += s->unreadable;
	to->distrusted += s->distrusted;
}

/* One block of FILTER_BLOCK pages or, at the end, fewer. */
static void block(struct fold *w, struct scan *s, uint64_t pfn, unsigned n, uint64_t at)
{
	uint8_t held[FILTER_BLOCK / 8] = { 0 }, class[FILTER_BLOCK], rank = RANK_BULK;
	unsigned have;

	w->f->src->ops->held(w->f->src, pfn, n, held);
	have = held_count(held);
	w->stat.holes += n - have;
	if (have) {
		if (w->f->model.n)
			scan_block(s, pfn, n, class);
		else
			memset(class, PAGE_UNKNOWN, n);
		/* Bits above the end are not held, whatever their class. */
		memset(class + n, PAGE_UNKNOWN, FILTER_BLOCK - n);
		mark_memmap(w->f, pfn, n, class);
		rank = fold_block(w, pfn, n, at / 8, class, held);
	} else {
		for (unsigned i = 0; i < w->out->nlevel; i++)
			memset(w->out->bits[i] + at / 8, 0, (n + 7) / 8);
	}
	if (w->out->rank)
		w->out->rank[at / FILTER_BLOCK] = rank;
}

int filter_scan(const struct filter *f, uint64_t first, uint64_t n, const struct filter_out *out, struct err *e)
{
	struct fold w;
	struct scan s;

	if (first % FILTER_BLOCK || out->nlevel > FILTER_LEVELS || n > UINT64_MAX - first)
		return err_set(e, -EINVAL, "filter: a range of pages begins inside a block");
	fold_init(&w, f, out);
	scan_init(&s, f, first, first + n, 0);
	for (unsigned c = 0; c < PAGE_CLASSES; c++)
		s.look |= (unsigned)(w.keep[c] != 0) << c;
	for (uint64_t at = 0; at < n; at += FILTER_BLOCK)
		block(&w, &s, first + at, n - at < FILTER_BLOCK ? (unsigned)(n - at) : FILTER_BLOCK, at);
	scan_close(&s);
	w.stat.unreadable = s.unreadable;
	w.stat.distrusted = s.distrusted;
	if (out->stat)
		stat_add(out->stat, &w.stat);
	return 0;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	model_free(&f->model);
	memmap_free(&f->memmap);
	free(f);
}
