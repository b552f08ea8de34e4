/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: the work of one thread: pages are read, tested for zero and packed.
 * Straight from the mapped vmcore into the batch; a page that cannot be read costs itself.
 */
#ifndef DUMP_PACKER_H
#define DUMP_PACKER_H

#include "base/err.h"
#include "codec/codec.h"
#include "iface/codec.h"
#include "iface/format.h"
#include "iface/source.h"

#include <stdbool.h>
#include <stdint.h>

#define PACKER_STEPS 12 /* codecs that one dump can switch between */

/* What all threads share; constant while packing. */
struct pack_plan {
	struct source *src;
	uint32_t page_size;
	unsigned batch_pages; /* at most BATCH_PAGES, so that a batch of them has at most 256 KiB */
	bool zero;            /* pages of zeros are left out */
	unsigned nstep;       /* 0: everything is stored */
	struct {
		const struct codec *codec;
		int level;
	} step[PACKER_STEPS];
};

struct packer {
	const struct pack_plan *plan;
	void *state[PACKER_STEPS]; /* owned; NULL: stored */
	uint8_t *bounce;           /* one batch of pages, for what cannot be mapped */
	struct {                   /* of the file; size 0: none */
		const void *map;   /* NULL: it cannot be mapped */
		uint64_t off, size;
	} window;
};

/* What happened to a batch. */
struct pack_stat {
	uint64_t zero;       /* pages */
	uint64_t lost;       /* pages that the source itself has lost: BATCH_LOST */
	uint64_t unreadable; /* pages that reading failed for: BATCH_LOST too */
	uint64_t stored;     /* pages that did not get smaller, or that were not to be packed */
	uint64_t in, out;    /* bytes of the packed pages; zero and stored ones not counted */
	int64_t us;
};

/* -ENOMEM. Free with packer_free(), also after a failure. */
int must_check packer_init(struct packer *p, const struct pack_plan *plan, struct err *e);

/* Bytes that packer_init() allocates, codec states included. The window is memory of the crashed kernel. */
uint64_t packer_memory(const struct pack_plan *plan);

/*
 * Reads and packs the pages B->pfn[0 … n-1] with codec STEP of the plan into B (data has room for
 * n pages and CODEC_ROOM). Never fails: a page that cannot be read gets BATCH_LOST and is counted.
 */
void packer_run(struct packer *p, unsigned step, struct batch *b, struct pack_stat *st);

void packer_free(struct packer *p);

#endif
