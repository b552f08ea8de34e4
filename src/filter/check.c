/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: does the filter keep what it must keep?
 * An encoding that a newer kernel changed shows here, on its own text, tables and log, not in a lost dump.
 */
#include "filter/check.h"

#include "filter/kmem.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KNOWN_MAX   1536u
#define TEXT_PAGES  128u
#define TABLES_MAX  512u
#define MEMMAP_MAX  256u
#define BLOCK_ORDER 13u /* the struct pages around a known page that are looked at: 512 KiB at most */

enum what { KNOWN_UTS,
	    KNOWN_TEXT,
	    KNOWN_LOG,
	    KNOWN_TABLES,
	    KNOWN_SECTIONS,
	    KNOWN_MEMMAP };

static const char *const what_name[] = {
	[KNOWN_UTS] = "the page of init_uts_ns",
	[KNOWN_TEXT] = "kernel text",
	[KNOWN_LOG] = "the kernel log",
	[KNOWN_TABLES] = "a page table of the kernel",
	[KNOWN_SECTIONS] = "the table of mem_section",
	[KNOWN_MEMMAP] = "a page of struct pages",
};

struct known {
	uint64_t pfn;
	enum what what;
};

struct check {
	struct filter *f;
	struct known at[KNOWN_MAX];
	unsigned n;
	unsigned seen[PAGE_CLASSES];     /* known pages of each class */
	enum what example[PAGE_CLASSES]; /* one of them */
};

static void add_pa(struct check *c, uint64_t pa, enum what what)
{
	if (c->n < KNOWN_MAX)
		c->at[c->n++] = (struct known){ pa / c->f->src->info.page_size, what };
}

static void add_va(struct check *c, uint64_t va, enum what what)
{
	uint64_t pa, len;

	if (kmem_find(c->f->src, va, &pa, &len) == 0)
		add_pa(c, pa, what);
}

static void add_symbol(struct check *c, const char *key, unsigned pages, enum what what)
{
	uint64_t va;

	if (!kmem_key(c->f->src, key, &va))
		return;
	for (unsigned i = 0; i < pages; i++)
		add_va(c, va + i * c->f->src->info.page_size, what);
}

/* The page a pointer at BASE + OFFSET(key) points to. */
static void add_behind(struct check *c, uint64_t base, const char *ring, const char *field, enum what what)
{
	uint64_t a, b, va;

	if (kmem_key(c->f->src, ring, &a) && kmem_key(c->f->src, field, &b) &&
	    kmem_read(c->f->src, base + a + b, &va, sizeof(va)) == 0)
		add_va(c, va, what);
}

/* kernel/printk/printk_ringbuffer.h (5.10), and log_buf before it */
static void add_log(struct check *c)
{
	uint64_t va;

	if (kmem_pointer(c->f->src, "SYMBOL(prb)", &va)) {
		add_va(c, va, KNOWN_LOG);
		add_behind(c, va, "OFFSET(printk_ringbuffer.desc_ring)", "OFFSET(prb_desc_ring.descs)", KNOWN_LOG);
		add_behind(c, va, "OFFSET(printk_ringbuffer.desc_ring)", "OFFSET(prb_desc_ring.infos)", KNOWN_LOG);
		add_behind(c, va, "OFFSET(printk_ringbuffer.text_data_ring)", "OFFSET(prb_data_ring.data)",
			   KNOWN_LOG);
	} else if (kmem_pointer(c->f->src, "SYMBOL(log_buf)", &va)) {
		add_va(c, va, KNOWN_LOG);
	}
}

struct walk {
	unsigned n, levels;
	uint64_t mask; /* address bits of an entry */
	struct {
		uint64_t pa;
		unsigned level;
	} at[TABLES_MAX];
};

/* The tables below number I of W: arch/x86/include/asm/pgtable_types.h (present: bit 0, large: bit 7). */
static void tables_below(struct check *c, struct walk *w, unsigned i)
{
	uint64_t entry[512];

	if (c->f->src->ops->read_pa(c->f->src, w->at[i].pa, entry, sizeof(entry), NULL) < 0)
		return;
	/* The lower half of the top table is a user's. */
	for (unsigned k = w->at[i].level == w->levels ? 256 : 0; k < 512 && w->n < TABLES_MAX; k++) {
		if ((entry[k] & 0x81) != 1)
			continue;
		w->at[w->n].pa = entry[k] & w->mask;
		w->at[w->n++].level = w->at[i].level - 1;
	}
}

static void add_tables(struct check *c)
{
	uint64_t root, len, level5 = 0, sme = 0;
	struct source *src = c->f->src;
	struct walk *w;

	if (src->info.machine != EM_X86_64 ||
	    (!kmem_key(src, "SYMBOL(init_top_pgt)", &root) && !kmem_key(src, "SYMBOL(init_level4_pgt)", &root) &&
	     !kmem_key(src, "SYMBOL(swapper_pg_dir)", &root))) {
		add_symbol(c, "SYMBOL(swapper_pg_dir)", 1, KNOWN_TABLES);
		return;
	}
	w = calloc(1, sizeof(*w));
	if (!w)
		return;
	if (!kmem_key(src, "NUMBER(pgtable_l5_enabled)", &level5))
		level5 = 0;
	if (!kmem_key(src, "NUMBER(sme_mask)", &sme))
		sme = 0;
	w->levels = level5 ? 5 : 4;
	w->mask = 0x000ffffffffff000 & ~sme;
	w->n = kmem_find(src, root, &w->at[0].pa, &len) == 0;
	w->at[0].level = w->levels;
	for (unsigned i = 0; i < w->n; i++) {
		add_pa(c, w->at[i].pa, KNOWN_TABLES);
		if (w->at[i].level > 1)
			tables_below(c, w, i);
	}
	free(w);
}

/* Pages that hold struct pages, spread evenly. */
static void add_memmap(struct check *c)
{
	const struct memmap *m = &c->f->memmap;
	uint64_t step = m->pages / MEMMAP_MAX + 1, at = 0, base = 0;

	for (unsigned i = 0; i < m->n; i++) {
		uint64_t n = m->at[i].to - m->at[i].from;

		for (; at < base + n; at += step)
			add_pa(c, (m->at[i].from + at - base) * c->f->src->info.page_size, KNOWN_MEMMAP);
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
			c->example[is] = c->at[i].what;
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
	note_add(&f->notes, "%s are kept: %s looks like one", pages, what_name[c->example[class]]);
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
		note_add(&f->notes, "offline pages are kept: %s looks like one", what_name[c->example[PAGE_OFFLINE]]);
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
	add_symbol(c, "SYMBOL(init_uts_ns)", 1, KNOWN_UTS);
	add_symbol(c, "SYMBOL(_stext)", TEXT_PAGES, KNOWN_TEXT);
	add_log(c);
	add_tables(c);
	if (f->model.tables)
		add_va(c, f->model.tables, KNOWN_SECTIONS);
	add_memmap(c);
	qsort(c->at, c->n, sizeof(c->at[0]), by_pfn);
	for (unsigned i = 0; i < c->n;)
		i = block_see(c, i, order);
	judge(c);
	free(c);
	return 0;
}
