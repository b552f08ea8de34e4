/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: one dump, from the crashed kernel's memory to one file of a sink.
 * Top to bottom: take memory, scan, write the pages level by level until one fits, end the file truly.
 */
#include "dump/dump.h"

#include "base/bits.h"
#include "base/clock.h"
#include "base/str.h"
#include "codec/codec.h"
#include "codec/ladder.h"
#include "dump/budget.h"
#include "dump/keep.h"
#include "dump/pool.h"
#include "filter/filter.h"
#include "format/elf_out.h"
#include "format/kdump_out.h"
#include "vmcore/carry.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICK_MS            100
#define SPACE_STEP         (4ull << 20) /* bytes written between two looks at the free space, at most */
#define BATCH_BYTES        (256u << 10)
#define TIME_IS_OVER       "the time for this dump is over"
#define LADDER_COST_PER_NS 50.0 /* LZO's cost of 100 is some 2 ns a byte, until it has been measured */

struct dump {
	struct source *src;
	struct sink *out;
	const struct dump_opts *how;
	struct dump_stat *st;
	struct filter *filter;
	struct keeper keeper;
	struct pack_plan plan;
	struct pick pick;
	struct budget budget;
	struct pool pool;
	struct format *format;
	struct dump_head head;
	uint8_t *carry;
	uint64_t room; /* bytes that fit before the free space is looked at again */
	int64_t next_tick;
	enum dump_stage stage;
};

static void note(struct dump *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void note(struct dump *d, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (!d->how->note)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->how->note(d->how->arg, text);
}

/* ---- progress ---- */

static int tick(struct dump *d, uint64_t done, uint64_t total, struct err *e)
{
	const struct dump_progress p = { d->stage, done, total, d->st->written };
	int64_t now = clock_ms();
	int rc;

	if (now >= d->how->deadline)
		return err_set(e, -ETIMEDOUT, TIME_IS_OVER);
	if (now < d->next_tick || !d->how->tick)
		return 0;
	d->next_tick = now + TICK_MS;
	rc = d->how->tick(d->how->arg, &p);
	return rc ? err_set(e, rc, "stopped") : 0;
}

static int on_scan(void *arg, uint64_t done, uint64_t total)
{
	struct dump *d = arg;

	return tick(d, done, total, NULL);
}

static int on_batch(void *arg, struct err *e)
{
	struct dump *d = arg;

	return tick(d, d->st->done, d->st->kept, e);
}

/* ---- one batch into the file ---- */

static void count_codec(struct dump_stat *st, const char *name, uint64_t pages, uint64_t in, uint64_t out)
{
	unsigned i = 0;

	if (!pages)
		return;
	while (i < st->ncodec && strcmp(st->codec[i].name, name) != 0)
		i++;
	if (i == DUMP_CODECS)
		return;
	if (i == st->ncodec)
		st->codec[st->ncodec++].name = name;
	st->codec[i].pages += pages;
	st->codec[i].in += in;
	st->codec[i].out += out;
}

static void count_batch(struct dump *d, const struct batch *b, const struct pack_stat *ps, unsigned step)
{
	struct dump_stat *st = d->st;
	uint64_t size = d->plan.page_size;

	st->done += b->n;
	st->zero += ps->zero;
	st->lost += ps->lost;
	st->unreadable += ps->unreadable;
	st->pack_us += ps->us;
	count_codec(st, "stored", ps->stored, ps->stored * size, ps->stored * size);
	if (step < d->plan.nstep)
		count_codec(st, d->plan.step[step].codec->name, ps->in / size, ps->in, ps->out);
}

/* -ENOSPC when LEN more bytes would not leave what has to stay free, or exceed the limit of the file. */
static int check_room(struct dump *d, size_t len, struct err *e)
{
	uint64_t owed = d->format->ops->owed(d->format), left;
	int rc;

	if (d->how->size_limit && d->format->ops->size(d->format) + len + owed > d->how->size_limit)
		return err_set(e, -ENOSPC, "the file has reached the limit of %llu bytes",
			       (unsigned long long)d->how->size_limit);
	if (!d->how->keep_free || len + owed <= d->room)
		return 0;
	rc = d->out->ops->space(d->out, &left, e);
	if (rc == -ETIMEDOUT)
		return rc;
	if (rc)
		left = d->how->keep_free + owed + len; /* unknown: this batch, then ask again */
	d->room = left > d->how->keep_free ? left - d->how->keep_free : 0;
	if (d->room > SPACE_STEP + owed)
		d->room = SPACE_STEP + owed;
	if (len + owed > d->room)
		return err_set(e, -ENOSPC, "%llu KiB left on the target", (unsigned long long)left >> 10);
	return 0;
}

static int on_put(void *arg, const struct batch *b, const struct pack_stat *ps, unsigned step, struct err *e)
{
	struct dump *d = arg;
	int64_t start = clock_us(), us;
	int rc = check_room(d, b->len, e);

	if (rc == 0)
		rc = d->format->ops->put(d->format, b, e);
	if (rc)
		return rc;
	us = clock_us() - start;
	d->room -= d->how->keep_free ? b->len < d->room ? b->len : d->room : 0;
	d->st->written += b->len;
	d->st->write_us += us;
	pick_written(&d->pick, b->len, us);
	count_batch(d, b, ps, step);
	return 0;
}

/* Only counting: the pages of zeros of a dry run. */
static int on_count(void *arg, const struct batch *b, const struct pack_stat *ps, unsigned step, struct err *e)
{
	struct dump *d = arg;

	(void)e;
	count_batch(d, b, ps, step);
	return 0;
}

/* ---- getting ready ---- */

/*
 * Not the step that stores: who asks for compression wants a dump no larger than what LZO, today's default,
 * would leave.
 */
static void plan_ladder(struct dump *d)
{
	pick_init(&d->pick, d->how->threads);
	for (unsigned i = 0; i < LADDER_STEPS && d->plan.nstep < PACKER_STEPS; i++) {
		const struct ladder_step *s = &codec_ladder[i];

		if (!s->codec->flag)
			continue;
		d->plan.step[d->plan.nstep].codec = s->codec;
		d->plan.step[d->plan.nstep++].level = s->level;
		pick_add(&d->pick, s->cost / LADDER_COST_PER_NS, s->size / 1000.0);
	}
}

static int plan_codec(struct dump *d, struct err *e)
{
	const struct codec *c;

	if (d->how->format == FORMAT_ELF || d->how->codec == CODEC_NONE)
		return 0;
	if (d->how->codec == CODEC_AUTO) {
		plan_ladder(d);
		return 0;
	}
	c = codec_find(d->how->codec);
	if (!c)
		return err_set(e, -EOPNOTSUPP, "this codec is not built in, nothing was written");
	d->plan.step[0].codec = c;
	d->plan.step[0].level = d->how->codec_level_given ? d->how->codec_level : c->level_default;
	d->plan.nstep = 1;
	return 0;
}

static int plan_pages(struct dump *d, struct err *e)
{
	uint64_t size = d->src->info.page_size;

	if (!size)
		return err_set(e, -ENODATA, "the vmcore does not tell the size of a page");
	d->plan.src = d->src;
	d->plan.page_size = (uint32_t)size;
	d->plan.batch_pages = (unsigned)(BATCH_BYTES / size);
	if (d->plan.batch_pages > BATCH_PAGES)
		d->plan.batch_pages = BATCH_PAGES;
	if (!d->plan.batch_pages)
		d->plan.batch_pages = 1;
	return plan_codec(d, e);
}

static unsigned effective(const struct dump *d, unsigned level)
{
	unsigned can = d->filter ? filter_can(d->filter) | LEVEL_ZERO : LEVEL_ZERO;

	return (level & can) | d->src->info.level;
}

static void open_filter(struct dump *d)
{
	struct err e = { 0 };

	if (filter_open(&d->filter, d->src, &e)) {
		d->filter = NULL;
		note(d, "the page filter is off: %s", e.text);
	}
}

static void make_budget(struct dump *d)
{
	const struct budget_ask ask = {
		.limit = d->how->mem_limit,
		.plan = &d->plan,
		.threads = d->how->threads,
		.levels = d->how->nlevel,
		/* With ELF two more: what may fill gaps, and the format's own of what was written. */
		.maps = d->how->format == FORMAT_ELF ? 2 : 0,
		.rank = d->how->important && !d->how->split,
		.max_pfn = d->src->info.max_pfn,
	};

	budget_make(&d->budget, &ask);
	d->pick.threads = d->budget.threads;
}

static int ready(struct dump *d, struct err *e)
{
	struct keep_opts k = { .nlevel = d->how->nlevel, .tick = on_scan, .tick_arg = d };
	int rc = plan_pages(d, e);

	if (rc)
		return rc;
	open_filter(d);
	make_budget(d);
	memcpy(k.level, d->how->level, sizeof(k.level));
	for (unsigned i = 0; i < k.nlevel; i++)
		k.level[i] |= (uint8_t)d->src->info.level;
	k.maps = d->budget.levels;
	k.window = d->budget.window;
	k.rank = d->budget.rank;
	k.fill = d->how->format == FORMAT_ELF;
	k.lost = d->how->format != FORMAT_ELF;
	k.threads = d->budget.threads;
	d->st->threads = d->budget.threads;
	d->st->max_pfn = d->src->info.max_pfn;
	return keeper_init(&d->keeper, d->src, d->filter, &k, e);
}

static int scan(struct dump *d, struct err *e)
{
	int64_t start = clock_ms();
	const char *why[FILTER_NOTES];
	int rc;

	d->stage = DUMP_SCAN;
	rc = keeper_scan(&d->keeper, e);
	if (rc && e && !e->text[0]) /* of on_scan() */
		(void)err_set(e, rc, "%s", rc == -ETIMEDOUT ? TIME_IS_OVER : "stopped");
	d->st->scan_ms += clock_ms() - start;
	d->st->filter = d->keeper.stat;
	/* What is lost is no memory to the filter, but no hole either. */
	d->st->filter.holes -= d->src->info.lost < d->st->filter.holes ? d->src->info.lost : d->st->filter.holes;
	d->st->windows = (d->keeper.keep.pfns + d->keeper.keep.window - 1) / d->keeper.keep.window;
	for (unsigned i = 0, n = d->filter ? filter_notes(d->filter, why) : 0; rc == 0 && i < n; i++)
		note(d, "%s", why[i]);
	return rc ? err_add(e, rc, "page filter") : 0;
}

/* ---- the pages ---- */

/* What round number ROUND takes: a set of pinned pages, then blocks of a rank. */
static void plan_round(const struct dump *d, unsigned round, struct walk *w)
{
	if (!d->st->important)
		return;
	w->pin = d->filter ? filter_pins(d->filter) : NULL;
	w->set = round < PIN_ROUNDS ? round : PIN_ROUNDS;
	w->rank = round < PIN_ROUNDS ? NULL : d->keeper.rank;
	w->round = round - PIN_ROUNDS;
}

static int put_window(struct dump *d, uint64_t first, unsigned round, uint64_t *index, struct err *e)
{
	struct keeper *k = &d->keeper;
	struct walk w = { .first = first, .index = *index };
	uint64_t last = first + k->keep.window < k->keep.pfns ? first + k->keep.window : k->keep.pfns;
	int rc;

	w.pfn = first > d->head.keep_from ? first : d->head.keep_from;
	w.end = last < d->head.keep_to ? last : d->head.keep_to;
	if (w.pfn >= w.end)
		return 0;
	rc = k->keep.load(&k->keep, first, &w.bits, e);
	if (rc)
		return rc;
	plan_round(d, round, &w);
	rc = pool_run(&d->pool, &w, e);
	*index = w.index;
	return rc;
}

static int put_rounds(struct dump *d, struct err *e)
{
	unsigned round, end;
	int rc = 0;

	/* Pinned pages need no memory to go first, but all of the bitmap. */
	d->st->important = d->how->important && !d->how->split && d->keeper.keep.window >= d->keeper.keep.pfns &&
			   (d->filter || d->keeper.rank);
	round = d->filter || !d->st->important ? 0 : PIN_ROUNDS;
	end = !d->st->important ? 1 : PIN_ROUNDS + (d->keeper.rank ? RANK_N : 1);
	for (; round < end && rc == 0; round++) {
		uint64_t index = 0;

		for (uint64_t first = 0; first < d->keeper.keep.pfns && rc == 0; first += d->keeper.keep.window)
			rc = put_window(d, first, round, &index, e);
	}
	return rc;
}

/* Kept pages of the file: those of its range when the dump is split. */
static int count_own(struct dump *d, struct err *e)
{
	struct keep *keep = &d->keeper.keep;
	uint64_t n = 0;

	for (uint64_t first = 0; d->how->split && first < keep->pfns; first += keep->window) {
		uint64_t from = d->head.keep_from > first ? d->head.keep_from - first : 0;
		uint64_t to = d->head.keep_to > first ? d->head.keep_to - first : 0;
		const uint8_t *bits;
		int rc;

		to = to < keep->window ? to : keep->window;
		if (from >= to)
			continue;
		rc = keep->load(keep, first, &bits, e);
		if (rc)
			return rc;
		n += bits_count(bits, from, to);
	}
	d->st->kept = d->how->split ? n : d->head.kept;
	return 0;
}

static int make_head(struct dump *d, struct err *e)
{
	const struct keeper *k = &d->keeper;
	struct dump_head *h = &d->head;

	h->src = d->src;
	h->keep = &d->keeper.keep;
	h->kept = k->kept[k->chosen];
	h->level = effective(d, k->how.level[k->chosen]);
	h->status = d->plan.nstep ? d->plan.step[0].codec->flag : 0;
	h->split = d->how->split;
	h->keep_from = d->how->split ? d->how->from : 0;
	h->keep_to = d->how->split && d->how->to < k->keep.pfns ? d->how->to : k->keep.pfns;
	h->zero = (h->level & LEVEL_ZERO) || d->how->format == FORMAT_ELF;
	d->plan.zero = h->zero;
	d->st->level = h->level;
	d->st->kept = h->kept;
	free(d->carry);
	h->carry = d->carry = carry_make(&d->src->info, h->level, &h->carry_len);
	return d->carry ? 0 : err_set(e, -ENOMEM, "no memory for a note");
}

static void forget_pages(struct dump_stat *st)
{
	st->done = st->zero = st->lost = st->unreadable = st->written = st->file_size = 0;
	st->ncodec = 0;
	memset(st->codec, 0, sizeof(st->codec));
}

/* The whole file at the chosen level. Whatever happens, the format has ended the file when this returns. */
static int put_file(struct dump *d, struct err *e)
{
	int rc, end;

	rc = make_head(d, e);
	if (rc == 0)
		rc = count_own(d, e);
	if (rc)
		return err_add(e, rc, "page filter");
	forget_pages(d->st);
	/* An ELF file lists what the source has lost; no page of it is asked for. */
	if (d->how->format == FORMAT_ELF) {
		d->st->lost = d->st->done = d->src->info.lost;
		d->st->kept += d->src->info.lost;
	}
	d->stage = DUMP_PAGES;
	rc = d->how->format == FORMAT_ELF ? format_elf_open(&d->format, e) : format_kdump_open(&d->format, e);
	if (rc)
		return rc;
	rc = d->format->ops->begin(d->format, &d->head, d->out, e);
	if (rc == 0)
		rc = check_room(d, 0, e);
	if (rc == 0)
		rc = put_rounds(d, e);
	d->st->incomplete = rc == 0 && (d->src->info.incomplete || d->st->lost || d->st->unreadable);
	end = d->format->ops->finish(d->format, rc == 0 && !d->st->incomplete, &d->st->file_size, rc ? NULL : e);
	d->format->ops->free(d->format);
	d->format = NULL;
	d->st->switches = d->pick.switches;
	return rc ? rc : end;
}

/* Makes way for the next level of the list after the target was full. False: there is none. */
static bool next_level(struct dump *d, struct err *e)
{
	unsigned before = d->how->level[d->keeper.chosen];

	if (!d->out->ops->empty || !keeper_next_level(&d->keeper))
		return false;
	note(d, "dump level %u does not fit: level %u follows", before, d->how->level[d->keeper.chosen]);
	if (d->out->ops->empty(d->out, e))
		return false;
	d->room = 0;
	return d->keeper.counted || scan(d, e) == 0;
}

static int put_levels(struct dump *d, struct err *e)
{
	int rc = put_file(d, e);

	while (rc == -ENOSPC && next_level(d, e))
		rc = put_file(d, e);
	return rc;
}

static void dump_free(struct dump *d)
{
	pool_free(&d->pool);
	keeper_free(&d->keeper);
	filter_free(d->filter);
	free(d->carry);
}

int dump_run(struct source *src, struct sink *out, const struct dump_opts *how, struct dump_stat *st,
	     struct err *e)
{
	struct dump d = { .src = src, .out = out, .how = how, .st = st };
	const struct pool_ops ops = { on_put, on_batch, &d };
	int64_t start = clock_ms();
	int rc;

	memset(st, 0, sizeof(*st));
	rc = ready(&d, e);
	if (rc == 0)
		rc = pool_init(&d.pool, &d.plan, &d.pick, d.budget.threads, &ops, e);
	if (rc == 0)
		rc = scan(&d, e);
	if (rc == 0)
		rc = out->ops->begin(out, how->temp, how->name, e);
	if (rc == 0) {
		rc = put_levels(&d, e);
		if (rc == 0)
			rc = out->ops->commit(out, st->file_size, e);
		else
			(void)out->ops->abandon(out, NULL);
	}
	st->total_ms = clock_ms() - start;
	dump_free(&d);
	return rc;
}

int dump_count(struct source *src, const struct dump_opts *how, struct dump_stat *st, struct err *e)
{
	struct dump d = { .src = src, .how = how, .st = st };
	const struct pool_ops ops = { on_count, on_batch, &d };
	int64_t start = clock_ms();
	int rc;

	memset(st, 0, sizeof(*st));
	rc = ready(&d, e);
	if (rc == 0)
		rc = scan(&d, e);
	if (rc == 0)
		rc = make_head(&d, e);
	if (rc == 0 && how->count_zero)
		rc = pool_init(&d.pool, &d.plan, &d.pick, d.budget.threads, &ops, e);
	if (rc == 0 && how->count_zero) {
		d.stage = DUMP_PAGES;
		rc = put_rounds(&d, e);
	}
	st->total_ms = clock_ms() - start;
	dump_free(&d);
	return rc;
}

uint64_t dump_memory(struct source *src, const struct dump_opts *how, char *text, unsigned n)
{
	struct dump_stat st;
	struct dump d = { .src = src, .how = how, .st = &st };
	char total[24], limit[24];

	*text = '\0';
	if (plan_pages(&d, NULL))
		return 0;
	make_budget(&d);
	snprintf(text, n, "%s of %s: %u thread%s, %s", str_size(total, sizeof(total), d.budget.total),
		 str_size(limit, sizeof(limit), d.budget.limit), d.budget.threads, d.budget.threads > 1 ? "s" : "",
		 d.budget.window >= src->info.max_pfn ? "one pass" : "several windows");
	return d.budget.total;
}
