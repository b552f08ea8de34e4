/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: how it ends.
 * Only PID 1 calls these, as the very last thing.
 */
#ifndef RUN_ACTION_H
#define RUN_ACTION_H

#include "run/run.h"

/* "reboot", "halt", "power off". */
const char *action_word(enum plan_action a);

/*
 * An interactive shell on the first console that can be one: /bin/sh of the image, else the built-in
 * prompt. Returns when it is left. The watchdog is fed meanwhile.
 */
void action_shell(struct run *r);

/* Leaves this image for the system mounted on ROOT and its init. Returns only when that failed. */
int must_check action_run_init(struct run *r, const char *root, struct err *e);

/* Syncs within a limit, then reboots, halts or powers off; any other action reboots. Does not return. */
void action_end(struct run *r, enum plan_action a) __attribute__((noreturn));

#endif
