/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: work that goes on beside the steps.
 * A process of its own session that nobody waits for; it ends with the machine.
 */
#ifndef RUN_BACKGROUND_H
#define RUN_BACKGROUND_H

#include "base/err.h"
#include "run/channel.h"

/*
 * From the child of a step: starts WORK(ARG) in a process called NAME, without the channel CH. Process 1 inherits it
 * when the step ends. 0 or -errno.
 */
int must_check background(struct channel *ch, const char *name, void (*work)(void *arg), void *arg, struct err *e);

#endif
