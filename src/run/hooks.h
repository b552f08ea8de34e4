/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the administrator's hooks.
 * kdump_pre, kdump_post, kdump_emergency and the directories beside them, with a time limit each.
 */
#ifndef RUN_HOOKS_H
#define RUN_HOOKS_H

#include "run/run.h"

/* kdump_pre, then pre.d/ in name order. 0, or -ECANCELED when kdump_pre refused the dump. */
int must_check hooks_pre(struct run *r, struct err *e);

/* post.d/ in name order, then kdump_post; each gets STATUS (0: saved, else 1) as its argument. */
void hooks_post(struct run *r, int status);

/* emergency.d/ in name order, then kdump_emergency. */
void hooks_emergency(struct run *r);

#endif
