/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: the pages that hold struct pages.
 * Sorted physical ranges; what does not fit is counted among other kernel pages.
 */
#ifndef FILTER_MEMMAP_H
#define FILTER_MEMMAP_H

#include "filter/model.h"
#include "iface/filter.h"

#define MEMMAP_RANGES 16384u     /* 256 KiB */
#define MEMMAP_STEPS  (1u << 18) /* translations: 512 GiB of struct pages in leaves of 2 MiB */

struct memmap {
	struct pfn_range *at; /* owned; ascending, do not overlap */
	unsigned n;
	uint64_t pages; /* of all ranges */
};

/* Follows the runs of M through SRC's page tables. -ENOMEM. The caller frees with memmap_free(). */
int must_check memmap_open(struct memmap *ret, struct source *src, const struct model *m, unsigned size,
			   struct err *e);

/* The first range that ends above PFN, NULL when there is none. */
const struct pfn_range *memmap_find(const struct memmap *m, uint64_t pfn);

void memmap_free(struct memmap *m);

#endif
