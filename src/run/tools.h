/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the shell of the image.
 * It lies there packed: a capture without hooks never needs it, and unpacking it while the kernel
 * starts would cost 1 MB at the moment when memory is shortest.
 */
#ifndef RUN_TOOLS_H
#define RUN_TOOLS_H

#include "base/err.h"

/*
 * Makes /bin/busybox of /bin/busybox.gz, once; /bin/sh and its other names are links to it. An image
 * without busybox: 0, nothing to do. Called in the child that is about to start a foreign program.
 */
int must_check tools_unpack(struct err *e);

#endif
