/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: files made of pieces.
 * A flattened stream becomes the file it describes; parts of a split dump become one. Pages stay packed as they are.
 */
#ifndef DUMP_REBUILD_H
#define DUMP_REBUILD_H

#include "base/err.h"
#include "iface/sink.h"
#include "iface/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rebuild_stat {
	uint64_t size;    /* bytes of the file, holes included */
	uint64_t written; /* bytes handed to the sink */
	uint64_t pages;   /* reassemble_run(): copied */
	uint64_t lost;    /* reassemble_run(): pages that the parts name and do not have, or that do not unpack */
	bool incomplete;  /* the file says so of itself */
};

/* Where a stream comes from: the next N bytes, *GOT of them at its end. 0 or -errno. */
struct rebuild_in {
	int (*read)(void *arg, void *buf, size_t n, size_t *got);
	void *arg;
};

/*
 * Reads a flattened dump from IN up to its end mark and writes the file into OUT, which must have SINK_SEEK, as
 * TEMP, then NAME. 0: committed. -EINVAL before anything was begun: no such stream. When the stream ends before
 * its mark (-ENODATA), makes no sense (-EINVAL) or cannot be read or written, what came so far is marked incomplete
 * in its own header, where that has come, and abandoned under TEMP. Memory: 256 KiB.
 */
int must_check rebuild_from(const struct rebuild_in *in, struct sink *out, const char *temp, const char *name,
			    struct rebuild_stat *st, struct err *e);

/* The same from the descriptor FD. */
int must_check rebuild_run(int fd, struct sink *out, const char *temp, const char *name, struct rebuild_stat *st,
			   struct err *e);

/*
 * Writes the N parts at PATHS, in any order, of one split kdump-compressed dump into OUT as TEMP, then NAME; pages
 * stay packed as they are. All parts must be there (-EINVAL). A dump whose parts are incomplete is committed
 * too, marked as what it is. A failure leaves a file that opens, marked incomplete, under TEMP. Memory: 512 KiB,
 * one bit a page and what source_open() takes.
 */
int must_check reassemble_run(const char *const *paths, unsigned n, struct sink *out, const char *name,
			      struct rebuild_stat *st, struct err *e);

/* What a dump that was made of a stream is worth. */
struct rebuild_worth {
	enum source_kind kind;
	bool incomplete;        /* pages are missing or damaged, or the file says so of itself */
	uint64_t lost;          /* pages that the file names and does not have, or that do not unpack */
	char why[ERR_TEXT_MAX]; /* the first reason, "" when there is none */
};

/*
 * Opens the dump FD (which goes), called NAME in sentences; with PAGES every page is read as well. Nothing is written.
 * -errno with a sentence when it cannot be opened as a dump; DFILE_FAILED when a disk fails.
 */
int must_check rebuild_look(int fd, const char *name, bool pages, struct rebuild_worth *ret, struct err *e);

/* Sets the mark of an incomplete dump in the file FD, of KIND, durably. -errno with a sentence. */
int must_check rebuild_mark(int fd, enum source_kind kind, struct err *e);

/*
 * Reads all of the dump at PATH, which rebuild_from() has just committed, and marks it where it is incomplete and does
 * not say so. -errno with a sentence when it cannot be opened as a dump.
 */
int must_check rebuild_judge(const char *path, struct rebuild_worth *ret, struct err *e);

#endif
