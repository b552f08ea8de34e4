/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: memory that may not be there.
 * A mapped window of a dump can raise SIGBUS at any byte; inside fault_try() that is a result.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include "base/err.h"

/*
 * Runs WORK(ARG) and gives its result; -EFAULT when it touched a page that could not be read. WORK
 * must not take a lock, allocate, or nest another fault_try(): it is left in the middle. Any thread.
 */
int must_check fault_try(int (*work)(void *arg), void *arg);

#endif
