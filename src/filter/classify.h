/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: from the words of struct page to a class.
 * Pure functions over a piece of the array; what does not add up is PAGE_UNKNOWN, which is kept.
 */
#ifndef FILTER_CLASSIFY_H
#define FILTER_CLASSIFY_H

#include "filter/layout.h"

#include <stdbool.h>

/* A class for the order of the dump only: PAGE_KERNEL that has PG_reserved. */
#define PAGE_BOOT   PAGE_CLASSES
#define OWN_CLASSES (PAGE_CLASSES + 1)

/* The rest of a block whose first page has been seen: a free block, or a compound page. */
struct carry {
	uint64_t until; /* pfns below have the class; at or below the next pfn: there is no such block */
	uint8_t class;  /* enum page_class, or PAGE_BOOT */
	bool look;      /* look at each page for PG_hwpoison */
};

struct piece {
	const struct page_layout *layout;
	const uint8_t *at; /* struct pages of pfns [pfn, pfn + n); bytes may fault, see base/fault.h */
	uint64_t pfn;
	unsigned n;
	uint64_t end;   /* no block reaches to here or beyond: the end of the scanned range */
	uint8_t *class; /* gets n of enum page_class */
	unsigned look;  /* 1 << class: single pages of such blocks can be kept, so look for PG_hwpoison */
	struct carry carry;
	uint64_t distrusted; /* blocks with an impossible order, added to */
};

/* Classifies the piece Q. Always 0; fit for fault_try(). */
int classify(void *piece);

#endif
