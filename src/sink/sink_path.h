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
 * Opens the directory of PATH, one of HOW->file, which must exist, and makes sure that no file has that name: -EEXIST
 * with a sentence that tells of -f, -EINVAL when it is another file of the list as well, or nothing that can be
 * removed (a device, a directory). The sink creates it with O_EXCL: a file that another user puts there meanwhile is
 * -EEXIST when it is begun. NAME gets what begin() is to be called with. The caller frees with (*RET)->ops->free().
 */
int must_check sink_path_open(struct sink **ret, const char *path, const struct sink_path *how,
			      char name[SINK_PATH_NAME], struct err *e);

/* The same, and creates the file, mode 0600, for writing: its descriptor in *RET. */
int must_check sink_path_create(int *ret, const char *path, const struct sink_path *how, struct err *e);

#endif
