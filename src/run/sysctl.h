/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: settings of the kernel, written before a capture begins.
 * Whatever the running system's line or the kernel's configuration set, a capture goes on where it can.
 */
#ifndef RUN_SYSCTL_H
#define RUN_SYSCTL_H

#include "run/run.h"

#include <stdint.h>

/*
 * Writes every row of the table. Rows that this kernel does not have are passed over; a value that is refused is a
 * note. R->cmdline is read already.
 */
void sysctl_set(struct run *r);

/* The same below ROOT, "" on a real system. For tests. */
void sysctl_set_below(struct run *r, const char *root);

/*
 * vm.min_free_kbytes that the kernel itself takes for KIB of memory: calculate_min_free_kbytes() in mm/page_alloc.c,
 * Linux 6.12. Pure.
 */
uint64_t sysctl_min_free(uint64_t kib);

#endif
