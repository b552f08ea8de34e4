/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: a source made of a kdump-compressed dump, whole or in parts.
 * Threads share it: each read borrows one of a few unpackers.
 */
#ifndef VMCORE_KDUMP_H
#define VMCORE_KDUMP_H

#include "base/err.h"
#include "iface/codec.h"
#include "iface/source.h"
#include "vmcore/file.h"
#include "vmcore/kdump_head.h"

#define KDUMP_PARTS   128 /* files of one split dump, as many as one command line names */
#define KDUMP_READERS 64  /* threads that read at the same time; more wait */

/*
 * Makes a source of the N FILE, parts of one split dump or a single file; the source owns them from now
 * on, they are freed too when this fails. Of a split dump some parts may be missing: info.incomplete. Pages that were
 * lost or lie in a missing part are not held; -ENODATA. UNPACK outlives the source. Memory: 8 bytes for
 * 4096 pages, and for each thread that reads two pages and an unpacker, taken at its first read. -errno
 * with a sentence.
 */
int must_check kdump_from(struct source **ret, struct dfile *const *file, unsigned n,
			  const struct unpack_ops *unpack, struct err *e);

/* What the headers and bitmaps of a dump tell. */
struct kdump_about {
	int version;
	uint32_t status;        /* of the header */
	unsigned parts;         /* files; split when `split` */
	bool split, missing;    /* pages of some part are missing */
	uint64_t max_mapnr;     /* bits of each bitmap */
	uint64_t existed, kept; /* bits of bitmap1 and bitmap2 */
	uint64_t stray;         /* bits of bitmap2 that bitmap1 does not have */
	uint64_t beyond;        /* bits that are for no page: at max_mapnr or above */
	bool cut;               /* a file is a flattened stream without its end */
	bool torn;              /* bits of bitmap2 are gone: all that existed is lost but what other parts have */
	bool marked;            /* a file says so, or is marked incomplete */
	uint64_t gap_from;      /* `missing`: the first page frames that no file is for: [gap_from, gap_to) */
	uint64_t gap_to;
	uint64_t erase_len; /* bytes of text about erased data */
	uint64_t stored;    /* bytes of all files */
};

/* S is a source of kdump_from(). */
void kdump_about(const struct source *s, struct kdump_about *ret);

/* File N of S, a source of kdump_from() that owns it, and its header. In the order of their pages; NULL: no more. */
struct dfile *kdump_file(const struct source *s, unsigned n, struct kdump_head *head);

enum kdump_state {
	KDUMP_HELD,
	KDUMP_LOST,    /* the writer ended before it, or the file ends before its data or descriptor */
	KDUMP_AWAY,    /* in a part that was not given */
	KDUMP_DAMAGED, /* its descriptor makes no sense */
};

struct kdump_page {
	uint64_t pfn;
	enum kdump_state state;
	unsigned part;
	bool cut;               /* LOST: the file ends before it */
	struct kdump_desc desc; /* HELD and DAMAGED */
	const char *why;        /* DAMAGED */
};

/*
 * Gives every page of bitmap2 to EACH in order; what that returns, when not 0, ends it. S is a source of
 * kdump_from(). 0, -errno with a sentence, or what EACH gave.
 */
int must_check kdump_pages(struct source *s, int (*each)(void *arg, const struct kdump_page *p), void *arg,
			   struct err *e);

#endif
