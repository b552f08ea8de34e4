/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: a collector that is not ours.
 * `core_collector PROGRAM ARGS` runs as `PROGRAM ARGS /proc/vmcore FILE`, as kdump-utils does.
 */
#ifndef RUN_COLLECT_H
#define RUN_COLLECT_H

#include "run/run.h"

/* True when C names a program that is in the image and is none of the built-in collectors. */
bool collect_external(const struct plan_collector *c);

/* In a step: runs it into r->dir. The result gets its final name only when it ended with status 0. */
int must_check collect_run(struct channel *ch, struct run *r, struct err *e);

#endif
