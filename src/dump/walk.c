/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: kept pages, batch by batch.
 * A word of the bitmap at a time; a block of another round is stepped over but counted.
 */
#include "dump/walk.h"

#include "base/bytes.h"
#include "iface/filter.h"

/* The bits of the word that holds PFN, from PFN on. */
static uint64_t word_at(const struct walk *w, uint64_t pfn)
{
	uint64_t word = get_u64(w->bits + (pfn - w->first) / 64 * 8), keep = UINT64_MAX << pfn % 64;

	if (w->end - (pfn & ~63ull) < 64)
		keep &= (1ull << w->end % 64) - 1;
	return word & keep;
}

/* True when W stood before a block that belongs to another round: it stands behind it now. */
static bool skip_block(struct walk *w)
{
	uint64_t n = w->end - w->pfn < FILTER_BLOCK ? w->end - w->pfn : FILTER_BLOCK;

	if (!w->rank || w->pfn % FILTER_BLOCK || w->rank[w->pfn / FILTER_BLOCK] == w->round)
		return false;
	for (uint64_t i = 0; i < n; i += 64)
		w->index += (unsigned)__builtin_popcountll(word_at(w, w->pfn + i));
	w->pfn += n;
	return true;
}

bool walk_next(struct walk *w, struct batch *b, unsigned max)
{
	b->n = 0;
	while (w->pfn < w->end) {
		uint64_t base = w->pfn & ~63ull, word;
		uint64_t index = w->index;

		if (skip_block(w)) {
			/* A batch has no gaps in its index. */
			if (b->n && w->index != index)
				return true;
			continue;
		}
		for (word = word_at(w, w->pfn); word && b->n < max; word &= word - 1) {
			if (b->n == 0)
				b->index = w->index;
			b->pfn[b->n++] = base + (unsigned)__builtin_ctzll(word);
			w->index++;
		}
		if (word) {
			w->pfn = base + (unsigned)__builtin_ctzll(word);
			return true;
		}
		w->pfn = base + 64;
	}
	return b->n > 0;
}
