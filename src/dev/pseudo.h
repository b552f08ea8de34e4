/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: the file systems without a device.
 * After pseudo_mount() a program finds what it expects below /proc, /sys, /dev, /run and /tmp.
 */
#ifndef DEV_PSEUDO_H
#define DEV_PSEUDO_H

#include "base/err.h"

/*
 * Mounts /proc, /sys, /dev (devtmpfs, else a tmpfs), /run and /tmp (tmpfs of at most 8 MiB each) and
 * sees to /dev/null, /dev/console, /dev/kmsg and the links /dev/fd, /dev/std*. What is mounted already
 * stays, and a /run or /tmp that holds files of the image is left as it is. Every step is tried whatever
 * the others do; the result is that of the first failure and its sentence names all that failed.
 */
int must_check pseudo_mount(struct err *e);

#endif
