/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: from an address to a place in the file.
 * Overlaps of any shape are legal; the first segment in address order that holds a byte gives it.
 */
#include "vmcore/extent.h"

#include "base/bytes.h"
#include "vmcore/elf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
		uint64_t addr = key == EXTENTS_VA ? segment[i].va : segment[i].pa;
		uint64_t len = key == EXTENTS_MEM ? segment[i].memlen : segment[i].len;

		if (addr != SEGMENT_ADDR_NONE && len)
			x.at[x.n++] = (struct extent){ addr, len, segment[i].offset };
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

unsigned extents_from(const struct extents *x, uint64_t addr)
{
	unsigned low = 0, high = x->n;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;
		const struct extent *m = &x->at[mid];

		if (addr > m->addr && addr - m->addr >= m->len)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool extents_find(const struct extents *x, uint64_t addr, uint64_t *offset, uint64_t *len)
{
	unsigned i = extents_from(x, addr);

	if (i == x->n || addr < x->at[i].addr)
		return false;
	*offset = x->at[i].offset + (addr - x->at[i].addr);
	*len = x->at[i].len - (addr - x->at[i].addr);
	return true;
}

uint64_t extents_edge(const struct extents *x, uint64_t page, uint64_t addr)
{
	uint64_t first = align_down(addr, page), left = page - (addr - first), next = UINT64_MAX;
	unsigned i = extents_from(x, addr);

	if (i < x->n) {
		if (addr >= x->at[i].addr)
			return 0;
		next = x->at[i].addr - addr;
	}
	if (next < left)
		return next;
	if (i > 0 && x->at[i - 1].addr + (x->at[i - 1].len - 1) >= first)
		return left;
	return 0;
}

void bits_set(uint8_t *bits, uint64_t from, uint64_t to)
{
	for (; from < to && from & 7; from++)
		bits[from >> 3] |= (uint8_t)(1u << (from & 7));
	if (to - from >= 8) {
		memset(bits + (from >> 3), 0xff, (size_t)((to - from) >> 3));
		from = align_down(to, 8);
	}
	for (; from < to; from++)
		bits[from >> 3] |= (uint8_t)(1u << (from & 7));
}

void extents_bits(const struct extents *x, uint64_t page, uint64_t first, uint64_t npfn, uint8_t *bits)
{
	uint64_t end = first + npfn;

	memset(bits, 0, (size_t)((npfn + 7) / 8));
	if (first > UINT64_MAX / page)
		return;
	for (unsigned i = extents_from(x, first * page); i < x->n; i++) {
		const struct extent *m = &x->at[i];
		uint64_t from = m->addr / page, to = (m->addr + (m->len - 1)) / page + 1;

		if (from >= end)
			return;
		bits_set(bits, (from > first ? from : first) - first, (to < end ? to : end) - first);
	}
}

void extents_free(struct extents *x)
{
	free(x->at);
	x->at = NULL;
	x->n = 0;
}
