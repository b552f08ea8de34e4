/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: classes of a range of pages, block by block.
 * Struct pages are read from a mapped window; where that is not possible, by copying 4 KiB at a time.
 */
#ifndef FILTER_SCAN_H
#define FILTER_SCAN_H

#include "filter/classify.h"
#include "filter/memmap.h"
#include "filter/model.h"
#include "filter/note.h"
#include "filter/pin.h"

#define SCAN_WINDOW (2u << 20) /* bytes of struct pages that are mapped at once: one leaf */
#define SCAN_COPY   4096u

struct filter {
	struct source *src; /* not owned */
	struct page_layout layout;
	struct model model;
	struct memmap memmap;
	struct pins pins;
	unsigned can;
	struct notes notes;
};

/* State of one scan, on the stack of its thread. */
struct scan {
	const struct filter *f;
	uint64_t end;  /* pfn */
	unsigned look; /* see struct piece */
	struct carry carry;
	uint64_t unreadable, distrusted;
	const uint8_t *map; /* NULL: none */
	size_t map_len;
	uint64_t va; /* bytes [va, va + len) of struct pages are at `at` */
	size_t len;
	const uint8_t *at;
	uint64_t unmappable; /* struct pages below this address and from `va` on are copied */
	uint8_t copy[SCAN_COPY];
};

/* Prepares S for pfns [FIRST, END). End with scan_close(). */
void scan_init(struct scan *s, const struct filter *f, uint64_t first, uint64_t end, unsigned look);

/*
 * Classes of the N pages from PFN on, N at most FILTER_BLOCK, into CLASS. Calls go upwards; blocks of pages that
 * belong together are followed from one call to the next.
 */
void scan_block(struct scan *s, uint64_t pfn, unsigned n, uint8_t *class);

/* Flags of the struct page of PFN, of any page. False when it cannot be read; RET may have been written then. */
bool scan_flags(struct scan *s, uint64_t pfn, uint64_t *ret);

void scan_close(struct scan *s);

#endif
