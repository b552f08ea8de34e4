/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: how much memory a dump takes, decided before the first page.
 * At most 8 MiB, 1 MiB a thread and one bit a page; with less it does with fewer threads and a smaller
 * window, never without the dump.
 */
#ifndef DUMP_BUDGET_H
#define DUMP_BUDGET_H

#include "dump/packer.h"

#include <stdbool.h>
#include <stdint.h>

struct budget {
	unsigned threads;
	unsigned levels; /* bitmaps held at once: all levels of the list, or 1 */
	bool rank;       /* room for the order by importance */
	uint64_t window; /* pfns */
	uint64_t limit;  /* bytes that it was made for */
	uint64_t total;  /* bytes that it comes to */
};

/* What is asked for. */
struct budget_ask {
	uint64_t limit; /* bytes; 0: half of the memory that is free */
	const struct pack_plan *plan;
	unsigned threads; /* 0: as many as there are CPUs */
	unsigned levels;  /* bitmaps that one scan could fill */
	unsigned maps;    /* further bitmaps that every window needs */
	bool rank;        /* order by importance */
	uint64_t max_pfn;
};

void budget_make(struct budget *b, const struct budget_ask *ask);

#endif
