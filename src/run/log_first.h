/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the log on every target that can be reached, before the first dump begins.
 * What it costs is bounded: crashbox.log_wait= seconds and a moment, for all of them together.
 */
#ifndef RUN_LOG_FIRST_H
#define RUN_LOG_FIRST_H

#include "run/run.h"

/*
 * Brings the N targets of ORDER up, one after the other, saves the log on each and leaves it again; r->at, r->dir and
 * the facts of the report stay those of the target that is up. A failure is told and costs that target's log only. Does
 * nothing the second time.
 */
void log_first(struct run *r, const int *order, unsigned n);

/* True when target INDEX, which is up, has the log from log_first(): r->dir is its directory then. */
bool log_is_there(struct run *r, int index);

#endif
