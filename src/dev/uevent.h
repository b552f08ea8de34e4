/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: what the kernel says about devices.
 * Only the kernel's own messages are heard; a message is cut into strings within bounds.
 */
#ifndef DEV_UEVENT_H
#define DEV_UEVENT_H

#include "base/err.h"

#include <stddef.h>

#define UEVENT_BYTES 8192 /* more than UEVENT_BUFFER_SIZE (2048) of include/linux/kobject.h v6.1 */

/* One message. A value that is absent is "". */
struct uevent {
	char action[16];    /* "add", "change", "remove", "bind", … */
	char devpath[512];  /* below /sys, "/devices/…" */
	char subsystem[32]; /* "block", "net", … */
	char devname[128];  /* below /dev, without a leading '/' */
	char modalias[512];
};

/*
 * Cuts one message: "ACTION@DEVPATH" NUL, then "KEY=VALUE" NUL …, as lib/kobject_uevent.c v6.1 builds
 * it. Pure. -EBADMSG: not such a message, or a value of ours is too long. *U untouched on failure.
 */
int must_check uevent_parse(const void *buf, size_t n, struct uevent *u);

/* Opens a socket that hears events from now on; gives the descriptor, which the caller closes, or -errno. */
int must_check uevent_open(struct err *e);

/*
 * Waits at most TIMEOUT_MS (-1: for ever) for one event. 1: *U holds it; 0: time is over;
 * -ENOBUFS: the kernel dropped events, look at everything again; other -errno: the socket is unusable.
 */
int must_check uevent_next(int fd, int timeout_ms, struct uevent *u, struct err *e);

#endif
