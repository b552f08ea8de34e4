/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: which codec the next pages get.
 * Measures what each step of the ladder costs and what the target takes, and picks what ends soonest;
 * of steps that end about as soon, the one with the smaller file.
 */
#ifndef DUMP_PICK_H
#define DUMP_PICK_H

#include "dump/packer.h"

#include <stdint.h>

/* What one step costs. Starts as a guess, becomes what was measured. */
struct pick_step {
	double ns;    /* of one thread, per byte in */
	double ratio; /* bytes out per byte in */
	unsigned seen;
};

struct pick {
	unsigned n; /* steps, weakest first; 0 or 1: nothing to pick */
	unsigned threads;
	struct pick_step step[PACKER_STEPS];
	double sink_ns; /* per byte out, 0: nothing was written yet */
	unsigned current;
	uint64_t batches;  /* since the start */
	unsigned switches; /* how often `current` changed */
};

/* NS and RATIO of each step are guesses until it was used. */
void pick_init(struct pick *p, unsigned threads);
void pick_add(struct pick *p, double ns, double ratio);

/* The step for the next batch. */
unsigned pick_next(struct pick *p);

/* A batch was packed with STEP. */
void pick_packed(struct pick *p, unsigned step, const struct pack_stat *st, uint32_t page_size);

/* BYTES went to the target in US microseconds. */
void pick_written(struct pick *p, uint64_t bytes, int64_t us);

#endif
