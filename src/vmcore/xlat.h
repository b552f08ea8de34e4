/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: kernel virtual to physical addresses by the crashed kernel's page tables.
 * A pure walk over a read callback; nothing is remembered, so that threads share one description.
 */
#ifndef VMCORE_XLAT_H
#define VMCORE_XLAT_H

#include "iface/source.h"

#include <stddef.h>
#include <stdint.h>

/* What the walk begins with; levels 0: no page table is known. */
struct xlat {
	unsigned levels; /* 4 or 5 */
	uint64_t top;    /* physical address of the top table */
	uint64_t mask;   /* address bits of an entry: 12 to 51 without the encryption bit */
};

/* N bytes of physical memory at PA. 0 or -errno. */
typedef int (*xlat_read)(void *arg, uint64_t pa, void *buf, size_t n);

/*
 * Finds the kernel's page table from vmcoreinfo (init_top_pgt, init_level4_pgt or swapper_pg_dir, and
 * pgtable_l5_enabled, sme_mask) and INFO->phys_base, x86_64 only; else RET->levels is 0.
 */
void xlat_find(const struct dump_info *info, struct xlat *ret);

/*
 * Translates VA: *PA its physical address, *LEN the bytes from VA on that are contiguous (to the end of
 * a leaf of 1 GiB or 2 MiB, or of a run of 4 KiB leaves in one table). Table layout: Intel SDM 3A 4.5;
 * arch/x86/include/asm/pgtable_types.h (Linux 6.1). -EFAULT: not mapped; -EOPNOTSUPP: no page table is
 * known; else what READ gave for a table.
 */
int xlat_walk(const struct xlat *x, xlat_read read, void *arg, uint64_t va, uint64_t *pa, uint64_t *len);

/*
 * The first mapped address at *VA or above it, and its physical address. -EFAULT when a few thousand entries
 * do not lead to one; -EOPNOTSUPP.
 */
int xlat_first(const struct xlat *x, xlat_read read, void *arg, uint64_t *va, uint64_t *pa);

#endif
