/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: how threads read pages of a kdump-compressed dump.
 * The inside of kdump.c: a thread borrows a reader, finds the descriptor of a page, unpacks it.
 */
#ifndef VMCORE_KDUMP_READ_H
#define VMCORE_KDUMP_READ_H

#include "vmcore/carry.h"
#include "vmcore/kdump.h"
#include "vmcore/kdump_index.h"
#include "vmcore/know.h"
#include "vmcore/made_notes.h"
#include "vmcore/xlat.h"

#include <pthread.h>

#define DESCS 128u /* descriptors that are read at a time */

/* What one thread reads with, and what it has read last. */
struct reader {
	struct reader *next;
	void *unpack;
	uint64_t chunk; /* whose bits of bitmap2 are in `bits`; UINT64_MAX: none */
	uint8_t bits[CHUNK / 8];
	unsigned desc_part, ndesc;
	uint64_t desc_first; /* index in the table of that part */
	uint8_t desc[DESCS * KDUMP_DESC];
	unsigned page_part;
	struct kdump_desc page_desc; /* what is in `page`; size 0: nothing */
	uint8_t *page, *packed;
};

struct kdump {
	struct source source; /* first: a source is a kdump */
	struct kdump_part part[KDUMP_PARTS];
	unsigned nparts;
	bool missing;
	struct kdump_index index;
	const struct unpack_ops *unpack;
	struct xlat xlat;
	struct known_notes notes;
	struct carry carry;
	struct made_notes made;
	uint64_t own_notes; /* bytes of the notes of the file, our own one taken off */
	pthread_mutex_t lock;
	pthread_cond_t returned;
	struct reader *idle; /* under lock */
	unsigned nreaders;   /* made; under lock */
};

/* Borrows a reader: one that is idle, a new one, or the first that comes back. NULL: no memory. */
struct reader *reader_get(struct kdump *k, struct err *e);

void reader_put(struct kdump *k, struct reader *r);

/* Frees the idle readers, which are all when nobody reads. */
void readers_free(struct kdump *k);

/* The bits of bitmap2 of chunk C into r->bits. */
int must_check chunk_load(const struct kdump *k, struct reader *r, uint64_t c, struct err *e);

/* Page PFN, of which bitmap2 has a bit and RANK bits below. */
int must_check page_find(const struct kdump *k, struct reader *r, uint64_t pfn, uint64_t rank,
			 struct kdump_page *ret, struct err *e);

/* Unpacks page PFN into r->page. 0, or what source_ops.read_pa gives for it. */
int must_check page_read(const struct kdump *k, struct reader *r, uint64_t pfn, struct err *e);

/* Whether the writer of P ended before its last page. */
bool part_incomplete(const struct kdump_part *p);

/*
 * Gives the segments of K their virtual addresses: those that the file carries, else those of the direct map, with one
 * of the kernel image in front of them, x86_64 only. What the page tables do not tell, or contradict, stays unknown.
 * K->carry and K->xlat are ready.
 */
void kdump_addresses(struct kdump *k);

#endif
