/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: how much memory is left.
 */
#ifndef BASE_MEMINFO_H
#define BASE_MEMINFO_H

#include <stdint.h>

/* Bytes that can be had without swapping: MemAvailable of /proc/meminfo, 0 when the kernel does not tell. */
uint64_t memory_available(void);

#endif
