/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: does the filter keep what it must keep?
 * An encoding that a newer kernel changed shows here, on its own text, tables and log, not in a lost dump.
 */
#include "filter/check.h"

#include <errno.h>
#include <stdlib.h>

#define BLOCK_ORDER 13u /* the struct pages around a known page that are looked at: 512 KiB at most */

/* What is looked at: the sets of pins, then pages that hold struct pages. */
#define KNOWN_MEMMAP PIN_SETS
#define KNOWN_SETS   (PIN_SETS + 1)
#define KNOWN_MAX    768u /* the sum of `most` */

static const struct {
	const char *name;
	unsigned most;
} known_set[KNOWN_SETS] = {
	[PIN_LOG] = { "the kernel log or what vmcoreinfo names", 64 },
	[PIN_TABLES] = { "a table of pages or of mem_section", 256 },
	[PIN_DATA] = { "", 0 }, /* some of it was given back */
	[PIN_CONST] = { "a constant of the kernel", 32 },
	[PIN_RODATA] = { "a constant of the kernel", 32 },
	[PIN_REST] = { "", 0 },
	[PIN_TEXT] = { "kernel text", 128 },
	[KNOWN_MEMMAP] = { "a page of struct pages", 256 },
};

struct known {
	uint64_t pfn;
	unsigned set;
};

struct check {
	struct filter *f;
	struct known at[KNOWN_MAX];
	unsigned n;
	unsigned seen[OWN_CLASSES];    /* known pages of each class */
	unsigned example[OWN_CLASSES]; /* the set of one of them */
};

/* Pages of P, spread evenly. */
static void add_set(struct check *c, const struct pin *p, unsigned set)
{
	uint64_t pages = 0, step, at = 0, base = 0;

	for (unsigned i = 0; i < p->n; i++)
		pages += p->at[i].to - p->at[i].from;
	if (!known_set[set].most)
		return;
	step = (pages + known_set[set].most - 1) / known_set[set].most;
	for (unsigned i = 0; i < p->n; i++) {
		uint64_t n = p->at[i].to - p->at[i].from;

		for (; at < base + n && c->n < KNOWN_MAX; at += step)
			c->at[c->n++] = (struct known){ p->at[i].from + at - base, set };
		base += n;
	}
}

static int by_pfn(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

/* Classifies the block of 2^ORDER pages that holds known page I and counts all known pages in it. Gives the next. */
static unsigned block_see(struct check *c, unsigned i, unsigned order)
{
	uint64_t pfn = c->at[i].pfn >> order << order, end = pfn + (1ull << order);
	uint8_t class[FILTER_BLOCK];
	struct scan s;

	scan_init(&s, c->f, pfn, end, 0);
	for (; pfn < end; pfn += FILTER_BLOCK) {
		scan_block(&s, pfn, FILTER_BLOCK, class);
		for (; i < c->n && c->at[i].pfn < pfn + FILTER_BLOCK; i++) {
			uint8_t is = class[c->at[i].pfn - pfn];

			c->seen[is]++;
			c->example[is] = c->at[i].set;
		}
	}
	scan_close(&s);
	return i;
}

/* Takes LEVELS out when a known page is of CLASS. */
static void refuse(struct check *c, enum page_class class, unsigned levels, const char *pages)
{
	struct filter *f = c->f;

	if (!c->seen[class] || (f->can & levels) == 0)
		return;
	f->can &= ~levels;
	note_add(&f->notes, "%s are kept: %s looks like one", pages, known_set[c->example[class]].name);
}

static void judge(struct check *c)
{
	struct filter *f = c->f;

	refuse(c, PAGE_CACHE, LEVEL_CACHE | LEVEL_CACHE_PRIVATE, "cache pages");
	refuse(c, PAGE_CACHE_PRIVATE, LEVEL_CACHE | LEVEL_CACHE_PRIVATE, "cache pages");
	refuse(c, PAGE_USER, LEVEL_USER, "user pages");
	refuse(c, PAGE_HUGETLB, LEVEL_USER, "user pages");
	refuse(c, PAGE_FREE, LEVEL_FREE, "free pages");
	refuse(c, PAGE_UNACCEPTED, LEVEL_FREE, "free pages");
	if (c->seen[PAGE_OFFLINE]) {
		f->layout.offline = (struct page_type){ 0, 1 };
		note_add(&f->notes, "offline pages are kept: %s looks like one",
			 known_set[c->example[PAGE_OFFLINE]].name);
	}
	/* Memory of the kernel does fail, a page or two: that is a reason to crash. */
	if (c->seen[PAGE_HWPOISON] > 4 && c->seen[PAGE_HWPOISON] * 20 > c->n) {
		f->layout.hwpoison = 0;
		note_add(&f->notes, "NUMBER(PG_hwpoison) is not believed: %u of %u known pages have it",
			 c->seen[PAGE_HWPOISON], c->n);
	}
	if (f->can && c->seen[PAGE_UNKNOWN] * 2 >= c->n) {
		f->can = 0;
		note_add(&f->notes,
			 "all pages are kept: %u of %u pages known to be the kernel's have no sensible struct page",
			 c->seen[PAGE_UNKNOWN], c->n);
	}
}

int check_known(struct filter *f, struct err *e)
{
	struct check *c = calloc(1, sizeof(*c));
	unsigned order = f->layout.free_orders;

	if (!c)
		return err_set(e, -ENOMEM, "filter: no memory for its check");
	c->f = f;
	order = order > 10 ? order - 1 : 9;
	order = order > BLOCK_ORDER ? BLOCK_ORDER : order;
	for (unsigned i = 0; i < PIN_SETS; i++)
		add_set(c, &f->pins.set[i], i);
	add_set(c, &(struct pin){ f->memmap.at, f->memmap.n }, KNOWN_MEMMAP);
	qsort(c->at, c->n, sizeof(c->at[0]), by_pfn);
	for (unsigned i = 0; i < c->n;)
		i = block_see(c, i, order);
	judge(c);
	free(c);
	return 0;
}
