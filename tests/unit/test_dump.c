/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dump: the walk over kept pages, the choice of the codec. */
#include "dump/pick.h"
#include "dump/walk.h"
#include "iface/filter.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

#define PFNS 5000u

struct seen {
	uint64_t pfn[PFNS];
	uint64_t index[PFNS]; /* of the page in the file */
	unsigned n;
};

static void walk_all(struct walk w, unsigned max, struct seen *s)
{
	static uint8_t room[4096];
	struct batch b = { .data = room };

	while (walk_next(&w, &b, max)) {
		CHECK(b.n >= 1 && b.n <= max);
		for (unsigned i = 0; i < b.n && s->n < PFNS; i++) {
			s->pfn[s->n] = b.pfn[i];
			s->index[s->n++] = b.index + i;
		}
	}
}

static bool bit(const uint8_t *bits, uint64_t i)
{
	return bits[i / 8] >> i % 8 & 1;
}

/* The round of a page: the first set that has it. */
static unsigned set_of(const struct pin *pin, uint64_t pfn)
{
	for (unsigned s = 0; s < PIN_ROUNDS; s++)
		for (unsigned i = 0; i < pin[s].n; i++)
			if (pfn >= pin[s].at[i].from && pfn < pin[s].at[i].to)
				return s;
	return PIN_ROUNDS;
}

/* With sets of pinned pages: each page once, sets first, by pfn in each. */
static void check_pinned(const uint8_t *bits, const uint8_t *rank, const struct pin *pin, unsigned max)
{
	static struct seen s;
	uint64_t want = 0, index[PFNS];

	s.n = 0;
	for (uint64_t i = 0; i < PFNS; i++) {
		index[i] = want;
		want += bit(bits, i);
	}
	for (unsigned set = 0; set < PIN_ROUNDS; set++)
		walk_all((struct walk){ .bits = bits, .end = PFNS, .pin = pin, .set = set }, max, &s);
	for (unsigned round = 0; round < (rank ? RANK_N : 1); round++)
		walk_all((struct walk){ .bits = bits,
					.end = PFNS,
					.rank = rank,
					.round = round,
					.pin = pin,
					.set = PIN_ROUNDS },
			 max, &s);
	CHECK(s.n == want);
	for (unsigned i = 0; i < s.n; i++) {
		CHECK(bit(bits, s.pfn[i]) && s.index[i] == index[s.pfn[i]]);
		if (i == 0 || set_of(pin, s.pfn[i - 1]) < set_of(pin, s.pfn[i]))
			continue;
		CHECK(set_of(pin, s.pfn[i - 1]) == set_of(pin, s.pfn[i]));
		CHECK(s.pfn[i - 1] < s.pfn[i] || (rank && rank[s.pfn[i - 1] / FILTER_BLOCK] <
								  rank[s.pfn[i] / FILTER_BLOCK]));
	}
}

static void test_walk_pinned(void)
{
	static struct pfn_range range[PIN_ROUNDS][40];
	uint8_t bits[(PFNS + 63) / 64 * 8], rank[PFNS / FILTER_BLOCK + 1];
	struct pin pin[PIN_ROUNDS];

	srand(11);
	for (unsigned turn = 0; turn < 60; turn++) {
		for (unsigned i = 0; i < sizeof(bits); i++)
			bits[i] = turn % 3 ? (uint8_t)rand() : 0xff;
		for (unsigned i = 0; i < sizeof(rank); i++)
			rank[i] = (uint8_t)(rand() % RANK_N);
		for (unsigned s = 0; s < PIN_ROUNDS; s++) {
			uint64_t at = 0;

			pin[s] = (struct pin){ range[s], turn % 5 ? (unsigned)rand() % 40 : 0 };
			for (unsigned i = 0; i < pin[s].n; i++) {
				range[s][i].from = at + 1 + (unsigned)rand() % 200;
				at = range[s][i].to = range[s][i].from + 1 + (unsigned)rand() % (turn % 2 ? 3 : 200);
			}
		}
		check_pinned(bits, NULL, pin, 1 + turn);
		check_pinned(bits, rank, pin, 64);
	}
}

/* Every kept page once, with the index that counting gives, in the order of the rounds. */
static void check_walk(const uint8_t *bits, const uint8_t *rank, unsigned max)
{
	static struct seen s;
	uint64_t want = 0, index[PFNS];
	unsigned kept = 0;

	s.n = 0;
	for (uint64_t i = 0; i < PFNS; i++) {
		index[i] = want;
		want += bit(bits, i);
	}
	for (unsigned round = 0; round < (rank ? RANK_N : 1); round++)
		walk_all((struct walk){ .bits = bits, .end = PFNS, .rank = rank, .round = round }, max, &s);
	CHECK(s.n == want);
	for (unsigned i = 0; i < s.n; i++) {
		kept += bit(bits, s.pfn[i]);
		CHECK(s.index[i] == index[s.pfn[i]]);
		if (i && rank)
			CHECK(rank[s.pfn[i - 1] / FILTER_BLOCK] <= rank[s.pfn[i] / FILTER_BLOCK]);
		if (i && (!rank || rank[s.pfn[i - 1] / FILTER_BLOCK] == rank[s.pfn[i] / FILTER_BLOCK]))
			CHECK(s.pfn[i - 1] < s.pfn[i]);
	}
	CHECK(kept == want);
}

static void test_walk(void)
{
	uint8_t bits[(PFNS + 63) / 64 * 8], rank[PFNS / FILTER_BLOCK + 1];

	srand(7);
	for (unsigned turn = 0; turn < 60; turn++) {
		memset(bits, turn % 3 == 0 ? 0xff : 0, sizeof(bits));
		for (unsigned i = 0; turn % 3 == 1 && i < sizeof(bits); i++)
			bits[i] = (uint8_t)rand();
		for (unsigned i = 0; turn % 3 == 2 && i < 40; i++)
			bits[rand() % sizeof(bits)] |= (uint8_t)(1 << rand() % 8);
		for (unsigned i = 0; i < sizeof(rank); i++)
			rank[i] = (uint8_t)(rand() % RANK_N);
		check_walk(bits, NULL, 1 + turn);
		check_walk(bits, rank, 64);
	}
}

/* Bits behind the end of the window belong to nobody. */
static void test_walk_end(void)
{
	uint8_t bits[16];
	static struct seen s;

	memset(bits, 0xff, sizeof(bits));
	walk_all((struct walk){ .bits = bits, .first = 1024, .end = 1024 + 70, .pfn = 1024 + 64, .index = 9 }, 64, &s);
	CHECK(s.n == 6);
	CHECK(s.pfn[0] == 1024 + 64 && s.index[0] == 9);
}

/* Feeds the figures of a machine and gives the step that it settles on. */
static unsigned settle(unsigned threads, double sink_ns, const double ns[3], const double ratio[3])
{
	struct pick p;
	unsigned step = 0;

	pick_init(&p, threads);
	for (unsigned i = 0; i < 3; i++)
		pick_add(&p, 1, 1);
	for (unsigned i = 0; i < 2000; i++) {
		struct pack_stat st = { .in = 64 * 4096 };

		step = pick_next(&p);
		st.us = (int64_t)(ns[step] * 64 * 4096 / 1000);
		st.out = (uint64_t)(ratio[step] * 64 * 4096);
		pick_packed(&p, step, &st, 4096);
		pick_written(&p, st.out, (int64_t)(sink_ns * (double)st.out / 1000));
	}
	CHECK(p.current < 3);
	return p.current;
}

static void test_pick(void)
{
	/* per byte: as LZO, zstd 1 and zstd 9 are */
	static const double ns[3] = { 2, 4, 30 }, ratio[3] = { 0.5, 0.4, 0.35 };

	CHECK(settle(1, 0.1, ns, ratio) == 0);  /* memory: the quickest */
	CHECK(settle(2, 9, ns, ratio) == 1);    /* a link of 110 MB/s: the one that keeps it busy */
	CHECK(settle(2, 1000, ns, ratio) == 2); /* 1 MB/s: all the time in the world */
	CHECK(settle(1, 1000, ns, ratio) == 2);
	CHECK(settle(1, 20, ns, ratio) == 1);
}

int main(void)
{
	test_walk();
	test_walk_end();
	test_walk_pinned();
	test_pick();
	return check_done();
}
