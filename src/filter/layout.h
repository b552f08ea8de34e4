/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: how struct page of the crashed kernel reads.
 * Pure functions over vmcoreinfo; a level that cannot be decided with certainty is taken out of `can`.
 */
#ifndef FILTER_LAYOUT_H
#define FILTER_LAYOUT_H

#include "filter/note.h"

#include <stddef.h>
#include <stdint.h>

#define PAGE_NO_FIELD     UINT16_MAX
#define PAGE_ORDER_MAX    18u /* 1 GiB of 4 KiB pages, 16 GiB of 64 KiB ones; 1 << 18 is KEEP_ALIGN */
#define LEVEL_STRUCT_PAGE (LEVEL_MAX & ~LEVEL_ZERO)

/* A test of the word that is _mapcount and page_type: (word & mask) == value. Unknown types never match. */
struct page_type {
	uint32_t mask, value;
};

/* Offsets in struct page, in bytes; PAGE_NO_FIELD: not known. */
struct page_at {
	uint16_t size, flags, head, mapping, private, mapcount;
};

/* Where the order of a compound page is kept, in its second struct page. */
enum order_rule {
	ORDER_UNKNOWN,
	ORDER_BYTE,  /* compound_order since 4.16, _folio_order 6.3 to 6.5 */
	ORDER_HALF,  /* compound_order 4.4 to 4.15: 16 bits */
	ORDER_FLAGS, /* the low byte of flags, since 6.6 */
};

enum huge_rule {
	HUGE_UNKNOWN,
	HUGE_BYTE,  /* compound_dtor, _folio_dtor of the second struct page: up to 6.5 */
	HUGE_HALF,  /* the same with 16 bits: 4.4 to 4.15 */
	HUGE_FLAGS, /* PG_hugetlb of the second struct page: 6.6 to 6.8 */
	HUGE_TYPE,  /* a page type of the head: since 6.9 */
};

struct page_layout {
	struct page_at at;
	enum order_rule order;
	uint16_t order_at;
	enum huge_rule huge;
	uint16_t huge_at;
	uint64_t huge_value; /* the destructor's number, or the mask of PG_hugetlb */
	/* Masks of flags; 0: not known. */
	uint64_t lru, private, swapcache, swapbacked, slab, compound, hwpoison;
	uint64_t reserved; /* PG_reserved, for the order of the dump and the image; 0: not known */
	struct page_type buddy, offline, hugetlb, slabs, unaccepted, table;
	unsigned free_orders;  /* LENGTH(zone.free_area): orders of free blocks are below; 0: not known */
	uint64_t anon;         /* bits of mapping that an anonymous page has */
	unsigned can;          /* LEVEL_* that can be decided */
	unsigned major, minor; /* of the release; 0.0 when it does not read */
};

/*
 * Reads the layout from TEXT, LEN bytes of vmcoreinfo, of a MACHINE (e_machine). Always fills *RET; what
 * is missing or absurd takes bits out of RET->can and is noted.
 */
void layout_parse(struct page_layout *ret, const char *text, size_t len, uint16_t machine, struct notes *notes);

static inline int page_is(uint32_t word, struct page_type t)
{
	return (word & t.mask) == t.value;
}

#endif
