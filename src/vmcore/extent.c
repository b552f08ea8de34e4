/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: from an address to a place in the file.
 * Overlaps of any shape are legal; the first segment in address order that holds a byte gives it.
 */
#include "vmcore/extent.h"

#include "vmcore/elf.h"

#include <errno.h>
#include <stdlib.h>

/* By address, the longer one first: it makes those that it contains superfluous. */
static int by_address(const void *pa, const void *pb)
{
	const struct extent *a = pa, *b = pb;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	if (a->len != b->len)
		return a->len > b->len ? -1 : 1;
	return (a->offset > b->offset) - (a->offset < b->offset);
}

int extents_build(struct extents *ret, const struct segment *segment, unsigned n,
		  enum extents_key key, struct err *e)
{
	struct extents x = { .at = calloc(n ? n : 1, sizeof(*x.at)) };
	unsigned kept = 0;

	if (!x.at)
		return err_set(e, -ENOMEM, "no memory for %u segments", n);
	for (unsigned i = 0; i < n; i++) {
		uint64_t addr = key == EXTENTS_PA ? segment[i].pa : segment[i].va;

		if (addr != SEGMENT_ADDR_NONE)
			x.at[x.n++] = (struct extent){ addr, segment[i].len, segment[i].offset };
	}
	qsort(x.at, x.n, sizeof(*x.at), by_address);
	for (unsigned i = 0; i < x.n; i++) {
		const struct extent *last = kept ? &x.at[kept - 1] : NULL;

		/* The last bytes are compared: a range may reach the top of the addresses. */
		if (!last || x.at[i].addr + (x.at[i].len - 1) > last->addr + (last->len - 1))
			x.at[kept++] = x.at[i];
	}
	x.n = kept;
	*ret = x;
	return 0;
}

bool extents_find(const struct extents *x, uint64_t addr, uint64_t *offset, uint64_t *len)
{
	unsigned low = 0, high = x->n;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;
		const struct extent *m = &x->at[mid];

		if (addr < m->addr) {
			high = mid;
		} else if (addr - m->addr >= m->len) {
			low = mid + 1;
		} else {
			*offset = m->offset + (addr - m->addr);
			*len = m->len - (addr - m->addr);
			return true;
		}
	}
	return false;
}

void extents_free(struct extents *x)
{
	free(x->at);
	x->at = NULL;
	x->n = 0;
}
