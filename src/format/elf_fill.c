/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: short gaps between kept pages of an ELF file are kept too.
 * A program header costs less than a page, a thousand cost a debugger more than the pages between them.
 */
#include "base/bits.h"
#include "base/bytes.h"
#include "format/elf_out.h"

/* True when the pages of the gap [FROM, TO), fewer than ELF_GAP, may be read. */
static bool may_fill(struct source *src, uint64_t first, uint64_t from, uint64_t to, const uint8_t *may)
{
	uint8_t held[ELF_GAP / 8 + 2];
	uint64_t at = align_down(from, 8);

	if (may)
		return bits_next(may, from - first, to - first, false) == to - first;
	src->ops->held(src, at, to - at, held);
	return bits_next(held, from - at, to - at, false) == to - at;
}

/* Fills the short gaps of the pfns [FROM, TO) of one segment, all of them in the window that begins at FIRST. */
static void fill_segment(struct source *src, uint64_t first, uint64_t from, uint64_t to, uint8_t *bits,
			 const uint8_t *may)
{
	while (from < to) {
		uint64_t gap = first + bits_next(bits, from - first, to - first, false);
		uint64_t end = first + bits_next(bits, gap - first, to - first, true);

		if (end == to)
			return;
		if (end - gap < ELF_GAP && may_fill(src, first, gap, end, may))
			for (; gap < end; gap++)
				bit_set(bits, gap - first);
		from = end;
	}
}

void elf_keep_fill(struct source *src, uint64_t first, uint64_t npfn, uint8_t *bits, const uint8_t *may)
{
	unsigned shift = (unsigned)__builtin_ctzll(src->info.page_size);

	for (unsigned i = 0; i < src->info.nsegment; i++) {
		const struct segment *g = &src->info.segment[i];
		uint64_t from = g->pa >> shift, to = (g->pa + g->len + src->info.page_size - 1) >> shift;

		if (!g->len || to <= first || from >= first + npfn)
			continue;
		/* A gap that reaches into the window may be longer than what is seen of it. */
		if (from < first)
			from = first + bits_next(bits, 0, npfn, true);
		to = to < first + npfn ? to : first + npfn;
		fill_segment(src, first, from, to, bits, may);
	}
}
