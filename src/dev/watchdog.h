/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: the hardware watchdog.
 * Armed by opening it; the machine restarts when it is not fed in time. Without a device nothing happens.
 */
#ifndef DEV_WATCHDOG_H
#define DEV_WATCHDOG_H

#include "base/err.h"

#include <stdbool.h>

struct watchdog {
	bool open;
	int fd;             /* when open */
	unsigned timeout_s; /* as the device says; 0: unknown */
	char path[128];
	char identity[33]; /* the driver's name for it, "" when unknown */
};

/*
 * Opens ROOT/dev/watchdog0, else ROOT/dev/watchdog, and asks for TIMEOUT_S seconds (0: the device's
 * own). No such device: 0 and W->open false, which every other call takes. A timeout that the device
 * refuses is no error: see W->timeout_s.
 */
int must_check watchdog_open(const char *root, unsigned timeout_s, struct watchdog *w, struct err *e);

/* Keeps the machine alive for another timeout_s. W may be NULL. Errors are of no use to anybody. */
void watchdog_feed(struct watchdog *w);

/*
 * Closes. DISARM: stops it first with the magic close, which the `nowayout` of a driver overrides; else
 * the machine restarts when the time is over, which is what should happen when a reboot hangs.
 */
void watchdog_close(struct watchdog *w, bool disarm);

#endif
