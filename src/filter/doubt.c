/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: is what the scan counted possible?
 * Each rule is a dump that an encoding unknown to the filter would have ruined.
 */
#include "filter/scan.h"

#include <inttypes.h>

#define SMALL 16384u /* pages; fewer say nothing: 64 MiB, a test's memory */

static uint64_t held(const struct filter_stat *st)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < PAGE_CLASSES; i++)
		n += st->pages[i];
	return n;
}

unsigned filter_doubt(struct filter *f, const struct filter_stat *st)
{
	const uint64_t *n = st->pages;
	uint64_t all = held(st);
	unsigned off = 0;

	if (all < SMALL)
		return 0;
	if (st->distrusted > all / 100) {
		off = LEVEL_STRUCT_PAGE;
		note_add(&f->notes, "all pages are kept: %" PRIu64 " blocks of pages have an impossible order",
			 st->distrusted);
	} else if (f->memmap.pages && n[PAGE_MEMMAP] < f->memmap.pages / 2 && n[PAGE_UNKNOWN] < all / 100) {
		off = LEVEL_STRUCT_PAGE;
		note_add(&f->notes, "all pages are kept: %" PRIu64 " of %" PRIu64 " pages of struct pages would go",
			 f->memmap.pages - n[PAGE_MEMMAP], f->memmap.pages);
	}
	/* The struct pages alone are 1.5 % of memory. */
	if (n[PAGE_FREE] + n[PAGE_UNACCEPTED] > all - all / 200) {
		off |= LEVEL_FREE;
		note_add(&f->notes, "free pages are kept: %" PRIu64 " of %" PRIu64 " pages cannot be free",
			 n[PAGE_FREE], all);
	}
	/* A slab page that is not seen as one can look like a user's page. */
	if (!n[PAGE_SLAB] && n[PAGE_USER] && all > n[PAGE_UNKNOWN]) {
		off |= LEVEL_USER;
		note_add(&f->notes, "user pages are kept: no slab page was found, so that some may be among them");
	}
	off &= f->can;
	f->can &= ~off;
	return off;
}
