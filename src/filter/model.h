/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: where the struct page of a pfn lies.
 * SPARSEMEM with and without VMEMMAP, and FLATMEM, all become runs of pfns with one address each.
 */
#ifndef FILTER_MODEL_H
#define FILTER_MODEL_H

#include "filter/layout.h"
#include "iface/source.h"

#define MODEL_RUNS     (1u << 20) /* more are not looked at: 128 TiB of sections of 128 MiB */
#define MODEL_SECTIONS (1u << 22) /* so many sections of the held memory are looked at */

/* The struct pages of pfns [pfn, pfn + n) lie from VA on. */
struct page_run {
	uint64_t pfn, n, va;
};

struct model {
	const char *name;
	struct page_run *run; /* owned; ascending, do not overlap */
	unsigned n, room;
	uint64_t tables; /* virtual address of the section table (or its roots), 0: none */
	bool extreme;    /* `tables` are roots: pointers to tables of `each` sections */
	uint64_t each, section_size, section_pages;
};

/*
 * Finds the runs of SRC. Without any, M->n is 0 and a note says why. -ENOMEM. The caller frees with
 * model_free().
 */
int must_check model_open(struct model *m, struct source *src, const struct page_layout *l, struct notes *notes,
			  struct err *e);

/* The run that holds PFN, or the first one above; NULL when there is none. */
const struct page_run *model_find(const struct model *m, uint64_t pfn);

void model_free(struct model *m);

#endif
