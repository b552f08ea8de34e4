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

#define KDUMP_TORN "its bitmap has fewer pages than its table has descriptors"

#define DESCS 1024u /* descriptors that are read at a time */

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
	/* What kdump_judge() finds: pages of each state, and one bit for each CHUNK with a page that is not held. */
	uint64_t lost, away, damaged;
	bool torn; /* a part is: what its bitmap says was left out may have been there, and counts as lost */
	uint8_t *flawed;
	char why[320]; /* info.why */
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

/*
 * Checks that the parts of K, in the order of their pages, are parts of one dump, and finds which has which pages.
 * -EINVAL with a sentence that names the file that does not belong or that is given twice.
 */
int must_check kdump_parts_fit(struct kdump *k, struct err *e);

/*
 * Looks at every descriptor once, at no page: fills what K lost, and info.incomplete, info.why and info.lost.
 * -errno when bitmaps or descriptors cannot be read.
 */
int must_check kdump_judge(struct kdump *k, struct err *e);

/* True when all pages of bitmap2 among the N from FIRST on are held, as kdump_judge() found. */
bool kdump_sound(const struct kdump *k, uint64_t first, uint64_t n);

/*
 * Gives the segments of K their virtual addresses: those that the file carries, else those of the direct map, with one
 * of the kernel image in front of them, x86_64 only. What the page tables do not tell, or contradict, stays unknown.
 * K->carry and K->xlat are ready.
 */
void kdump_addresses(struct kdump *k);

#endif
