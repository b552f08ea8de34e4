/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the steps that let old dumps go.
 * Only on local disks, bounded in time, and never a reason why a capture fails.
 */
#ifndef RUN_RETAIN_STEP_H
#define RUN_RETAIN_STEP_H

#include "run/run.h"

/*
 * With the dump's directory made (r->dir): when less is free than the dump may take, the oldest dumps beside it go
 * that a rule would take after it, no more than that.
 */
void retain_before(struct run *r);

/* After a dump that is whole: the rules. */
void retain_after(struct run *r);

#endif
