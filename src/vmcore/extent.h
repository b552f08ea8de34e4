/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: from an address to a place in the file.
 * Segments sorted by one kind of address, so that a look-up costs a few steps on any machine.
 */
#ifndef VMCORE_EXTENT_H
#define VMCORE_EXTENT_H

#include "base/err.h"
#include "iface/source.h"

#include <stdbool.h>
#include <stdint.h>

enum extents_key {
	EXTENTS_PA,
	EXTENTS_VA,
};

struct extent {
	uint64_t addr, len, offset; /* bytes [addr, addr + len) begin at OFFSET of the file */
};

struct extents {
	struct extent *at; /* owned; sorted, addresses and ends both rise */
	unsigned n;
};

/*
 * Sorts the N segments by KEY. One that lies wholly inside another (the kernel text inside its RAM
 * range) is left out; unknown addresses too. -ENOMEM. The caller frees with extents_free().
 */
int must_check extents_build(struct extents *ret, const struct segment *segment, unsigned n,
			     enum extents_key key, struct err *e);

/* Where ADDR is: offset in the file and the bytes there without a gap. False when it is nowhere. */
bool extents_find(const struct extents *x, uint64_t addr, uint64_t *offset, uint64_t *len);

void extents_free(struct extents *x);

#endif
