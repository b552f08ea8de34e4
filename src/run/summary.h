/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the last screen.
 * What an administrator can photograph: what was saved, where, what went wrong, what happens now.
 */
#ifndef RUN_SUMMARY_H
#define RUN_SUMMARY_H

#include "run/run.h"

/* SAVED: the dump is whole. NEXT: what follows, "reboot". */
void summary(struct run *r, bool saved, const char *next);

#endif
