/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: the threads.
 * Each takes a batch, packs it, and whoever completes the oldest one writes what is ready: no thread only
 * waits for others, none polls, and the file is the same for any number of threads.
 */
#ifndef DUMP_POOL_H
#define DUMP_POOL_H

#include "base/err.h"
#include "dump/packer.h"
#include "dump/pick.h"
#include "dump/walk.h"
#include "iface/format.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct pool_ops {
	/* One batch, packed with STEP; in the order of the walk, one call at a time. Not 0 ends the run. */
	int (*put)(void *arg, const struct batch *b, const struct pack_stat *st, unsigned step, struct err *e);
	/* After each batch, one call at a time. Not 0 ends the run. */
	int (*tick)(void *arg, struct err *e);
	void *arg;
};

struct pool_slot {
	struct batch b;
	struct pack_stat st;
	unsigned step;
	bool done;
};

struct pool {
	const struct pack_plan *plan;
	struct pool_ops ops;
	struct pick *pick; /* not owned */
	unsigned threads, nslot;
	struct packer *packer;  /* owned, one a thread */
	struct pool_slot *slot; /* owned, a ring */
	uint8_t *data;          /* owned, the slots' buffers */
	pthread_t *id;          /* owned, of all threads but the caller's */

	/* Of a run; all below under the lock. */
	pthread_mutex_t lock;
	pthread_cond_t moved; /* a slot became free, or the end is reached */
	struct walk *walk;
	bool walked;         /* no further batch */
	bool putting;        /* a thread is in put() */
	uint64_t head, next; /* batches written, batches taken */
	unsigned ready;      /* packers that have found a thread */
	int rc;
	struct err *e;
};

/* Takes all memory it will need for THREADS threads. -ENOMEM. Free with pool_free(), also after a failure. */
int must_check pool_init(struct pool *p, const struct pack_plan *plan, struct pick *pick, unsigned threads,
			 const struct pool_ops *ops, struct err *e);

/* Bytes that pool_init() allocates. */
uint64_t pool_memory(const struct pack_plan *plan, unsigned threads);

/*
 * Takes the pages of W through pack and put. 0, or the first failure of put or tick; batches before it
 * have been put, none after it. Fewer threads than asked for are no failure.
 */
int must_check pool_run(struct pool *p, struct walk *w, struct err *e);

void pool_free(struct pool *p);

#endif
