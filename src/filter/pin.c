/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: pages that are known to be the kernel's without a look at struct page.
 * The log, what vmcoreinfo names, section and page tables, the image. Each search is bounded by a count of its own.
 */
#include "filter/pin.h"

#include "base/bytes.h"
#include "filter/kmem.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOLS      256u         /* of vmcoreinfo; it has some fifty */
#define SYMBOL_BYTES 512u         /* init_uts_ns is the largest: struct new_utsname has 390 */
#define TEXT_GUESS   (512u << 10) /* text that every kernel has, where no page table tells more */
#define ROOTS        (1u << 16)   /* pieces of the section table that are looked at */
#define IMAGE_MAX    (1ull << 30) /* arch/x86/include/asm/page_64_types.h: KERNEL_IMAGE_SIZE, Linux 6.1 */
#define IMAGE_ALIGN  (2ull << 20)
#define IMAGE_NEAR   (1ull << 20)          /* so far from a symbol is no gap */
#define CONST_NEAR   (2ull << 20)          /* behind the names of symbols */
#define X86_IMAGE    0xffffffff80000000ull /* __START_KERNEL_map of the same file */

/* arch/x86/include/asm/pgtable_types.h, Linux 6.1 */
#define ENTRIES 512u
#define PRESENT 1ull
#define WRITE   2ull
#define LARGE   0x80ull
#define NX      (1ull << 63)
#define ADDRESS 0x000ffffffffff000ull

/* What is being collected. */
struct pinner {
	struct pins *p;
	struct source *src;
	uint64_t page;
	unsigned room[PIN_SETS];
	bool full[PIN_SETS];          /* sorting again would make no room */
	uint64_t image_va, image_end; /* virtual addresses of the image; equal: unknown */
	struct pfn_range rest, names; /* virtual addresses: what is not needed first of data, and of constants */
	uint64_t data;                /* the first symbol behind the constants */
	int rc;
};

static int by_from(const void *a, const void *b)
{
	const struct pfn_range *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Sorts the ranges and joins those that touch. */
static void set_order(struct pin *s)
{
	unsigned to = 0;

	if (!s->n)
		return;
	qsort(s->at, s->n, sizeof(s->at[0]), by_from);
	for (unsigned i = 1; i < s->n; i++) {
		if (s->at[i].from > s->at[to].to)
			s->at[++to] = s->at[i];
		else if (s->at[i].to > s->at[to].to)
			s->at[to].to = s->at[i].to;
	}
	s->n = to + 1;
}

/* Makes room for twice as many ranges. */
static bool set_grow(struct pinner *w, enum pin_set set)
{
	struct pin *s = &w->p->set[set];
	unsigned room = w->room[set] ? w->room[set] * 2 : 64;
	struct pfn_range *more = realloc(s->at, room * sizeof(*more));

	if (!more) {
		w->rc = -ENOMEM;
		return false;
	}
	s->at = more;
	w->room[set] = room;
	return true;
}

/* A place for one more range, or NULL. */
static struct pfn_range *set_place(struct pinner *w, enum pin_set set)
{
	struct pin *s = &w->p->set[set];

	if (w->full[set])
		return NULL;
	if (s->n == PIN_RANGES) {
		set_order(s);
		w->full[set] = s->n > PIN_RANGES / 2;
	}
	if (s->n == w->room[set] && (s->n == PIN_RANGES || !set_grow(w, set)))
		return NULL;
	return s->at ? &s->at[s->n++] : NULL;
}

/* Adds the pages of bytes [PA, PA + len), LEN not 0. */
static void add_pa(struct pinner *w, enum pin_set set, uint64_t pa, uint64_t len)
{
	struct pin *s = &w->p->set[set];
	struct pfn_range r = { pa / w->page, (pa + (len - 1)) / w->page + 1 };
	struct pfn_range *last = s->n ? &s->at[s->n - 1] : NULL, *place;

	if (pa > UINT64_MAX - len || r.from >= w->src->info.max_pfn)
		return;
	if (last && r.from <= last->to && r.to >= last->from) {
		last->from = r.from < last->from ? r.from : last->from;
		last->to = r.to > last->to ? r.to : last->to;
	} else {
		place = set_place(w, set);
		if (place)
			*place = r;
	}
}

/* Adds what is mapped of bytes [VA, VA + len), PIN_BLOCK pages at most. */
static void add_va(struct pinner *w, enum pin_set set, uint64_t va, uint64_t len)
{
	uint64_t end;

	if (len > PIN_BLOCK * w->page)
		len = PIN_BLOCK * w->page;
	if (va > UINT64_MAX - len)
		return;
	for (end = va + len; va < end;) {
		uint64_t pa, n, left = end - va;

		if (kmem_find(w->src, va, &pa, &n) < 0 || !n) {
			va = (va | (w->page - 1)) + 1;
			continue;
		}
		n = n < left ? n : left;
		add_pa(w, set, pa, n);
		va += n;
	}
}

/* ---- vmcoreinfo and the log ---- */

/* The address of every "SYMBOL(name)=address". Gives their number. */
static unsigned symbols_read(const struct pinner *w, uint64_t va[SYMBOLS])
{
	static const char key[] = "SYMBOL(";
	const struct dump_info *info = &w->src->info;
	const char *p = info->vmcoreinfo, *end = p + info->vmcoreinfo_len;
	unsigned n = 0;

	while (n < SYMBOLS && p < end) {
		const char *is;

		p = memmem(p, (size_t)(end - p), key, sizeof(key) - 1);
		is = p ? memchr(p, '=', (size_t)(end - p)) : NULL;
		if (!is)
			break;
		/* The text ends in a NUL: see struct dump_info. */
		va[n++] = strtoull(is + 1, NULL, 16);
		p = is + 1;
	}
	return n;
}

static void add_symbols(struct pinner *w)
{
	uint64_t va[SYMBOLS];
	unsigned n = symbols_read(w, va);

	for (unsigned i = 0; i < n; i++)
		add_va(w, PIN_LOG, va[i], SYMBOL_BYTES);
}

/* The array of 2^bits entries of EACH bytes: BITS lies at virtual address BITS_AT, its address at POINTER_AT. */
static void add_array(struct pinner *w, uint64_t bits_at, uint64_t pointer_at, uint64_t each)
{
	uint64_t va;
	uint32_t bits;

	if (each && each < 4096 && kmem_read(w->src, bits_at, &bits, sizeof(bits)) == 0 && bits < 32 &&
	    kmem_read(w->src, pointer_at, &va, sizeof(va)) == 0)
		add_va(w, PIN_LOG, va, each << bits);
}

static uint64_t key(const struct pinner *w, const char *name)
{
	uint64_t v;

	return kmem_key(w->src, name, &v) ? v : 0;
}

/* kernel/printk/printk_ringbuffer.h (5.10), and log_buf before it */
static void add_log(struct pinner *w)
{
	uint64_t va, desc, text;
	uint32_t len;

	if (kmem_pointer(w->src, "SYMBOL(prb)", &va)) {
		desc = va + key(w, "OFFSET(printk_ringbuffer.desc_ring)");
		text = va + key(w, "OFFSET(printk_ringbuffer.text_data_ring)");
		add_va(w, PIN_LOG, va, key(w, "SIZE(printk_ringbuffer)"));
		add_array(w, desc + key(w, "OFFSET(prb_desc_ring.count_bits)"),
			  desc + key(w, "OFFSET(prb_desc_ring.descs)"), key(w, "SIZE(prb_desc)"));
		add_array(w, desc + key(w, "OFFSET(prb_desc_ring.count_bits)"),
			  desc + key(w, "OFFSET(prb_desc_ring.infos)"), key(w, "SIZE(printk_info)"));
		add_array(w, text + key(w, "OFFSET(prb_data_ring.size_bits)"),
			  text + key(w, "OFFSET(prb_data_ring.data)"), 1);
	} else if (kmem_pointer(w->src, "SYMBOL(log_buf)", &va) &&
		   kmem_read(w->src, key(w, "SYMBOL(log_buf_len)"), &len, sizeof(len)) == 0) {
		add_va(w, PIN_LOG, va, len);
	}
}

/* ---- memory model ---- */

/* Root number ROOT of the section table: the pointer to it, and its sections. */
static void add_root(struct pinner *w, const struct model *m, uint64_t root)
{
	uint64_t bytes = m->each * m->section_size, va = m->tables + root * bytes;

	if (m->extreme) {
		add_va(w, PIN_TABLES, m->tables + root * 8, 8);
		if (kmem_read(w->src, m->tables + root * 8, &va, sizeof(va)) < 0)
			return;
	}
	add_va(w, PIN_TABLES, va, bytes);
}

/* The roots that the runs of M come from. */
static void add_sections(struct pinner *w, const struct model *m)
{
	uint64_t next = 0;
	unsigned left = ROOTS;

	for (unsigned i = 0; m->tables && i < m->n; i++) {
		uint64_t pages = m->each * m->section_pages, root = m->run[i].pfn / pages;
		uint64_t end = m->run[i].pfn + m->run[i].n;

		for (root = root < next ? next : root; root * pages < end && left; left--)
			add_root(w, m, root++);
		next = root;
	}
}

/* ---- image ---- */

/* The segment of the image says it exactly: made of _text and _end. */
static bool image_segment(struct pinner *w, uint64_t stext)
{
	const struct dump_info *info = &w->src->info;

	for (unsigned i = 0; i < info->nsegment; i++) {
		const struct segment *g = &info->segment[i];

		if (info->machine != EM_X86_64 || g->va < X86_IMAGE || g->va > stext || stext - g->va >= g->memlen ||
		    g->memlen > IMAGE_MAX || g->pa == UINT64_MAX)
			continue;
		w->image_va = g->va;
		w->image_end = g->va + g->memlen;
		w->p->image = (struct pfn_range){ g->pa / w->page, (g->pa + g->memlen + w->page - 1) / w->page };
		return true;
	}
	return false;
}

/* From _stext to the last symbol of vmcoreinfo that lies near. */
static void image_symbols(struct pinner *w, uint64_t stext)
{
	static const char *const keys[] = { "SYMBOL(init_uts_ns)", "SYMBOL(swapper_pg_dir)", "SYMBOL(init_top_pgt)",
					    "SYMBOL(node_data)", "SYMBOL(prb)", "SYMBOL(log_buf)",
					    "SYMBOL(clear_seq)", "SYMBOL(_end)" };
	uint64_t from = stext, to = stext, pa, len;

	for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		uint64_t va = key(w, keys[i]);

		if (va - stext + IMAGE_MAX > 2 * IMAGE_MAX)
			continue;
		from = va < from ? va : from;
		to = va > to ? va : to;
	}
	from = align_down(from, IMAGE_ALIGN);
	to = align_down(to, IMAGE_ALIGN) + IMAGE_ALIGN;
	if (kmem_find(w->src, stext, &pa, &len) < 0 || pa < stext - from)
		return;
	pa -= stext - from;
	w->image_va = from;
	w->image_end = to;
	w->p->image = (struct pfn_range){ pa / w->page, (pa + (to - from)) / w->page };
}

/*
 * What the order of the image can be told from: its symbols in vmcoreinfo. Those of kallsyms lie at the end of the
 * constants, variables that turn constant follow, then BTF. The largest stretch of data without any is tables for
 * unwinding and what only the start needed (arch/x86/kernel/vmlinux.lds.S, include/asm-generic/vmlinux.lds.h,
 * Linux 6.12).
 */
static void image_parts(struct pinner *w)
{
	uint64_t va[SYMBOLS], names = key(w, "SYMBOL(kallsyms_names)"), last = key(w, "SYMBOL(kallsyms_offsets)");
	unsigned n = symbols_read(w, va);

	if (names && last >= names)
		w->names = (struct pfn_range){ names, last };
	qsort(va, n, sizeof(va[0]), by_value);
	for (unsigned i = n; last && i-- && va[i] > last;)
		w->data = va[i];
	for (unsigned i = 1; i < n; i++) {
		uint64_t from = va[i - 1] + IMAGE_NEAR, to = va[i] - IMAGE_NEAR;

		if (va[i - 1] > last && va[i - 1] >= w->image_va && va[i] < w->image_end &&
		    va[i] - va[i - 1] > 2 * IMAGE_NEAR && to - from > w->rest.to - w->rest.from)
			w->rest = (struct pfn_range){ from, to };
	}
}

static void add_image(struct pinner *w)
{
	uint64_t stext = key(w, "SYMBOL(_stext)");

	if (!stext)
		return;
	if (!image_segment(w, stext))
		image_symbols(w, stext);
	image_parts(w);
	add_va(w, PIN_TEXT, stext, TEXT_GUESS);
}

/* ---- page tables of x86_64 ---- */

struct table {
	uint64_t pa, va; /* of the table; the first address that it maps */
	unsigned level;  /* 1: entries are pages */
};

struct walk {
	uint64_t mask; /* address bits of an entry */
	unsigned levels, left, n;
	struct table at[5 * ENTRIES]; /* to be looked at, the last one first */
	uint64_t entry[ENTRIES];
};

/* Text and constants are mapped read-only; what the kernel gave back of them, as GAP tells, need not be. */
static enum pin_set leaf_set(const struct pinner *w, uint64_t entry, uint64_t va, bool gap)
{
	bool names = va >= w->names.from && w->names.to;

	if (entry & WRITE)
		return va >= w->rest.from && va < w->rest.to ? PIN_REST : PIN_DATA;
	if (!(entry & NX))
		return PIN_TEXT;
	/* Variables that are read-only, as the IDT. */
	if (gap || (w->data && va >= w->data))
		return PIN_DATA;
	return names && (va < w->names.to || va - w->names.to > CONST_NEAR) ? PIN_RODATA : PIN_CONST;
}

/* A leaf of SIZE bytes for VA: of interest where the image is. Page by page, as sets change inside a large one. */
static void add_leaf(struct pinner *w, const struct walk *k, uint64_t entry, uint64_t va, uint64_t size, bool gap)
{
	uint64_t from = va > w->image_va ? va : w->image_va, to = w->image_end;
	/* Bit 12 of a large leaf is no address. */
	uint64_t pa = align_down(entry & k->mask, size);

	if (to - va > size)
		to = va + size;
	for (; va < w->image_end && from < to; from += w->page)
		add_pa(w, leaf_set(w, entry, from, gap), pa + (from - va), w->page);
}

static void push(struct walk *k, uint64_t pa, uint64_t va, unsigned level)
{
	if (k->n < sizeof(k->at) / sizeof(k->at[0]))
		k->at[k->n++] = (struct table){ pa, va, level };
}

/*
 * Text, constants and data each begin at 2 MiB, and the rest of their last 2 MiB is given back at the start. A module
 * that lay there made it read-only in the mapping of the image too, and its end did not undo that
 * (arch/x86/mm/init_64.c, mark_rodata_ro(); mm/pat/set_memory.c, cpa_process_alias(); Linux 6.1).
 */
static bool begins_gap(const struct pinner *w, const struct table *t, uint64_t entry)
{
	return t->level == 1 && (entry & WRITE || (!(entry & NX) && w->names.from >= t->va + ENTRIES * 4096));
}

static void table_read(struct pinner *w, struct walk *k, struct table t)
{
	unsigned shift = 12 + 9 * (t.level - 1);
	uint64_t size = 1ull << shift, before = 0;
	bool gap = false;

	add_pa(w, PIN_TABLES, t.pa, ENTRIES * 8);
	/* Of the last level only that of the image is of interest. */
	if (t.level == 1 && (t.va + ENTRIES * 4096 <= w->image_va || t.va >= w->image_end))
		return;
	if (w->src->ops->read_pa(w->src, t.pa, k->entry, sizeof(k->entry), NULL) < 0)
		return;
	/* The lower half of the top table is a user's. */
	for (unsigned i = t.level == k->levels ? ENTRIES / 2 : 0; i < ENTRIES; i++) {
		uint64_t e = k->entry[i], va = t.va + i * size;

		if (!(e & PRESENT))
			continue;
		gap = gap || begins_gap(w, &t, e);
		if (t.level == 1 || (e & LARGE && t.level <= 3))
			add_leaf(w, k, e, va, size, gap);
		else if ((e & k->mask) != before && !(e & LARGE))
			push(k, e & k->mask, va, t.level - 1);
		before = e & k->mask; /* tables of KASAN's shadow are repeated */
	}
}

/* From the highest address down, as the image lies there, then the modules and struct pages. */
static void add_tables(struct pinner *w)
{
	uint64_t root = key(w, "SYMBOL(init_top_pgt)"), pa, len;
	struct walk *k;

	root = root ? root : key(w, "SYMBOL(init_level4_pgt)");
	root = root ? root : key(w, "SYMBOL(swapper_pg_dir)");
	if (w->src->info.machine != EM_X86_64 || !root || kmem_find(w->src, root, &pa, &len) < 0)
		return;
	k = malloc(sizeof(*k));
	if (!k) {
		w->rc = -ENOMEM;
		return;
	}
	k->mask = ADDRESS & ~key(w, "NUMBER(sme_mask)");
	k->levels = key(w, "NUMBER(pgtable_l5_enabled)") ? 5 : 4;
	k->left = PIN_WALK;
	k->n = 0;
	push(k, pa, k->levels == 5 ? 0xfe00000000000000ull : 0xffff000000000000ull, k->levels);
	while (k->n && k->left) {
		k->left--;
		table_read(w, k, k->at[--k->n]);
	}
	free(k);
}

int pins_open(struct pins *ret, struct source *src, const struct model *m, struct err *e)
{
	struct pinner w = { .p = ret, .src = src, .page = src->info.page_size };

	memset(ret, 0, sizeof(*ret));
	if (w.page < 4096)
		return 0;
	add_symbols(&w);
	add_log(&w);
	add_sections(&w, m);
	add_image(&w);
	add_tables(&w);
	for (unsigned i = 0; i < PIN_SETS; i++)
		set_order(&ret->set[i]);
	return w.rc ? err_set(e, w.rc, "filter: no memory for the pages that are always kept") : 0;
}

unsigned pin_find(const struct pin *p, uint64_t pfn)
{
	unsigned from = 0, to = p->n;

	while (from < to) {
		unsigned mid = from + (to - from) / 2;

		if (p->at[mid].to <= pfn)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

void pins_free(struct pins *p)
{
	for (unsigned i = 0; i < PIN_SETS; i++)
		free(p->set[i].at);
	memset(p, 0, sizeof(*p));
}
