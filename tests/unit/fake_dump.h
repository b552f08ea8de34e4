/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit tests: what a format needs around it.
 * A crashed machine whose memory is a function of the address, its bitmap in windows, and a disk in
 * memory that can be full, break, or forbid that a byte is written twice.
 */
#ifndef TESTS_FAKE_DUMP_H
#define TESTS_FAKE_DUMP_H

#include "base/bits.h"
#include "iface/format.h"
#include "iface/sink.h"
#include "iface/source.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAKE_PAGE     4096u
#define FAKE_SEGMENTS 16

/* A sequence that is the same in every run. */
static inline uint64_t fake_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* The byte of memory at PA, never 0. */
static inline uint8_t fake_byte(uint64_t pa)
{
	uint64_t state = pa / 8;

	return (uint8_t)(fake_random(&state) >> (pa % 8 * 8)) | 1;
}

struct fake_machine {
	struct source s;
	struct segment segment[FAKE_SEGMENTS];
	uint8_t notes[70000];
};

static inline int fake_read_notes(struct source *s, uint64_t off, void *buf, size_t n, struct err *e)
{
	struct fake_machine *m = (struct fake_machine *)s;

	if (off > s->info.notes_len || n > s->info.notes_len - off)
		return err_set(e, -EINVAL, "notes end at %llu", (unsigned long long)s->info.notes_len);
	memcpy(buf, m->notes + off, n);
	return 0;
}

static inline void fake_existed(struct source *s, uint64_t first, uint64_t npfn, uint8_t *bits)
{
	memset(bits, 0, (size_t)((npfn + 7) / 8));
	for (unsigned i = 0; i < s->info.nsegment; i++) {
		const struct segment *g = &s->info.segment[i];
		uint64_t from = g->pa / FAKE_PAGE, to = (g->pa + g->len + FAKE_PAGE - 1) / FAKE_PAGE;

		for (uint64_t p = from; p < to; p++)
			if (p >= first && p - first < npfn)
				bit_set(bits, p - first);
	}
}

static const struct source_ops fake_ops = {
	.name = "fake",
	.read_notes = fake_read_notes,
	.held = fake_existed,
	.existed = fake_existed,
};

/* An x86_64 machine without memory; notes of NOTES bytes with vmcoreinfo in their middle. */
static inline void fake_machine(struct fake_machine *m, uint64_t notes)
{
	struct dump_info *in = &m->s.info;

	memset(m, 0, sizeof(*m));
	m->s.ops = &fake_ops;
	for (uint64_t i = 0; i < notes; i++)
		m->notes[i] = fake_byte(~i);
	in->page_size = FAKE_PAGE;
	in->crash_time = 1700000000;
	in->machine = EM_X86_64;
	in->segment = m->segment;
	in->vmcoreinfo = (char *)m->notes + notes / 2;
	in->vmcoreinfo_at = notes / 2;
	in->vmcoreinfo_len = notes / 4;
	in->notes_len = notes;
	in->ncpu = 3;
	in->phys_base = 0xffffffffff000000ull;
	snprintf(in->uts.release, sizeof(in->uts.release), "6.1.0-test");
	snprintf(in->uts.nodename, sizeof(in->uts.nodename), "node");
	snprintf(in->uts.machine, sizeof(in->uts.machine), "x86_64");
}

static inline void fake_memory(struct fake_machine *m, uint64_t pa, uint64_t va, uint64_t len)
{
	struct dump_info *in = &m->s.info;
	uint64_t end = (pa + len + FAKE_PAGE - 1) / FAKE_PAGE;

	m->segment[in->nsegment++] = (struct segment){ .pa = pa, .va = va, .len = len, .memlen = len };
	if (end > in->max_pfn)
		in->max_pfn = end;
}

/* A bitmap that is shown in windows. */
struct fake_keep {
	struct keep k;
	uint8_t *all; /* owned: all bits, and a window of zeros behind */
	uint64_t kept;
	unsigned loads; /* windows that had to be made */
	uint64_t loaded;
};

static inline int fake_load(struct keep *k, uint64_t first, const uint8_t **bits, struct err *e)
{
	struct fake_keep *f = (struct fake_keep *)k;

	if (first % k->window || first >= k->pfns)
		return err_set(e, -EINVAL, "window at %llu", (unsigned long long)first);
	f->loads += f->loaded != first;
	f->loaded = first;
	*bits = f->all + first / 8;
	return 0;
}

/* Keeps what DECIDE says of the pages that exist. Free ->all. */
static inline void fake_keep(struct fake_keep *f, struct fake_machine *m, uint64_t window,
			     bool (*decide)(uint64_t pfn))
{
	uint64_t pfns = m->s.info.max_pfn;

	memset(f, 0, sizeof(*f));
	f->k.pfns = pfns;
	f->k.window = window ? window : pfns;
	f->k.load = fake_load;
	f->loaded = UINT64_MAX;
	f->all = calloc(1, (size_t)(pfns / 8 + f->k.window / 8 + 16));
	fake_existed(&m->s, 0, pfns, f->all);
	for (uint64_t p = 0; p < pfns; p++) {
		if (bit_get(f->all, p) && !decide(p))
			f->all[p / 8] &= (uint8_t) ~(1u << p % 8);
		f->kept += bit_get(f->all, p);
	}
}

#define DISK_BLOCK 4096u

struct disk {
	struct sink s;
	struct sink_ops ops; /* a copy, so that caps and ops can differ */
	uint8_t *data;
	uint8_t *have;              /* one byte a block: has room */
	uint8_t *wrote;             /* one byte a byte, when caps has SINK_ONCE */
	uint64_t size, most;        /* bytes of the file; of the buffer */
	uint64_t room;              /* blocks that are free */
	uint64_t writes;            /* calls so far */
	uint64_t break_from;        /* this write and later ones fail … */
	uint64_t break_to;          /* … up to this one */
	unsigned twice, short_file; /* bytes written twice; commits below the size of the file */
	int ended;                  /* 1: committed, 2: abandoned */
};

static inline int disk_room(struct disk *d, uint64_t off, uint64_t n, struct err *e)
{
	for (uint64_t b = off / DISK_BLOCK; n && b <= (off + n - 1) / DISK_BLOCK; b++) {
		if (d->have[b])
			continue;
		if (d->room == 0)
			return err_set(e, -ENOSPC, "disk: full");
		d->room--;
		d->have[b] = 1;
	}
	return 0;
}

static inline int disk_begin(struct sink *s, const char *temp, const char *name, struct err *e)
{
	(void)s, (void)temp, (void)name, (void)e;
	return 0;
}

static inline int disk_reserve(struct sink *s, uint64_t off, uint64_t n, struct err *e)
{
	struct disk *d = (struct disk *)s;
	int rc = disk_room(d, off, n, e);

	if (rc == 0 && off + n > d->size)
		d->size = off + n;
	return rc;
}

static inline int disk_extend(struct sink *s, uint64_t size, struct err *e)
{
	struct disk *d = (struct disk *)s;

	(void)e;
	if (size > d->size)
		d->size = size;
	return 0;
}

/* A write that fails leaves its first half behind, as far as there is room; later ones leave nothing. */
static inline int disk_write(struct sink *s, uint64_t off, const void *buf, size_t n, struct err *e)
{
	struct disk *d = (struct disk *)s;
	uint64_t number = d->writes++;
	bool broken = number >= d->break_from && number <= d->break_to;
	int rc = broken ? err_set(e, -EIO, "disk: broken") : 0;

	if (!(d->ops.caps & SINK_SEEK) && off != d->size)
		return err_set(e, -ESPIPE, "disk: offset %llu", (unsigned long long)off);
	if (off + n > d->most)
		return err_set(e, -EFBIG, "disk: offset %llu", (unsigned long long)off);
	if (!broken)
		rc = disk_room(d, off, n, e);
	if (rc)
		n = number > d->break_from ? 0 : n / 2;
	if (rc && disk_room(d, off, n, NULL))
		return rc;
	for (size_t i = 0; i < n && d->ops.caps & SINK_ONCE; i++)
		d->twice += d->wrote[off + i]++ != 0;
	memcpy(d->data + off, buf, n);
	if (off + n > d->size)
		d->size = off + n;
	return rc;
}

static inline int disk_commit(struct sink *s, uint64_t size, struct err *e)
{
	struct disk *d = (struct disk *)s;

	(void)e;
	d->short_file += size < d->size;
	d->size = size;
	d->ended = 1;
	return 0;
}

static inline int disk_abandon(struct sink *s, struct err *e)
{
	(void)e;
	((struct disk *)s)->ended = 2;
	return 0;
}

static inline void disk_free(struct sink *s)
{
	struct disk *d = (struct disk *)s;

	free(d->data);
	free(d->have);
	free(d->wrote);
	free(d);
}

/* A disk of BLOCKS free blocks for a file of at most MOST bytes. */
static inline struct disk *disk_new(unsigned caps, uint64_t blocks, uint64_t most)
{
	struct disk *d = calloc(1, sizeof(*d));

	d->ops = (struct sink_ops){
		.scheme = "disk",
		.caps = caps,
		.begin = disk_begin,
		.reserve = disk_reserve,
		.extend = disk_extend,
		.write = disk_write,
		.commit = disk_commit,
		.abandon = disk_abandon,
		.free = disk_free,
	};
	d->s.ops = &d->ops;
	d->room = blocks;
	d->most = most;
	d->data = calloc(1, (size_t)most);
	d->have = calloc(1, (size_t)(most / DISK_BLOCK + 2));
	d->wrote = caps & SINK_ONCE ? calloc(1, (size_t)most) : NULL;
	d->break_from = d->break_to = UINT64_MAX;
	return d;
}

/*
 * How feed() hands kept pages [from, to) to a format: in batches of at most 64, in two rounds when `rounds`
 * is 2 (blocks of 512 pages with an odd number first). `fill` gives the bytes of a page and its flag; 0: zeros.
 */
struct feed {
	uint64_t from, to;
	unsigned rounds;
	uint32_t (*fill)(uint64_t pfn, uint8_t *to, uint32_t *flag);
	uint8_t *seen; /* set to 1 for every page whose put() went well; may be NULL */
};

static inline int feed_one(struct format *f, struct batch *b, const struct feed *how, struct err *e)
{
	int rc = b->n ? f->ops->put(f, b, e) : 0;

	for (unsigned i = 0; rc == 0 && how->seen && i < b->n; i++)
		how->seen[b->pfn[i]] = 1;
	b->index += b->n;
	b->n = 0;
	b->len = 0;
	return rc;
}

static inline int feed_round(struct format *f, struct fake_keep *k, const struct feed *how, struct batch *b,
			     unsigned round, struct err *e)
{
	uint64_t index = 0;
	int rc = 0;

	for (uint64_t p = how->from; rc == 0 && p < how->to; p++) {
		if (p % 512 == 0)
			rc = feed_one(f, b, how, e);
		if (rc || !bit_get(k->all, p))
			continue;
		if (how->rounds == 2 && p / 512 % 2 == round) {
			index++;
			continue;
		}
		if (b->n == 0)
			b->index = index;
		b->pfn[b->n] = p;
		b->size[b->n] = how->fill(p, b->data + b->len, &b->flag[b->n]);
		b->len += b->size[b->n++];
		index++;
		if (b->n == BATCH_PAGES)
			rc = feed_one(f, b, how, e);
	}
	return rc ? rc : feed_one(f, b, how, e);
}

static inline int feed(struct format *f, struct fake_keep *k, const struct feed *how, struct err *e)
{
	struct batch b = { 0 };
	int rc = 0;

	b.data = malloc(BATCH_PAGES * FAKE_PAGE);
	for (unsigned round = 0; rc == 0 && round < how->rounds; round++)
		rc = feed_round(f, k, how, &b, round, e);
	free(b.data);
	return rc;
}

#endif
