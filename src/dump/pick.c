/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: which codec the next pages get.
 * With several threads packing and writing overlap and the slower of the two counts; with one they add up.
 */
#include "dump/pick.h"

#include <string.h>

#define WEIGHT     0.1  /* of a new measurement: about the last ten count */
#define WORTH      1.10 /* a step may take this much longer than the quickest when its file is smaller */
#define LOOK_EVERY 16   /* batches between two decisions: some 4 MiB */
#define TRY_EVERY  128  /* batches between two trials of a neighbour, whose figures grow old */

void pick_init(struct pick *p, unsigned threads)
{
	memset(p, 0, sizeof(*p));
	p->threads = threads ? threads : 1;
}

void pick_add(struct pick *p, double ns, double ratio)
{
	if (p->n < PACKER_STEPS)
		p->step[p->n++] = (struct pick_step){ .ns = ns, .ratio = ratio };
}

/* Nanoseconds per byte in until it has left for the target. */
static double cost(const struct pick *p, unsigned i)
{
	double pack = p->step[i].ns / p->threads, write = p->step[i].ratio * p->sink_ns;

	if (p->threads == 1)
		return pack + write;
	return pack > write ? pack : write;
}

static unsigned best(const struct pick *p)
{
	double least = cost(p, 0);
	unsigned pick = 0;

	for (unsigned i = 1; i < p->n; i++)
		if (cost(p, i) < least)
			least = cost(p, i);
	for (unsigned i = 0; i < p->n; i++)
		if (cost(p, i) <= least * WORTH)
			pick = i;
	return pick;
}

unsigned pick_next(struct pick *p)
{
	uint64_t now = p->batches++;

	if (p->n < 2)
		return 0;
	if (now % LOOK_EVERY == 0) {
		unsigned to = best(p);

		p->switches += to != p->current;
		p->current = to;
	}
	/* The neighbours take turns: one batch shows what they cost on what memory looks like here. */
	if (now % TRY_EVERY == TRY_EVERY / 2) {
		unsigned up = p->current + 1, down = p->current ? p->current - 1 : up;
		unsigned to = now / TRY_EVERY % 2 ? up : down;

		return to < p->n ? to : p->current;
	}
	return p->current;
}

static void blend(double *to, double sample, unsigned seen)
{
	*to = seen ? *to + (sample - *to) * WEIGHT : sample;
}

void pick_packed(struct pick *p, unsigned step, const struct pack_stat *st, uint32_t page_size)
{
	uint64_t in = st->in + st->stored * page_size, out = st->out + st->stored * page_size;
	struct pick_step *s = &p->step[step];

	/* Batches of mostly zero pages tell nothing about the codec. */
	if (step >= p->n || in < 8ull * page_size)
		return;
	blend(&s->ns, (double)st->us * 1000 / (double)in, s->seen);
	blend(&s->ratio, (double)out / (double)in, s->seen);
	if (s->seen < 1000)
		s->seen++;
}

void pick_written(struct pick *p, uint64_t bytes, int64_t us)
{
	if (bytes)
		blend(&p->sink_ns, (double)us * 1000 / (double)bytes, p->sink_ns > 0);
}
