/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the files of an image as the root of this process.
 */
#ifndef RUN_REHEARSE_VIEW_H
#define RUN_REHEARSE_VIEW_H

#include "base/err.h"

/*
 * Unpacks the file IMAGE into a root of its own, which becomes the root of this process, with /dev, /proc and /sys of
 * this system in it. Needs root. Later entries replace earlier ones as in the kernel; device nodes and set-uid bits are
 * left out. -EBADMSG: no image, or an entry with ".." in its name. After a failure the process is to end: its root may
 * have changed.
 */
int must_check rehearse_view(const char *image, struct err *e);

#endif
