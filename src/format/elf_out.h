/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: ELF files with holes.
 * One PT_LOAD for each run of kept pages, by address; its memory reaches up to the next run, its bytes do not.
 */
#ifndef FORMAT_ELF_OUT_H
#define FORMAT_ELF_OUT_H

#include "base/err.h"
#include "iface/format.h"
#include "iface/source.h"

#include <stdint.h>

/* Dropped pages in a row, with kept ones of the same segment on both sides, that do not end a PT_LOAD. */
#define ELF_GAP 256u

/*
 * A writer of ELF files (64 bits, this machine's byte order). Every kept page has a place of its own in the
 * file, in pfn order, so that batches may come in any order; segments that overlap share it. Of pages at the
 * edge of a segment the PT_LOAD covers the bytes that exist. Pages of zeros are not written: holes of the file.
 * Dumps that are split are refused with -EOPNOTSUPP.
 * Until finish(true) e_flags has bit 0, "incomplete". finish(false) takes pages that are missing out of the
 * PT_LOADs; with SINK_ONCE, batches that did not ascend, or a bitmap in several windows they read as zero.
 * With SINK_ONCE the four bytes of e_flags are the last that are written. To a sink without SINK_SEEK holes
 * are written too, batches must ascend, and the mark cannot be taken away: e_flags says complete from the start.
 * Memory: 4 KiB and 80 bytes for each segment of the source; the bitmap is asked for twice. -ENOMEM. The
 * caller frees with ops->free().
 */
int must_check format_elf_open(struct format **ret, struct err *e);

/*
 * Keeps dropped pages that lie in short gaps (less than ELF_GAP): sets bits in BITS, which has the NPFN pages from
 * FIRST (a multiple of 8) on. MAY, a bitmap of the same range, has the pages that may be read at all; NULL: those
 * that the source holds. A gap with a page that may not stays as it is. Call it on every window in the same way.
 */
void elf_keep_fill(struct source *src, uint64_t first, uint64_t npfn, uint8_t *bits, const uint8_t *may);

#endif
