/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: what a dump says of itself that the format of a file written from it has no field for.
 * A note of our own, CRASHBOX, with lines KEY=VALUE; other readers pass it over.
 */
#ifndef VMCORE_CARRY_H
#define VMCORE_CARRY_H

#include "iface/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CARRY_NOTE   "CRASHBOX"
#define CARRY_TYPE   0x43425831u /* "CBX1"; no type of Linux or Xen, which crash tells apart without the name */
#define CARRY_MAX    (64u << 10) /* bytes of text that are looked at */
#define CARRY_RANGES 64u

/* Virtual addresses [va, va + len) are physical ones from pa on. */
struct carry_range {
	uint64_t va, pa, len;
};

struct carry {
	uint16_t machine;
	uint64_t time, us, level, cpus, panic_cpu, phys_base;
	struct dump_uts uts;
	struct carry_range range[CARRY_RANGES]; /* by va */
	unsigned nrange;
};

/*
 * Makes the note for a file of level LEVEL from INFO: machine, utsname, time, level, CPUs, phys_base, and the virtual
 * addresses of the segments, neighbours as one. *LEN: its bytes, a multiple of 4. NULL: no memory. The caller frees.
 */
uint8_t *carry_make(const struct dump_info *info, unsigned level, size_t *len);

/* Reads the text of such a note, N bytes, NUL-terminated; what is not there is 0 or "". */
void carry_parse(const char *text, size_t n, struct carry *ret);

/* Fills what INFO does not have yet; what a format has a field for is not asked here. */
void carry_use(const struct carry *c, struct dump_info *info);

/* The range of C that holds VA: *PA, *LEN the bytes from VA to its end. */
bool carry_find(const struct carry *c, uint64_t va, uint64_t *pa, uint64_t *len);

#endif
