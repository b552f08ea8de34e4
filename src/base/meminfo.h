/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: how much memory is left.
 */
#ifndef BASE_MEMINFO_H
#define BASE_MEMINFO_H

#include <stdint.h>

/* Bytes that can be had without swapping: MemAvailable of /proc/meminfo, 0 when the kernel does not tell. */
uint64_t memory_available(void);

#define MEMORY_PEERS (128ull << 20) /* for what speaks with servers on the running system; seven times what it takes */

/*
 * From now on this process, and what it starts, may have MORE bytes of data beyond what it has (RLIMIT_DATA): what a
 * peer or a file makes it hold finds an end before the machine does. 0: seven eighths of what is free, at least 32 MiB;
 * the packer takes half of what is free, whatever the number of its threads. Best effort: without /proc nothing
 * changes.
 */
void memory_confine(uint64_t more);

#endif
