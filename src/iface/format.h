/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iface: pages on their way into a file.
 * src/dump fills batches in parallel and hands them over one at a time; src/format gives them offsets
 * and writes them to a sink.
 */
#ifndef IFACE_FORMAT_H
#define IFACE_FORMAT_H

#include "base/err.h"
#include "iface/sink.h"
#include "iface/source.h"

#include <stdbool.h>
#include <stdint.h>

/* Windows begin and end on this many pfns: no block of pages that belong together crosses one. */
#define KEEP_ALIGN (1u << 18)

/*
 * The pages of the dump, seen through a window. With memory for one bit a page there is one window
 * and load() costs nothing; else load() scans again.
 */
struct keep {
	uint64_t pfns;   /* the bitmaps have this many bits: max_mapnr */
	uint64_t window; /* pfns in a window: `pfns` or more, or a multiple of KEEP_ALIGN */
	/*
	 * Gives the bits of window [FIRST, FIRST + window), FIRST being a multiple of `window`; bits at and
	 * above `pfns` are 0. They are valid until the next call. Asking again for the window that is
	 * loaded costs nothing.
	 */
	int (*load)(struct keep *k, uint64_t first, const uint8_t **bits, struct err *e);
};

/* What a file begins with. Read-only, outlives the format. */
struct dump_head {
	struct source *src; /* its info, notes, existed() and lost() */
	struct keep *keep;
	uint64_t kept;               /* set bits of the whole bitmap */
	unsigned level;              /* dump level that this file has; levels of the source are in it */
	uint32_t status;             /* PAGE_ZLIB …: the codec that most pages should have; 0: stored */
	uint64_t keep_from, keep_to; /* pfns [from, to) of this file when split; else 0 and keep->pfns */
	bool split;
	bool zero;            /* LEVEL_ZERO: one page of zeros serves all pages of zeros */
	const uint8_t *carry; /* an ELF note with what the format has no field for; follows those of `src` */
	size_t carry_len;     /* bytes, 0: none */
};

#define BATCH_PAGES 64

/* batch.flag of a page that cannot be read: size 0, no data, whatever dump_head.zero says. */
#define BATCH_LOST 0x80000000u

/* Pages in ascending pfn order. Those that are zero have size 0 and no data, when dump_head.zero says. */
struct batch {
	unsigned n;
	uint64_t index;             /* how many kept pages of this file have smaller pfns than pfn[0] */
	uint64_t pfn[BATCH_PAGES];  /* consecutive set bits of the keep bitmap */
	uint32_t size[BATCH_PAGES]; /* bytes in `data`; 0: a page of zeros */
	uint32_t flag[BATCH_PAGES]; /* page_desc.flags, or BATCH_LOST */
	uint8_t *data;              /* packed pages back to back */
	size_t len;
};

struct format;

/* begin, put…, then finish; one thread at a time. All output goes through the sink. */
struct format_ops {
	const char *name;
	bool packs; /* takes packed pages; else every page that is not zero comes stored */
	/*
	 * Writes what comes before the pages, with the mark of an incomplete dump. Asks for the bitmap
	 * (keep->load) as often as it needs. The sink has begun its file.
	 */
	int (*begin)(struct format *f, const struct dump_head *h, struct sink *out, struct err *e);
	/*
	 * Writes one batch. A page with BATCH_LOST reads back as lost. Batches come in ascending order, or in several
	 * ascending rounds (--order=important). After a failure the pages of earlier batches are still good.
	 */
	int (*put)(struct format *f, const struct batch *b, struct err *e);
	/*
	 * Writes what is still held back; COMPLETE, never after a page with BATCH_LOST, takes the mark away as the
	 * very last write. *SIZE: bytes of the file. Also called after put() failed (COMPLETE false): then makes the
	 * best of it, see each format.
	 */
	int (*finish)(struct format *f, bool complete, uint64_t *size, struct err *e);
	/* Bytes that finish() still has to write, at most; for --size-limit and the watch on free space. */
	uint64_t (*owed)(const struct format *f);
	/* Bytes that the file would have if it were finished now. */
	uint64_t (*size)(const struct format *f);
	void (*free)(struct format *f);
};

struct format {
	const struct format_ops *ops;
};

#endif
