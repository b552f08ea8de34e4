/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: a collector that is not ours.
 * `core_collector PROGRAM ARGS` runs as `PROGRAM ARGS /proc/vmcore FILE`, as kdump-utils does.
 */
#ifndef RUN_COLLECT_H
#define RUN_COLLECT_H

#include "run/run.h"

#include <stdint.h>

struct sink;

/* True when C names a program that is in the image and is none of the built-in collectors. */
bool collect_external(const struct plan_collector *c);

/* In a step: runs it into r->dir. The result gets its final name only when it ended with status 0. */
int must_check collect_run(struct channel *ch, struct run *r, struct err *e);

/*
 * In a step: runs it with its standard output as the file vmcore of OUT: as kdump-utils does over ssh without a FILE,
 * elsewhere FILE is the standard output. *WROTE: bytes that OUT got; 0 after a failure: the program cannot do that.
 */
int must_check collect_stream(struct channel *ch, struct run *r, struct sink *out, uint64_t *wrote, struct err *e);

#endif
