/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: which pages the dump can do without.
 * Only what is certain is dropped; the rest of the work is to be certain.
 */
#include "filter/filter.h"

#include "base/bits.h"
#include "base/bytes.h"
#include "filter/check.h"
#include "filter/kmem.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SAMPLE 64u /* pages of text that tell which flag is PG_reserved */

/*
 * PG_reserved is the flag before PG_private (include/linux/page-flags.h, Linux 4.18 to 7.1), and all of the image has
 * it but what was given back. Believed when the kernel's text has it.
 */
static void reserved_find(struct filter *f)
{
	const struct pin *text = &f->pins.set[PIN_TEXT];
	uint64_t mask = f->layout.private >> 1, flags, pfn;
	unsigned seen = 0, n;
	struct scan s;

	if (!text->n)
		return;
	pfn = text->at[0].from;
	scan_init(&s, f, pfn, text->at[0].to, 0);
	for (n = 0; n < TEXT_SAMPLE && pfn + n < text->at[0].to; n++)
		seen += scan_flags(&s, pfn + n, &flags) && flags & mask;
	scan_close(&s);
	if (seen * 4 > n * 3)
		f->layout.reserved = mask;
}

/* Without the size of a page no pfn is certain. Two machines have only one. */
static bool page_size_ok(struct filter *f)
{
	const struct dump_info *info = &f->src->info;
	bool one = info->machine == EM_X86_64 || info->machine == EM_S390;
	uint64_t told;

	if (kmem_key(f->src, "PAGESIZE", &told) && told == info->page_size)
		return true;
	note_add(&f->notes, "%svmcoreinfo tells no usable PAGESIZE, %" PRIu64 " bytes are taken",
		 one ? "" : "all pages are kept: ", info->page_size);
	return one && info->page_size >= 4096;
}

static int fill(struct filter *f, struct err *e)
{
	const struct dump_info *info = &f->src->info;
	int rc;

	layout_parse(&f->layout, info->vmcoreinfo, info->vmcoreinfo_len, info->machine, &f->notes);
	if (f->layout.can == 0)
		return pins_open(&f->pins, f->src, &f->model, e);
	if (!page_size_ok(f))
		return pins_open(&f->pins, f->src, &f->model, e);
	rc = model_open(&f->model, f->src, &f->layout, &f->notes, e);
	if (rc == 0)
		rc = memmap_open(&f->memmap, f->src, &f->model, f->layout.at.size, e);
	if (rc == 0)
		rc = pins_open(&f->pins, f->src, &f->model, e);
	if (rc < 0 || f->model.n == 0)
		return rc;
	reserved_find(f);
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

const struct pin *filter_pins(const struct filter *f)
{
	return f->pins.set;
}

/* Where the answers for one block go. */
struct fold {
	const struct filter *f;
	const struct filter_out *out;
	unsigned pin[PIN_SETS + 1]; /* the range of each set that the next block may touch; last: struct pages */
	uint8_t keep[OWN_CLASSES];  /* bit i: level i of OUT keeps the class */
	uint8_t rank[OWN_CLASSES];  /* of a class that some level keeps */
	uint64_t pages[OWN_CLASSES];
	struct filter_stat stat;
};

/*
 * Offline memory may be gone. makedumpfile judges it at every level of a kernel that exports PG_hwpoison, else at those
 * that look at struct pages at all.
 */
static bool level_drops(const struct filter *f, unsigned level, unsigned class)
{
	switch (class) {
	case PAGE_CACHE: return level & (LEVEL_CACHE | LEVEL_CACHE_PRIVATE);
	case PAGE_CACHE_PRIVATE: return level & LEVEL_CACHE_PRIVATE;
	case PAGE_USER:
	case PAGE_HUGETLB: return level & LEVEL_USER;
	case PAGE_FREE:
	case PAGE_UNACCEPTED: return level & LEVEL_FREE;
	case PAGE_OFFLINE: return f->can && (f->layout.hwpoison || level & LEVEL_STRUCT_PAGE);
	case PAGE_HWPOISON: return true;
	default: return false;
	}
}

static const uint8_t rank_of[OWN_CLASSES] = {
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
	[PAGE_BOOT] = RANK_BOOT,
};

static void fold_init(struct fold *w, const struct filter *f, const struct filter_out *out)
{
	memset(w, 0, sizeof(*w));
	w->f = f;
	w->out = out;
	for (unsigned c = 0; c < OWN_CLASSES; c++) {
		for (unsigned i = 0; i < out->nlevel; i++)
			if (!level_drops(f, out->level[i] & f->can, c))
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

		w->pages[class[k]] += has;
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
	w->pages[c] += (unsigned)__builtin_popcount(held);
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
			if (class[from] == PAGE_KERNEL || class[from] == PAGE_BOOT)
				class[from] = PAGE_MEMMAP;
	}
}

/* The image has an order of its own. */
static void mark_image(const struct pfn_range *image, uint64_t pfn, unsigned n, uint8_t *class)
{
	uint64_t from = image->from > pfn ? image->from - pfn : 0, to = image->to > pfn ? image->to - pfn : 0;

	for (; from < to && from < n; from++)
		if (class[from] == PAGE_BOOT)
			class[from] = PAGE_KERNEL;
}

/* Folds N pages, byte AT of the range on. Gives the rank of the block. */
static uint8_t fold_block(struct fold *w, unsigned n, uint64_t at, const uint8_t *class, const uint8_t *held)
{
	uint8_t rank = RANK_BULK;

	for (unsigned i = 0; i < n; i += 8, at++) {
		uint64_t eight = get_u64(class + i);

		if (eight == (eight & 0xff) * 0x0101010101010101)
			fold_same(w, class[i], held[i / 8], at, &rank);
		else
			fold_mixed(w, class + i, held[i / 8], at, &rank);
	}
	return rank;
}

/* Sets bits of the pages from PFN on in MASK where S, from range *AT on, has them. */
static bool mark(const struct pin *s, unsigned *at, uint64_t pfn, uint8_t mask[FILTER_BLOCK / 8])
{
	unsigned i = *at;

	for (; i < s->n && s->at[i].from < pfn + FILTER_BLOCK; i++) {
		uint64_t from = s->at[i].from > pfn ? s->at[i].from - pfn : 0, to = s->at[i].to - pfn;

		if (s->at[i].to <= pfn) {
			*at = i + 1;
			continue;
		}
		for (to = to < FILTER_BLOCK ? to : FILTER_BLOCK; from < to; from++)
			bit_set(mask, from);
	}
	return i > *at;
}

/* True when all levels keep page I of the block at byte AT. */
static bool kept_by_all(const struct fold *w, uint64_t at, unsigned i)
{
	for (unsigned k = 0; k < w->out->nlevel; k++)
		if (!bit_get(w->out->bits[k] + at, i))
			return false;
	return true;
}

/*
 * True when page PFN with FLAGS failed. Node and zone, in the upper half, are those of its neighbour unless the word
 * is damaged; then it says nothing.
 */
static bool poisoned(struct scan *s, uint64_t pfn, uint64_t flags)
{
	uint64_t other;

	return flags & s->f->layout.hwpoison && (!scan_flags(s, pfn ^ 1, &other) || (flags ^ other) >> 32 == 0);
}

/*
 * Keeps the pages of the block at PFN that must be kept and that a level would drop, for the damage of one struct
 * page reaches as far as the block that it claims. Poisoned pages are not read, whatever they hold.
 */
static void keep_pinned(struct fold *w, struct scan *s, uint64_t pfn, uint64_t at, const uint8_t *held, uint8_t *rank)
{
	const struct filter *f = w->f;
	const struct pin image = { (struct pfn_range *)&f->pins.image, f->pins.image.to != 0 };
	const struct pin memmap = { f->memmap.at, f->memmap.n };
	uint8_t hard[FILTER_BLOCK / 8] = { 0 }, soft[FILTER_BLOCK / 8] = { 0 };
	unsigned none = 0;
	bool any = mark(&image, &none, pfn, soft);

	for (unsigned i = 0; i < PIN_SETS; i++) {
		bool has = mark(&f->pins.set[i], &w->pin[i], pfn, i == PIN_DATA || i == PIN_REST ? soft : hard);

		if (has && i >= PIN_ROUNDS && *rank > RANK_IMAGE)
			*rank = RANK_IMAGE;
		any |= has;
	}
	any |= mark(&memmap, &w->pin[PIN_SETS], pfn, hard);
	for (unsigned i = 0; any && i < FILTER_BLOCK; i++) {
		bool pinned = bit_get(hard, i);
		uint64_t flags = 0;

		if (!bit_get(held, i) || !(pinned || bit_get(soft, i)) || kept_by_all(w, at, i))
			continue;
		if (scan_flags(s, pfn + i, &flags) && poisoned(s, pfn + i, flags))
			continue;
		if (!pinned && !(flags & f->layout.reserved))
			continue;
		for (unsigned k = 0; k < w->out->nlevel; k++)
			bit_set(w->out->bits[k] + at, i);
		*rank = *rank < RANK_KERNEL ? *rank : RANK_KERNEL;
	}
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
		mark_image(&w->f->pins.image, pfn, n, class);
		rank = fold_block(w, n, at / 8, class, held);
		keep_pinned(w, s, pfn, at / 8, held, &rank);
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
	for (unsigned i = 0; i < PIN_SETS; i++)
		w.pin[i] = pin_find(&f->pins.set[i], first);
	w.pin[PIN_SETS] = pin_find(&(struct pin){ f->memmap.at, f->memmap.n }, first);
	scan_init(&s, f, first, first + n, 0);
	for (unsigned c = 0; c < OWN_CLASSES; c++)
		s.look |= (unsigned)(w.keep[c] != 0) << c;
	for (uint64_t at = 0; at < n; at += FILTER_BLOCK)
		block(&w, &s, first + at, n - at < FILTER_BLOCK ? (unsigned)(n - at) : FILTER_BLOCK, at);
	scan_close(&s);
	for (unsigned c = 0; c < OWN_CLASSES; c++)
		w.stat.pages[c == PAGE_BOOT ? PAGE_KERNEL : c] += w.pages[c];
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
	pins_free(&f->pins);
	free(f);
}
