/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: what a dump says of its pages, and what is made of it says of them.
 * Aborts where a dump is called complete that is not, or where a conversion says more than its input does.
 */
#ifndef TESTS_FUZZ_HONEST_PAGES_H
#define TESTS_FUZZ_HONEST_PAGES_H

#include "../unit/kdump_make.h"

#include "base/bits.h"
#include "base/clock.h"
#include "vmcore/lost.h"
#include "vmcore/page_look.h"
#include "vmcore/source.h"

#include <stdlib.h>
#include <string.h>

#define MOST_PFN 10240u /* dumps of no more pages are compared */

/* True for a kdump file with as few pages, of the size that the sound one has. */
static inline bool honest_small(const struct source *s)
{
	return s->info.kind == SOURCE_KDUMP && s->info.max_pfn <= MOST_PFN && s->info.page_size == MAKE_BLOCK;
}

/* No page is both held and lost, each existed; what is lost makes the dump incomplete, with a reason. */
static inline void honest_bits(struct source *s)
{
	uint8_t held[64], existed[64], lost[64];
	uint64_t nlost = 0;

	for (uint64_t first = 0; first < MOST_PFN; first += 512) {
		s->ops->held(s, first, 512, held);
		s->ops->existed(s, first, 512, existed);
		source_lost(s, first, 512, lost);
		for (unsigned i = 0; i < sizeof(held); i++)
			if ((held[i] | lost[i]) & ~existed[i] || held[i] & lost[i])
				abort();
		nlost += bits_count(lost, 0, 512);
	}
	if (s->info.max_pfn <= MOST_PFN && nlost != s->info.lost)
		abort();
	if ((s->info.lost && !s->info.incomplete) || (s->info.incomplete && !s->info.why[0]))
		abort();
}

/* Pages that do not read, whatever is said of them; each has a reason. */
static inline uint64_t honest_bad(struct source *s)
{
	struct page_look look = { .deadline = DEADLINE_NEVER };

	if (page_look(s, &look, NULL) || (look.bad && !look.why[0]))
		abort();
	return look.bad;
}

/* Pages that OUT holds and that read are what S gives, and none that S does not hold or cannot read. */
static inline void honest_same(struct source *s, struct source *out)
{
	uint8_t held[64], a[MAKE_BLOCK], b[MAKE_BLOCK];

	for (uint64_t first = 0; first < MOST_PFN; first += 512) {
		out->ops->held(out, first, 512, held);
		for (unsigned i = 0; i < 512; i++) {
			if (!bit_get(held, i) ||
			    out->ops->read_pa(out, (first + i) * MAKE_BLOCK, b, sizeof(b), NULL))
				continue;
			if (s->ops->read_pa(s, (first + i) * MAKE_BLOCK, a, sizeof(a), NULL) ||
			    memcmp(a, b, sizeof(a)) != 0)
				abort();
		}
	}
}

/* OUT, made of S, of which READ pages could not be read: not complete where S is not, and no page is forgotten. */
static inline void honest_made(struct source *s, uint64_t unread, struct source *out)
{
	if ((s->info.incomplete || unread) && !out->info.incomplete)
		abort();
	if (out->info.lost < s->info.lost + unread)
		abort();
	honest_bits(out);
	honest_same(s, out);
}

#endif
