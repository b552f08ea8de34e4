/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a directory of a mounted file system.
 * Everything that is not a file system's own bug survives a power cut after commit().
 */
#ifndef SINK_SINK_FILE_H
#define SINK_SINK_FILE_H

#include "base/err.h"
#include "iface/sink.h"

/* How the directory and the files in it are opened; a sum. */
enum sink_file_how {
	/*
	 * DIR must not exist yet: a number is added (".1", ".2", …) until the name is free, so that nothing
	 * an earlier attempt left is touched.
	 */
	SINK_FILE_FRESH = 1,
	/* DIR must exist: it is not made, and not synced into its parent. */
	SINK_FILE_EXISTING = 2,
	/*
	 * A file that exists already is -EEXIST, under both of its names. Without: a regular file of root or of this
	 * user that has no second name is added to, anything else is refused.
	 */
	SINK_FILE_EXCL = 4,
	/* A capture kernel, as DUMPDIR_ALONE. */
	SINK_FILE_ALONE = 8,
};

/*
 * Makes the directory DIR (with its parents, 0700), durably, and opens it as HOW says. s->dir is the name in use.
 * The path is resolved here and never again. A file whose temporary name is its name is written in place. commit()
 * is -ESTALE when the file that was written is no longer the one of that name. write() may be called from several
 * threads; of the page cache the file uses some 24 MiB at most. The caller frees with s->ops->free(s).
 */
int must_check sink_file_open(struct sink **ret, const char *dir, int how, struct err *e);

/*
 * The same of DIR below ROOT, a mounted file system: absolute links in it mean what they will mean on the system
 * that is installed there. s->dir begins with ROOT; after SINK_FILE_FRESH it has no link in it.
 */
int must_check sink_file_open_below(struct sink **ret, const char *root, const char *dir, int how, struct err *e);

/*
 * The same of the directory DIRFD, which the sink has from here on, failure or not; DIR is for sentences. HOW:
 * SINK_FILE_EXCL or 0.
 */
int must_check sink_file_from(struct sink **ret, int dirfd, const char *dir, int how, struct err *e);

#endif
