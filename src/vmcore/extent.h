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
	EXTENTS_PA,  /* bytes in the file, by physical address */
	EXTENTS_VA,  /* bytes in the file, by virtual address */
	EXTENTS_MEM, /* all memory, by physical address: what was left out too. Offsets mean nothing */
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

/* The first extent that ends above ADDR: it holds ADDR or follows it. `n` when there is none. */
unsigned extents_from(const struct extents *x, uint64_t addr);

/*
 * The bytes from ADDR on that are in no extent but in the same page as bytes of one: the rest of a page at
 * the edge of an extent. 0 when ADDR is in an extent or its page touches none. PAGE in bytes.
 */
uint64_t extents_edge(const struct extents *x, uint64_t page, uint64_t addr);

/*
 * Writes NPFN bits to BITS (bit n & 7 of byte n >> 3): whether page FIRST + n has any byte in an extent.
 * PAGE in bytes; addresses below 2^63.
 */
void extents_bits(const struct extents *x, uint64_t page, uint64_t first, uint64_t npfn, uint8_t *bits);

/* Sets bits [FROM, TO) of BITS. */
void bits_set(uint8_t *bits, uint64_t from, uint64_t to);

void extents_free(struct extents *x);

#endif
