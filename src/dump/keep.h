/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: which pages go into the dump, one bit each.
 * Scans once when memory has room for the bits of all levels, window by window when it has not.
 */
#ifndef DUMP_KEEP_H
#define DUMP_KEEP_H

#include "filter/filter.h"
#include "iface/filter.h"
#include "iface/format.h"
#include "iface/source.h"

#include <stdbool.h>
#include <stdint.h>

/* Called now and then while scanning: pages DONE of TOTAL. Not 0 ends the scan with it. */
typedef int (*keep_tick)(void *arg, uint64_t done, uint64_t total);

struct keep_opts {
	unsigned nlevel;
	unsigned maps; /* bitmaps to fill with one scan: nlevel, or 1 */
	uint8_t level[FILTER_LEVELS];
	uint64_t window; /* pfns: all of memory or a multiple of KEEP_ALIGN */
	bool rank;       /* order blocks by importance; only with one window */
	unsigned threads;
	/*
	 * Fills short gaps (elf_keep_fill), for a format that cannot leave them out; with a bitmap more, of the
	 * pages that may be read at all. At most FILTER_LEVELS - 1 levels then.
	 */
	bool fill;
	bool lost; /* keep what the source has lost as well: the format writes that it is lost */
	keep_tick tick;
	void *tick_arg;
};

struct keeper {
	struct keep keep; /* of the chosen level; keep.load may be called between scan and free */
	struct source *src;
	struct filter *filter; /* NULL: pages are not judged, all are kept */
	struct keep_opts how;
	uint8_t *bits[FILTER_LEVELS]; /* owned */
	uint8_t *may;                 /* owned; with `fill`: what level 0 keeps */
	uint8_t *rank;                /* owned; one byte a FILTER_BLOCK, or NULL */
	unsigned chosen;              /* index of the level in use */
	uint64_t loaded;              /* first pfn of the window that is loaded; UINT64_MAX: none */
	uint64_t kept[FILTER_LEVELS]; /* set bits of the whole bitmap; known after keeper_scan() */
	struct filter_stat stat;
	uint64_t scanned; /* pages, for the tick */
	bool counted;     /* kept[chosen] is known */
};

/*
 * Takes all memory it will need. FILTER may be NULL. -ENOMEM. The keeper must not move; free with
 * keeper_free(), also after a failure.
 */
int must_check keeper_init(struct keeper *k, struct source *src, struct filter *filter, const struct keep_opts *how,
			   struct err *e);

/*
 * Looks at all of memory: fills `kept` and `stat`. Level bits that did implausible things are switched
 * off (filter_doubt) and the scan is done again.
 */
int must_check keeper_scan(struct keeper *k, struct err *e);

/*
 * Takes the next level of the list; when there was memory for the bits of all levels it is `counted`
 * already, else keeper_scan() has to follow. False: no more.
 */
bool keeper_next_level(struct keeper *k);

void keeper_free(struct keeper *k);

#endif
