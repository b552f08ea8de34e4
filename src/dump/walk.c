/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: kept pages, batch by batch.
 * A word of the bitmap at a time; what belongs to another round is stepped over but counted.
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

/* Bits of the word of pages from BASE on that set S has. */
static uint64_t pinned(struct walk *w, unsigned s, uint64_t base)
{
	const struct pin *p = &w->pin[s];
	uint64_t bits = 0;

	while (w->at[s] < p->n && p->at[w->at[s]].to <= base)
		w->at[s]++;
	for (unsigned i = w->at[s]; i < p->n && p->at[i].from < base + 64; i++) {
		uint64_t from = p->at[i].from > base ? p->at[i].from - base : 0, to = p->at[i].to - base;

		bits |= UINT64_MAX << from & (to < 64 ? (1ull << to) - 1 : UINT64_MAX);
	}
	return bits;
}

/* Bits of the pages from BASE on whose round it is. */
static uint64_t wanted(struct walk *w, uint64_t base)
{
	uint64_t earlier = 0;

	if (!w->pin)
		return UINT64_MAX;
	for (unsigned s = 0; s < w->set; s++)
		earlier |= pinned(w, s, base);
	return w->set < PIN_ROUNDS ? pinned(w, w->set, base) & ~earlier : ~earlier;
}

/*
 * Takes pages of WORD, whose first bit is page BASE, as far as WANT has them. True: B is to be put as it is, W stands
 * at the page that follows: the batch is full, or has no gaps in its index.
 */
static bool take(struct walk *w, struct batch *b, unsigned max, uint64_t base, uint64_t word, uint64_t want)
{
	for (; word; word &= word - 1) {
		unsigned bit = (unsigned)__builtin_ctzll(word);
		bool mine = want >> bit & 1;

		w->pfn = base + bit;
		if (b->n && (!mine || b->n == max))
			return true;
		if (mine) {
			if (b->n == 0)
				b->index = w->index;
			b->pfn[b->n++] = w->pfn;
		}
		w->index++;
	}
	return false;
}

/* True when no page is left in the round of a set. */
static bool set_done(const struct walk *w)
{
	return w->pin && w->set < PIN_ROUNDS && w->at[w->set] == w->pin[w->set].n;
}

bool walk_next(struct walk *w, struct batch *b, unsigned max)
{
	b->n = 0;
	while (w->pfn < w->end && !set_done(w)) {
		uint64_t base = w->pfn & ~63ull, index = w->index;

		if (skip_block(w)) {
			/* A batch has no gaps in its index. */
			if (b->n && w->index != index)
				return true;
			continue;
		}
		if (take(w, b, max, base, word_at(w, w->pfn), wanted(w, base)))
			return true;
		w->pfn = base + 64;
	}
	return b->n > 0;
}
