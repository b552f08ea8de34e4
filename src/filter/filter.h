/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: which pages the dump can do without.
 * Everything comes from vmcoreinfo; what is not known for certain is kept, and said.
 */
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include "iface/filter.h"
#include "iface/source.h"

#define FILTER_NOTES 16

struct filter;

/*
 * Works out where struct page lies and how it reads, from vmcoreinfo, and tries it on pages that are known
 * to be the kernel's. Content never makes it fail: what does not add up is switched off and noted.
 * -ENOMEM. SRC must outlive the filter; the caller frees with filter_free().
 */
int must_check filter_open(struct filter **ret, struct source *src, struct err *e);

/* The level bits (LEVEL_*) that can be decided; LEVEL_ZERO always is, by content. */
unsigned filter_can(const struct filter *f);

/* Sentences on what was switched off and why; valid until filter_free(). Gives their number. */
unsigned filter_notes(const struct filter *f, const char *ret[FILTER_NOTES]);

/* Pages that are always kept, PIN_SETS of them; valid until filter_free(). */
const struct pin *filter_pins(const struct filter *f);

/*
 * Decides the N pages from FIRST on (a multiple of KEEP_ALIGN; N reaches such a multiple or the end of memory)
 * and fills OUT: kept are pages that the source holds and that no bit of the level drops. Bits above the
 * end are 0. Safe from several threads on different ranges; uses at most 64 KiB of stack, no heap.
 */
int must_check filter_scan(const struct filter *f, uint64_t first, uint64_t n, const struct filter_out *out,
			   struct err *e);

/*
 * Judges the counts ST of a scan over all memory: gives the level bits that did implausible things (0:
 * none) and switches them off, with a note. The scan is then to be done again.
 */
unsigned filter_doubt(struct filter *f, const struct filter_stat *st);

void filter_free(struct filter *f);

#endif
