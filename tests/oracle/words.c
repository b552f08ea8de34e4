/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/oracle: what the crashed kernel knew of each page, to tell the reader of a difference; and the pages that no
 * filter may drop. Promise: only a full dump of x86-64 with SPARSEMEM is read; what is not understood is "unknown".
 * Layouts: Linux 6.1 include/linux/mm_types.h, mmzone.h, page-flags.h; Linux 6.12 page-flags.h (types in the top byte).
 */
#include <stdlib.h>
#include <string.h>

#include "dump.h"

#define KERNEL_MAP 0xffffffff80000000ull
#define FRAME      0x000ffffffffff000ull

enum { PRESENT = 1,
       LEAF = 0x80 };

static struct layout {
	uint64_t top, size, flags, refcount, mapcount, mapping, private, head;
	uint64_t sections, section_bits, section_size, section_map;
	uint64_t lru, priv, swapcache, swapbacked, poison, slab_bit;
	uint64_t buddy, offline, hugetlb, slab, unaccepted, table;
	bool has_slab_bit, has_poison;
	int levels;
	uint8_t *free_pages;
} lay;

static bool walk(const struct dump *d, uint64_t va, uint64_t *pa)
{
	uint64_t table = lay.top, entry;

	for (int level = lay.levels; level > 0; level--) {
		int shift = 12 + 9 * (level - 1);

		if (!dump_read(d, table + (va >> shift & 511) * 8, &entry, 8) || !(entry & PRESENT))
			return false;
		if (level == 1 || (level <= 3 && entry & LEAF)) {
			uint64_t mask = (1ull << shift) - 1;

			*pa = (entry & FRAME & ~mask) | (va & mask);
			return true;
		}
		table = entry & FRAME;
	}
	return false;
}

static bool read_va(const struct dump *d, uint64_t va, void *to, size_t n)
{
	uint64_t pa;

	return va % PAGE + n <= PAGE && walk(d, va, &pa) && dump_read(d, pa, to, n);
}

/* Address of the struct page of @pfn; 0: none. */
static uint64_t page_address(const struct dump *d, uint64_t pfn)
{
	static uint64_t last = UINT64_MAX, coded;
	uint64_t nr = pfn >> (lay.section_bits - 12), per = PAGE / lay.section_size, root;

	if (nr != last) {
		last = nr;
		coded = 0;
		if (read_va(d, lay.sections + nr / per * 8, &root, 8) && root)
			read_va(d, root + nr % per * lay.section_size + lay.section_map, &coded, 8);
	}
	return coded & 1 ? (coded & ~0xfffull) + pfn * lay.size : 0;
}

static uint64_t info(const struct dump *d, const char *key, int base, uint64_t otherwise)
{
	uint64_t v;

	return dump_info(d, key, base, &v) ? v : otherwise;
}

static uint64_t type(const struct dump *d, const char *name)
{
	char key[64];

	snprintf(key, sizeof(key), "NUMBER(PAGE_%s_MAPCOUNT_VALUE)", name);
	return info(d, key, 10, UINT64_MAX) & (info(d, key, 10, UINT64_MAX) == UINT64_MAX ? UINT64_MAX : UINT32_MAX);
}

static bool read_layout(const struct dump *d)
{
	uint64_t phys = info(d, "NUMBER(phys_base)", 10, 0);

	lay.top = info(d, "SYMBOL(init_top_pgt)", 16, info(d, "SYMBOL(swapper_pg_dir)", 16, 0)) - KERNEL_MAP + phys;
	lay.levels = info(d, "NUMBER(pgtable_l5_enabled)", 10, 0) ? 5 : 4;
	lay.size = info(d, "SIZE(page)", 10, 0);
	lay.flags = info(d, "OFFSET(page.flags)", 10, 0);
	lay.refcount = info(d, "OFFSET(page._refcount)", 10, 0);
	lay.mapcount = info(d, "OFFSET(page._mapcount)", 10, 0);
	lay.mapping = info(d, "OFFSET(page.mapping)", 10, 0);
	lay.private = info(d, "OFFSET(page.private)", 10, 0);
	lay.head = info(d, "OFFSET(page.compound_head)", 10, info(d, "OFFSET(page.compound_info)", 10, 8));
	lay.sections = info(d, "SYMBOL(mem_section)", 16, 0);
	lay.section_bits = info(d, "NUMBER(SECTION_SIZE_BITS)", 10, 27);
	lay.section_size = info(d, "SIZE(mem_section)", 10, 0);
	lay.section_map = info(d, "OFFSET(mem_section.section_mem_map)", 10, 0);
	lay.lru = info(d, "NUMBER(PG_lru)", 10, 64);
	lay.priv = info(d, "NUMBER(PG_private)", 10, 64);
	lay.swapcache = info(d, "NUMBER(PG_swapcache)", 10, 64);
	lay.swapbacked = info(d, "NUMBER(PG_swapbacked)", 10, 64);
	lay.has_poison = dump_info(d, "NUMBER(PG_hwpoison)", 10, &lay.poison);
	lay.has_slab_bit = dump_info(d, "NUMBER(PG_slab)", 10, &lay.slab_bit);
	lay.buddy = type(d, "BUDDY");
	lay.offline = type(d, "OFFLINE");
	lay.hugetlb = type(d, "HUGETLB");
	lay.slab = type(d, "SLAB");
	lay.unaccepted = type(d, "UNACCEPTED");
	lay.table = lay.buddy == 0xf0000000 ? 0xf2000000 : 0xfffffdff;
	return lay.size && lay.sections && lay.section_size && lay.buddy != UINT64_MAX;
}

static bool is_type(uint32_t mapcount, uint64_t value)
{
	if (value == UINT64_MAX)
		return false;
	return value & 0xffffff ? mapcount == value : mapcount >> 24 == value >> 24;
}

static bool has(uint64_t flags, uint64_t n)
{
	return n < 64 && flags >> n & 1;
}

static bool read_words(const struct dump *d, uint64_t pfn, struct words *w)
{
	uint8_t raw[256];
	uint64_t va = page_address(d, pfn);

	*w = (struct words){ .kind = "unknown" };
	if (!va || lay.size > sizeof(raw) || !read_va(d, va, raw, lay.size))
		return false;
	memcpy(&w->flags, raw + lay.flags, 8);
	memcpy(&w->mapping, raw + lay.mapping, 8);
	memcpy(&w->private, raw + lay.private, 8);
	memcpy(&w->head, raw + lay.head, 8);
	memcpy(&w->refcount, raw + lay.refcount, 4);
	memcpy(&w->mapcount, raw + lay.mapcount, 4);
	w->known = true;
	return true;
}

bool words_open(const struct dump *full)
{
	struct words w;

	if (!full->info || !read_layout(full))
		return false;
	lay.free_pages = calloc(1, full->npages / 8 + 4096);
	for (uint64_t pfn = 0; lay.free_pages && pfn < full->npages; pfn++) {
		if (!read_words(full, pfn, &w) || !is_type(w.mapcount, lay.buddy) || w.private > 20)
			continue;
		for (uint64_t i = pfn; i < pfn + (1ull << w.private) && i < full->npages; i++)
			set_bit(lay.free_pages, i);
	}
	return lay.free_pages != NULL;
}

static const char *kind_of(const struct words *w)
{
	bool slab = lay.has_slab_bit ? has(w->flags, lay.slab_bit) : is_type(w->mapcount, lay.slab);

	if (slab)
		return "slab";
	if (is_type(w->mapcount, lay.offline))
		return "offline";
	if (is_type(w->mapcount, lay.unaccepted))
		return "unaccepted";
	if (is_type(w->mapcount, lay.hugetlb))
		return "hugetlb";
	if (is_type(w->mapcount, lay.table))
		return "table";
	if (w->mapping & 1)
		return "anon";
	if (has(w->flags, lay.lru) || (has(w->flags, lay.swapcache) && has(w->flags, lay.swapbacked)))
		return has(w->flags, lay.priv) ? "cache-private" : "cache";
	return w->mapcount >> 28 == 0xf && w->mapcount != UINT32_MAX ? "typed" : "kernel";
}

/* The kind of a tail page by that of its head. */
static const char *tail_kind(const struct dump *d, uint64_t pfn, const struct words *w)
{
	static const char *const pairs[][2] = {
		{ "slab", "tail-slab" },
		{ "offline", "tail-offline" },
		{ "hugetlb", "tail-hugetlb" },
		{ "anon", "tail-anon" },
		{ "cache", "tail-cache" },
		{ "cache-private", "tail-cache-private" },
		{ "kernel", "tail-kernel" },
		{ "typed", "tail-typed" },
		{ "table", "tail-table" },
	};
	uint64_t at = page_address(d, pfn), back;
	struct words head;

	/* Linux 7.1 and later: a mask of the head's address where the size of a struct page allows. */
	back = (at - ((w->head >> 32 == UINT32_MAX ? at & w->head : w->head) & ~1ull)) / lay.size;
	if (back > pfn || back >> 20 || !read_words(d, pfn - back, &head))
		return "tail";
	if (lay.has_poison && has(head.flags, lay.poison))
		return "tail-of-hwpoison";
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		if (!strcmp(pairs[i][0], kind_of(&head)))
			return pairs[i][1];
	return "tail";
}

void words_get(const struct dump *full, uint64_t pfn, struct words *w)
{
	bool poison;

	if (!read_words(full, pfn, w))
		return;
	poison = lay.has_poison && has(w->flags, lay.poison);
	if (dump_partial(full, pfn))
		w->kind = "partial";
	else if (w->head & 1)
		w->kind = poison ? "tail-hwpoison" : tail_kind(full, pfn, w);
	else if (poison)
		w->kind = "hwpoison";
	else if (bit(lay.free_pages, pfn))
		w->kind = "free";
	else
		w->kind = kind_of(w);
}

static void must_range(const struct dump *d, uint8_t *map, uint64_t pa, uint64_t size)
{
	for (uint64_t p = pa / PAGE; p * PAGE < pa + size; p++)
		if (p < d->npages && bit(d->exists, p))
			set_bit(map, p);
}

static void must_tables(const struct dump *d, uint8_t *map, uint64_t table, int level)
{
	uint64_t entry[512];

	if (bit(map, table / PAGE) || table / PAGE >= d->npages || !dump_read(d, table, entry, sizeof(entry)))
		return;
	set_bit(map, table / PAGE);
	/* Only the kernel's half; where a table of the first half is shared, it is seen from there. */
	for (int i = level == lay.levels ? 256 : 0; level > 1 && i < 512; i++)
		if (entry[i] & PRESENT && !(level <= 3 && entry[i] & LEAF))
			must_tables(d, map, entry[i] & FRAME, level - 1);
}

static void must_va(const struct dump *d, uint8_t *map, uint64_t va, uint64_t size)
{
	uint64_t pa;

	for (uint64_t at = va & ~0xfffull; at < va + size; at += PAGE)
		if (walk(d, at, &pa))
			must_range(d, map, pa, 1);
}

/* The printk ring of Linux 5.10 and later: descriptors, infos and text (kernel/printk/printk_ringbuffer.h). */
static void must_log(const struct dump *d, uint8_t *map)
{
	uint64_t prb = info(d, "SYMBOL(prb)", 16, 0), ring, text, v;
	uint64_t desc = info(d, "OFFSET(printk_ringbuffer.desc_ring)", 10, 0);
	uint64_t data = info(d, "OFFSET(printk_ringbuffer.text_data_ring)", 10, 0);
	uint32_t bits;

	if (!prb || !read_va(d, prb, &ring, 8))
		return;
	must_va(d, map, ring, info(d, "SIZE(printk_ringbuffer)", 10, 0));
	text = ring + data;
	ring += desc;
	if (read_va(d, ring + info(d, "OFFSET(prb_desc_ring.count_bits)", 10, 0), &bits, 4) && bits < 32) {
		if (read_va(d, ring + info(d, "OFFSET(prb_desc_ring.descs)", 10, 0), &v, 8))
			must_va(d, map, v, info(d, "SIZE(prb_desc)", 10, 0) << bits);
		if (read_va(d, ring + info(d, "OFFSET(prb_desc_ring.infos)", 10, 0), &v, 8))
			must_va(d, map, v, info(d, "SIZE(printk_info)", 10, 0) << bits);
	}
	if (read_va(d, text + info(d, "OFFSET(prb_data_ring.size_bits)", 10, 0), &bits, 4) && bits < 32 &&
	    read_va(d, text + info(d, "OFFSET(prb_data_ring.data)", 10, 0), &v, 8))
		must_va(d, map, v, 1ull << bits);
}

void words_must(const struct dump *full, uint8_t *map)
{
	must_tables(full, map, lay.top, lay.levels);
	must_log(full, map);
	must_va(full, map, info(full, "SYMBOL(init_uts_ns)", 16, 0), 400);
	/* The segment of the kernel's image. Its end may lie inside memory that the kernel gave back (init text). */
	must_va(full, map, info(full, "SYMBOL(_stext)", 16, 0), 4 << 20);
	for (uint64_t p = 0; p < full->npages; p++)
		if (bit(map, p) && bit(lay.free_pages, p))
			map[p >> 3] &= (uint8_t) ~(1u << (p & 7));
}

bool words_poisoned(const struct dump *full, const struct dump *copy, uint64_t pfn)
{
	uint64_t va = page_address(full, pfn), pa, was, is;

	return lay.has_poison && va && walk(full, va, &pa) && dump_read(full, pa + lay.flags, &was, 8) &&
	       dump_read(copy, pa + lay.flags, &is, 8) && has(is, lay.poison) && (was ^ is) >> 32 == 0;
}

uint64_t words_address(const struct dump *full, uint64_t pfn)
{
	uint64_t va = page_address(full, pfn), pa;

	return va && walk(full, va, &pa) ? pa : UINT64_MAX;
}

bool words_vtop(const struct dump *full, uint64_t va, uint64_t *pa)
{
	return walk(full, va, pa);
}
