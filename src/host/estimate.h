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

/*
 * A capture needs memory twice: when the kernel starts, which holds its own start-up code and the packed image until
 * the files are unpacked, and when it works.
 */
struct estimate {
	uint64_t kernel;   /* bytes that the kernel has taken when /init starts */
	uint64_t packed;   /* the image as it lies in memory */
	uint64_t unpacked; /* the files that it unpacks to, whole pages */
	uint64_t run;      /* modules at work, links, the collector; a bit a page of the machine */
	uint64_t need;     /* by formula, whole MiB */
	uint64_t measured; /* by a boot of this image in QEMU, and RUN, whole MiB; 0: not measured */
};

/* What a boot said of memory, in bytes. */
struct estimate_boot {
	uint64_t used;       /* when /init starts */
	uint64_t given_back; /* by the kernel just before: start-up code and data, the packed image */
};

/*
 * Reads the console of a boot with MEMORY bytes and rd.memdebug=1: the first "MemFree:" of /init, and the kernel's
 * "Freeing … memory: 123K" before it (free_reserved_area() in mm/page_alloc.c of Linux 6.1). False: it did not say.
 */
bool estimate_heard(const char *text, uint64_t memory, struct estimate_boot *ret);

/* How many processors LINE lets the capture kernel start on a machine that has THERE, 1 or more. */
unsigned estimate_cpus(const char *line, unsigned there);

/*
 * Fills RET for the image of S; with QEMU the very kernel and image are booted once, which takes seconds. -ENOENT:
 * there is no image yet.
 */
int must_check estimate_memory(struct service *s, bool qemu, struct estimate *ret, struct err *e);

/*
 * Bytes of pages that a dump of each level would hold now, before compression, from /proc/kcore. How many pages of
 * each kind are zeros, for the levels that leave these out, is the share in a sample of 65,536 pages of all memory.
 */
int must_check estimate_dump(const struct host *h, uint64_t ret[ESTIMATE_LEVELS], struct err *e);

#endif
