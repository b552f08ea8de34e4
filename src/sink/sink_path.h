/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: one file that a user named.
 * Nothing is overwritten without leave, and an input never.
 */
#ifndef SINK_SINK_PATH_H
#define SINK_SINK_PATH_H

#include "base/err.h"
#include "iface/sink.h"

#include <stdbool.h>

#define SINK_PATH_NAME 256

/* What may stand in the way of a new file. */
struct sink_path {
	bool force;              /* an existing file may be removed */
	const char *const *file; /* every file of the command line, the new one too */
	unsigned nfile;
};

/*
 * Makes sure that PATH, one of HOW->file, names no file: -EEXIST with a sentence that tells of -f, -EINVAL when
 * it is another file of the list as well, or nothing that can be removed (a device, a directory).
 */
int must_check sink_path_free(const char *path, const struct sink_path *how, struct err *e);

/*
 * sink_path_free(), then opens the directory of PATH, which must exist. NAME gets what begin() is to be
 * called with. The caller frees with (*RET)->ops->free().
 */
int must_check sink_path_open(struct sink **ret, const char *path, const struct sink_path *how,
			      char name[SINK_PATH_NAME], struct err *e);

#endif
