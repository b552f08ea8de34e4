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
	/* A file that exists already is -EEXIST, under both of its names; else it is added to. */
	SINK_FILE_EXCL = 4,
	/* A file may be a symbolic link or a device, as someone at a prompt expects. */
	SINK_FILE_ANY = 8,
};

/*
 * Makes the directory DIR (with its parents), durably, and opens it as HOW says. s->dir is the name in use.
 * A file whose temporary name is its name is written in place. write() may be called from several threads;
 * of the page cache the file uses some 24 MiB at most. The caller frees with s->ops->free(s).
 */
int must_check sink_file_open(struct sink **ret, const char *dir, int how, struct err *e);

#endif
