/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the steps that save.
 * Each is a child of its own; what one of them leaves on the target no other touches.
 */
#ifndef RUN_SAVE_H
#define RUN_SAVE_H

#include "run/run.h"

/*
 * Opens the vmcore and finds out which kernel crashed and when: facts kernel, crash_time, vmcore_bytes.
 * The configuration is tried in the same child, see boot_try_config().
 */
int must_check save_look(struct run *r, struct err *e);

/*
 * Makes the directory of this dump below BASE, a directory of the mounted target, and saves the
 * crashed kernel's log there as vmcore-dmesg.txt, durably. *PLACED: r->dir is that directory, even
 * when the log failed; else r->dir is as before.
 */
int must_check save_log(struct run *r, const char *base, bool *placed, struct err *e);

/* Saves /proc/vmcore into r->dir: vmcore when it is whole and durable, else vmcore-incomplete. */
int must_check save_vmcore(struct run *r, struct err *e);

/* Writes crashbox-report.json and kexec-dmesg.log into r->dir. */
int must_check save_report(struct run *r, struct err *e);

/* Shows the last lines of the crashed kernel's log: for when no target could be reached. */
int must_check save_to_console(struct run *r, struct err *e);

#endif
