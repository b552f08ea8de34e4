/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: kept pages, batch by batch.
 * By pfn, or in rounds: sets of pinned pages, then by the importance of blocks.
 */
#ifndef DUMP_WALK_H
#define DUMP_WALK_H

#include "iface/filter.h"
#include "iface/format.h"

#include <stdbool.h>
#include <stdint.h>

struct walk {
	const uint8_t *bits;     /* of the window: bit 0 is pfn FIRST */
	uint64_t first, end;     /* pfns of the window; FIRST a multiple of FILTER_BLOCK */
	const uint8_t *rank;     /* one byte a block of all memory; NULL: one round */
	unsigned round;          /* only blocks with this rank */
	const struct pin *pin;   /* PIN_ROUNDS sets of pages with rounds of their own; NULL: none */
	unsigned set;            /* with PIN: only pages of this set and of none before; PIN_ROUNDS: of no set */
	unsigned at[PIN_ROUNDS]; /* the range of each set that the next page may be in; 0 at first */
	uint64_t pfn;            /* where to look next, a multiple of 64 at first, of FILTER_BLOCK with RANK */
	uint64_t index;          /* kept pages of the file below PFN */
};

/* Fills pfn, n and index of B with at most MAX pages. False: no further page in this window. */
bool walk_next(struct walk *w, struct batch *b, unsigned max);

#endif
