/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: the bitmaps of a kdump-compressed dump, counted.
 * One number for every 4096 pages makes the descriptor of any page a step away.
 */
#ifndef VMCORE_KDUMP_INDEX_H
#define VMCORE_KDUMP_INDEX_H

#include "base/err.h"
#include "iface/source.h"
#include "vmcore/file.h"
#include "vmcore/kdump_head.h"

#define CHUNK          4096u /* bits of a bitmap that are looked at together */
#define KDUMP_SEGMENTS 4096u /* segments that are told apart; more runs are one */

/* One file of a dump. */
struct kdump_part {
	struct dfile *file;
	struct kdump_head h;
	uint64_t below; /* bits of bitmap2 below h.from: the table begins behind them */
	uint64_t kept;  /* bits in [h.from, h.to): descriptors of this file */
	bool torn;      /* its table has more descriptors than bitmap2 has bits: which page is which is not known */
	uint64_t low;   /* offset of the first data: there is the page that all pages of zeros share */
};

struct kdump_index {
	uint64_t *rank;          /* bits of bitmap2 below chunk n; one more than there are chunks; owned */
	struct segment *segment; /* runs of bitmap1; owned */
	unsigned nsegment;
	uint64_t existed, kept; /* bits of bitmap1, bitmap2 */
	uint64_t stray;         /* bits of bitmap2 that are not in bitmap1 */
	uint64_t beyond;        /* bits of either at max_mapnr or above it */
	uint64_t max_pfn;       /* one above the highest bit of either */
	uint64_t hash;          /* of both bitmaps: those of all parts of a split dump are equal */
};

/* Reads both bitmaps of P once. -ENOMEM or what reading gave. The caller frees with kdump_index_free(). */
int must_check kdump_index_build(struct kdump_index *ret, const struct kdump_part *p, struct err *e);

/* The N bits from pfn FIRST (a multiple of 8) on of the bitmap at AT into BITS; above max_mapnr zeros. */
int must_check kdump_bits(const struct kdump_part *p, uint64_t at, uint64_t first, uint64_t n, uint8_t *bits,
			  struct err *e);

/* How many of the first N bits of BITS are set. */
uint64_t kdump_count(const uint8_t *bits, uint64_t n);

void kdump_index_free(struct kdump_index *x);

#endif
