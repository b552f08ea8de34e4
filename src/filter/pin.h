/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: pages that are known to be the kernel's without a look at struct page.
 * Found through addresses alone, so that no damaged struct page can lose them; a damaged address pins too much.
 */
#ifndef FILTER_PIN_H
#define FILTER_PIN_H

#include "filter/model.h"
#include "iface/filter.h"

#define PIN_RANGES 16384u     /* of one set: 256 KiB; what does not fit is left to struct page */
#define PIN_BLOCK  (1u << 14) /* pages of one piece of the log: 64 MiB */
#define PIN_WALK   (1u << 16) /* page tables that are looked at: their pages cover 128 GiB in leaves of 4 KiB */

struct pins {
	struct pin set[PIN_SETS]; /* ranges owned */
	struct pfn_range image;   /* of the kernel, with pages that it gave back; empty: unknown */
};

/*
 * Collects the pages of SRC whose struct pages lie as M says (M may be empty). Content never makes it fail.
 * -ENOMEM. The caller frees with pins_free(), also after a failure.
 */
int must_check pins_open(struct pins *ret, struct source *src, const struct model *m, struct err *e);

/* The first range of P that ends above PFN; P->n when there is none. */
unsigned pin_find(const struct pin *p, uint64_t pfn);

void pins_free(struct pins *p);

#endif
