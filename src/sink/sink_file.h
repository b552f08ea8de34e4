/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a directory of a mounted file system.
 * Everything that is not a file system's own bug survives a power cut after commit().
 */
#ifndef SINK_SINK_FILE_H
#define SINK_SINK_FILE_H

#include "base/err.h"
#include "iface/sink.h"

/*
 * Makes the directory DIR (with its parents), durably, and opens it. When FRESH is set DIR must not
 * exist yet: a number is added (".1", ".2", …) until the name is free, so that nothing an earlier
 * attempt left is touched. s->dir is the name in use. The caller frees with s->ops->free(s).
 */
int must_check sink_file_open(struct sink **ret, const char *dir, int fresh, struct err *e);

#endif
