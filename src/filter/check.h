/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: does the filter keep what it must keep?
 * Tried on pages that are known to be the kernel's, before anything is dropped.
 */
#ifndef FILTER_CHECK_H
#define FILTER_CHECK_H

#include "filter/scan.h"

/*
 * Classifies up to a thousand known pages; what would drop one of them is taken out of F->can, out of F->layout
 * where it is no level, and noted. -ENOMEM.
 */
int must_check check_known(struct filter *f, struct err *e);

#endif
