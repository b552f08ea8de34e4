/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: how much memory a capture takes, and how large its dump will be.
 * Counted and measured where that can be done on the running system, else by formula; it says which.
 */
#ifndef HOST_ESTIMATE_H
#define HOST_ESTIMATE_H

#include "host/kdumpctl.h"

#include <stdbool.h>
#include <stdint.h>

#define ESTIMATE_LEVELS 32

struct estimate {
	uint64_t kernel;   /* bytes that the kernel has taken when /init starts */
	uint64_t packed;   /* the image as it lies in memory */
	uint64_t unpacked; /* the files that it unpacks to, whole pages */
	uint64_t run;      /* modules at work, the collector: 17 MiB and a bit a page of the machine */
	uint64_t need;     /* all of that, whole MiB */
	uint64_t measured; /* the smallest memory in which QEMU started this image, and RUN; 0: not measured */
};

/*
 * Fills RET for the image of S; with QEMU the very kernel and image are booted, a dozen seconds or minutes where
 * emulation is slow. -ENOENT: there is no image yet.
 */
int must_check estimate_memory(struct service *s, bool qemu, struct estimate *ret, struct err *e);

/*
 * Bytes of pages that a dump of each level would hold now, before compression, from /proc/kcore. Zero pages count as
 * others do: to know them all memory would have to be read.
 */
int must_check estimate_dump(const struct host *h, uint64_t ret[ESTIMATE_LEVELS], struct err *e);

#endif
