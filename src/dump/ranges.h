/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: memory divided among several files.
 * Every file gets about as many pages that are kept, so that they are done at about the same time.
 */
#ifndef DUMP_RANGES_H
#define DUMP_RANGES_H

#include "base/err.h"
#include "iface/source.h"

#include <stdint.h>

/*
 * Divides the pages of SRC that LEVEL keeps among N files: BOUND, of N + 1 numbers, gets the first pfn of
 * each file and the end of memory. Bounds are multiples of ALIGN pages, a multiple of 64: crash(8) counts
 * bits 64 at a time from the first pfn of a file. Needs a scan of all struct pages. -ERANGE when
 * memory is too small for N files; -ENOMEM.
 */
int must_check ranges_make(struct source *src, unsigned level, unsigned n, uint64_t align, uint64_t *bound,
			   struct err *e);

#endif
