/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: modules for the devices that are there.
 * Every modalias below /sys/devices is answered until nothing new appears; no udev is needed.
 */
#ifndef DEV_COLDPLUG_H
#define DEV_COLDPLUG_H

#include "base/err.h"
#include "dev/module.h"
#include "dev/uevent.h"

/*
 * Loads what modules.alias names for each `modalias` file below ROOT/sys/devices (ROOT "" in real
 * life, `virtual` and `system` left out), again while a pass loads something: a bus driver makes new
 * devices. Every alias is answered once per SET. What fails only counts in the stats of SET. An
 * unreadable ROOT/sys/devices is an error.
 */
int must_check coldplug(struct modset *set, const char *root, struct err *e);

/* The same for the MODALIAS of one event; events without one are ignored. */
void coldplug_event(struct modset *set, const struct uevent *u);

#endif
