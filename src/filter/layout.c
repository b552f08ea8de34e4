/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: how struct page of the crashed kernel reads.
 * Exported keys decide; the release only where two kernels export the same keys with other meanings.
 * Layouts: include/linux/mm_types.h and page-flags.h of the kernels named below.
 */
#include "filter/layout.h"

#include "base/str.h"
#include "base/vmcoreinfo.h"

#include <elf.h>
#include <string.h>

struct text {
	const char *p;
	size_t len;
};

static const struct page_type type_none = { 0, 1 };

static bool number(const struct text *t, const char *key, uint64_t *ret)
{
	return vmci_u64(t->p, t->len, key, ret) == 0;
}

/* OFFSET(KEY), when N bytes from there on lie in a struct of SIZE bytes. */
static uint16_t field(const struct text *t, const char *key, uint64_t size, unsigned n)
{
	uint64_t v;

	if (!number(t, key, &v) || v >= size || n > size - v)
		return PAGE_NO_FIELD;
	return (uint16_t)v;
}

/* A field of the second page of a folio, as an offset in that struct page. */
static uint16_t folio_field(const struct text *t, const char *key, uint64_t size)
{
	uint64_t v;

	if (!number(t, key, &v) || v < size || v - size >= size)
		return PAGE_NO_FIELD;
	return (uint16_t)(v - size);
}

static uint64_t flag(const struct text *t, const char *key)
{
	uint64_t bit;

	return number(t, key, &bit) && bit < 64 ? 1ull << bit : 0;
}

static void release_parse(struct page_layout *l, const struct text *t)
{
	char s[80];
	unsigned part[2] = { 0, 0 };
	const char *p = s;

	if (vmci_str(t->p, t->len, "OSRELEASE", s, sizeof(s)) < 0)
		return;
	for (unsigned i = 0; i < 2; i++) {
		if (*p < '0' || *p > '9')
			return;
		for (; *p >= '0' && *p <= '9' && part[i] < 1000; p++)
			part[i] = part[i] * 10 + (unsigned)(*p - '0');
		if (i == 0 && *p++ != '.')
			return;
	}
	l->major = part[0];
	l->minor = part[1];
}

static bool since(const struct page_layout *l, unsigned major, unsigned minor)
{
	return l->major > major || (l->major == major && l->minor >= minor);
}

/*
 * Up to 6.11 a type is a bit that is cleared in a word of ones; from 6.12 on it is the top byte, and the low 24
 * bits belong to the page's owner: a value with them clear is compared by its top byte alone.
 */
static struct page_type type_of(const struct text *t, const char *key)
{
	uint64_t v;
	uint32_t word;

	if (!number(t, key, &v))
		return type_none;
	word = (uint32_t)v;
	/* A mapping count is -1 or more: such a value would name ordinary pages. */
	if ((int32_t)word >= -1)
		return type_none;
	if ((word & 0xffffff) == 0)
		return (struct page_type){ 0xff000000, word };
	return (struct page_type){ UINT32_MAX, word };
}

/* Page tables have no key; their place beside the buddy type tells. For the order of the dump only. */
static struct page_type table_type(const struct page_layout *l)
{
	uint32_t bit;

	if (l->buddy.mask == 0xff000000 && l->buddy.value == 0xf0000000)
		return (struct page_type){ 0xff000000, 0xf2000000 }; /* PGTY_table, 6.12 */
	if (l->buddy.value == ~0x40000000u)
		return (struct page_type){ 0x90000000, 0x80000000 }; /* PG_table 0x10000000, 6.11 */
	if (l->buddy.value != ~0x80u)
		return type_none;
	/* PG_table: 0x400 from 4.18 to 5.10 (after PG_kmemcg, which can be set too), 0x200 up to 6.10 */
	bit = since(l, 5, 11) ? 0x200 : 0x400;
	return (struct page_type){ 0xf0000000 | bit, 0xf0000000 };
}

static void types_parse(struct page_layout *l, const struct text *t)
{
	l->buddy = type_of(t, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)");
	l->offline = type_of(t, "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)");
	l->hugetlb = type_of(t, "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)");
	l->slabs = type_of(t, "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)");
	l->unaccepted = type_of(t, "NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)");
	l->table = table_type(l);
}

static void flags_parse(struct page_layout *l, const struct text *t)
{
	uint64_t head;

	l->lru = flag(t, "NUMBER(PG_lru)");
	l->private = flag(t, "NUMBER(PG_private)");
	l->swapcache = flag(t, "NUMBER(PG_swapcache)");
	l->swapbacked = flag(t, "NUMBER(PG_swapbacked)");
	l->slab = flag(t, "NUMBER(PG_slab)");
	l->hwpoison = flag(t, "NUMBER(PG_hwpoison)");
	if (number(t, "NUMBER(PG_head_mask)", &head) && head && (head & (head - 1)) == 0)
		l->compound = head;
}

/* The order of a compound page, and what makes it one of hugetlb. */
static void compound_parse(struct page_layout *l, const struct text *t)
{
	bool half = l->major && !since(l, 4, 16);
	uint64_t dtor, unused;
	bool typed = number(t, "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)", &unused);
	uint64_t hugetlb = flag(t, "NUMBER(PG_hugetlb)");

	l->order_at = field(t, "OFFSET(page.compound_order)", l->at.size, half ? 2 : 1);
	l->huge_at = field(t, "OFFSET(page.compound_dtor)", l->at.size, half ? 2 : 1);
	l->order = half ? ORDER_HALF : ORDER_BYTE;
	if (l->order_at == PAGE_NO_FIELD) {
		l->order_at = folio_field(t, "OFFSET(folio._folio_order)", l->at.size);
		l->huge_at = folio_field(t, "OFFSET(folio._folio_dtor)", l->at.size);
		half = false;
		l->order = ORDER_BYTE;
	}
	if (l->order_at == PAGE_NO_FIELD)
		l->order = since(l, 6, 6) || typed || hugetlb ? ORDER_FLAGS : ORDER_UNKNOWN;
	if (typed) {
		l->huge = HUGE_TYPE;
	} else if (hugetlb) {
		l->huge = HUGE_FLAGS;
		l->huge_value = hugetlb;
	} else if (l->huge_at != PAGE_NO_FIELD && number(t, "NUMBER(HUGETLB_PAGE_DTOR)", &dtor)) {
		l->huge = half ? HUGE_HALF : HUGE_BYTE;
		l->huge_value = dtor;
	}
}

static bool fields_parse(struct page_layout *l, const struct text *t)
{
	uint64_t size;

	if (!number(t, "SIZE(page)", &size) || size < 32 || size > 512 || size % 8)
		return false;
	l->at.size = (uint16_t)size;
	l->at.flags = field(t, "OFFSET(page.flags)", size, 8);
	l->at.mapping = field(t, "OFFSET(page.mapping)", size, 8);
	l->at.private = field(t, "OFFSET(page.private)", size, 8);
	l->at.mapcount = field(t, "OFFSET(page._mapcount)", size, 4);
	l->at.head = field(t, "OFFSET(page.compound_head)", size, 8);
	if (l->at.head == PAGE_NO_FIELD)
		l->at.head = field(t, "OFFSET(page.compound_info)", size, 8); /* since 7.1 */
	return l->at.flags != PAGE_NO_FIELD && l->at.mapcount != PAGE_NO_FIELD;
}

static void cannot(struct page_layout *l, unsigned levels, struct notes *notes, const char *why)
{
	if ((l->can & levels) == 0)
		return;
	l->can &= ~levels;
	note_add(notes, "%s are kept: vmcoreinfo has no usable %s",
		 levels == LEVEL_FREE ? "free pages" : levels == LEVEL_USER ? "user pages"
									    : "cache and user pages",
		 why);
}

/* Takes out the levels whose keys are missing. */
static void judge(struct page_layout *l, struct notes *notes)
{
	unsigned cache = LEVEL_CACHE | LEVEL_CACHE_PRIVATE;

	if (l->buddy.mask == 0)
		cannot(l, LEVEL_FREE, notes, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)");
	if (l->at.private == PAGE_NO_FIELD)
		cannot(l, LEVEL_FREE, notes, "OFFSET(page.private)");
	if (!l->free_orders)
		cannot(l, LEVEL_FREE, notes, "LENGTH(zone.free_area)");
	if (l->at.head == PAGE_NO_FIELD)
		cannot(l, cache | LEVEL_USER, notes, "OFFSET(page.compound_head) or page.compound_info");
	if (l->at.mapping == PAGE_NO_FIELD)
		cannot(l, cache | LEVEL_USER, notes, "OFFSET(page.mapping)");
	if (!l->lru || !l->private) {
		l->can &= ~cache;
		note_add(notes, "cache pages are kept: vmcoreinfo has no usable NUMBER(PG_lru) or NUMBER(PG_private)");
	}
	if (!l->slab && l->slabs.mask == 0)
		cannot(l, LEVEL_USER, notes, "NUMBER(PG_slab) or NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)");
	if (l->can & ~LEVEL_FREE && l->compound && l->order == ORDER_UNKNOWN)
		note_add(notes, "compound pages are kept: release %u.%u does not tell where their order is", l->major,
			 l->minor);
}

/* Kernel addresses have the top bit set on these; elsewhere bit 0 of mapping alone marks anonymous pages. */
static uint64_t anon_bits(uint16_t machine)
{
	bool high = machine == EM_X86_64 || machine == EM_AARCH64 || machine == EM_RISCV;

	return high ? 1ull << 63 | 1 : 1;
}

void layout_parse(struct page_layout *ret, const char *text, size_t len, uint16_t machine, struct notes *notes)
{
	const struct text t = { text, len };
	uint64_t orders;

	memset(ret, 0, sizeof(*ret));
	ret->buddy = ret->offline = ret->hugetlb = ret->slabs = ret->unaccepted = ret->table = type_none;
	ret->anon = anon_bits(machine);
	if (!fields_parse(ret, &t)) {
		note_add(notes, "all pages are kept: vmcoreinfo lacks SIZE(page), page.flags or page._mapcount");
		return;
	}
	release_parse(ret, &t);
	types_parse(ret, &t);
	flags_parse(ret, &t);
	compound_parse(ret, &t);
	if (number(&t, "LENGTH(zone.free_area)", &orders) && orders && orders <= PAGE_ORDER_MAX + 1)
		ret->free_orders = (unsigned)orders;
	ret->can = LEVEL_STRUCT_PAGE;
	judge(ret, notes);
}
