/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: the plain copy says what it lost.
 * /proc/vmcore rounds its notes up to a page: a note more goes there, and the PT_NOTE grows by it.
 */
#include "format/copy_mark.h"

#include "base/bytes.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>

#define FLAG_INCOMPLETE 1u /* e_flags, as crash 8 reads it */
#define PAIR            16u

/* What is known of the headers of the copy. */
struct place {
	uint64_t phdr_at; /* of the PT_NOTE in the file */
	Elf64_Phdr note;
	uint64_t room; /* where the first data behind the notes begins */
};

static void join(struct copy_holes *h)
{
	unsigned best = 1;

	for (unsigned i = 2; i < h->n; i++)
		if (h->at[i].from - h->at[i - 1].to < h->at[best].from - h->at[best - 1].to)
			best = i;
	h->at[best - 1].to = h->at[best].to;
	h->n--;
	memmove(&h->at[best], &h->at[best + 1], (h->n - best) * sizeof(h->at[0]));
}

void copy_hole_add(struct copy_holes *h, uint64_t from, uint64_t to)
{
	if (h->n && h->at[h->n - 1].to == from) {
		h->at[h->n - 1].to = to;
		return;
	}
	if (h->n == COPY_HOLES)
		join(h);
	h->at[h->n++] = (struct copy_hole){ from, to };
}

static bool place_find(struct source *src, struct place *p)
{
	Elf64_Ehdr h;
	Elf64_Phdr ph;

	*p = (struct place){ .room = UINT64_MAX };
	if (src->ops->read_file(src, 0, &h, sizeof(h), NULL) || h.e_phnum == PN_XNUM)
		return false;
	for (unsigned i = 0; i < h.e_phnum; i++) {
		if (src->ops->read_file(src, h.e_phoff + i * sizeof(ph), &ph, sizeof(ph), NULL))
			return false;
		if (ph.p_type == PT_NOTE && !p->phdr_at) {
			p->note = ph;
			p->phdr_at = h.e_phoff + i * sizeof(ph);
		}
	}
	for (unsigned i = 0; i < h.e_phnum && p->phdr_at; i++) {
		if (src->ops->read_file(src, h.e_phoff + i * sizeof(ph), &ph, sizeof(ph), NULL))
			return false;
		if (ph.p_filesz && ph.p_offset > p->note.p_offset && ph.p_offset < p->room)
			p->room = ph.p_offset;
	}
	return p->phdr_at && p->room != UINT64_MAX;
}

/* The physical addresses of hole H, as far as segment G has them. False: none. */
static bool hole_memory(const struct copy_hole *h, const struct segment *g, struct copy_hole *ret)
{
	uint64_t from = h->from > g->offset ? h->from : g->offset;
	uint64_t to = h->to < g->offset + g->len ? h->to : g->offset + g->len;

	if (g->pa == UINT64_MAX || from >= to)
		return false;
	*ret = (struct copy_hole){ g->pa + (from - g->offset), g->pa + (to - g->offset) };
	return true;
}

/* Puts range R into the ascending list L, where ranges that touch become one. */
static void memory_add(struct copy_holes *l, struct copy_hole r)
{
	unsigned i = 0, end;

	if (l->n == COPY_HOLES)
		join(l);
	while (i < l->n && l->at[i].to < r.from)
		i++;
	for (end = i; end < l->n && l->at[end].from <= r.to; end++) {
		r.from = l->at[end].from < r.from ? l->at[end].from : r.from;
		r.to = l->at[end].to > r.to ? l->at[end].to : r.to;
	}
	memmove(&l->at[i + 1], &l->at[end], (l->n - end) * sizeof(l->at[0]));
	l->at[i] = r;
	l->n = l->n - (end - i) + 1;
}

static int list_put(struct sink *out, const struct place *p, struct copy_holes *l, bool *listed, struct err *e)
{
	uint8_t buf[NOTE_LOST_HEAD + COPY_HOLES * PAIR] = { 0 };
	uint64_t at = align_up(p->note.p_offset + p->note.p_filesz, 4), len;
	uint64_t room = at < p->room ? p->room - at : 0;
	Elf64_Phdr note = p->note;
	int rc;

	if (l->n == 0 || room < NOTE_LOST_HEAD + PAIR)
		return 0;
	while (NOTE_LOST_HEAD + l->n * PAIR > room)
		join(l);
	put_u32(buf, sizeof(NOTE_LOST_NAME));
	put_u32(buf + 4, l->n * PAIR);
	put_u32(buf + 8, NOTE_LOST_TYPE);
	memcpy(buf + 12, NOTE_LOST_NAME, sizeof(NOTE_LOST_NAME));
	for (unsigned i = 0; i < l->n; i++) {
		put_u64(buf + NOTE_LOST_HEAD + i * PAIR, l->at[i].from);
		put_u64(buf + NOTE_LOST_HEAD + i * PAIR + 8, l->at[i].to);
	}
	len = NOTE_LOST_HEAD + l->n * PAIR;
	note.p_filesz = note.p_memsz = at + len - note.p_offset;
	rc = out->ops->write(out, at, buf, (size_t)len, e);
	if (rc == 0)
		rc = out->ops->write(out, p->phdr_at, &note, sizeof(note), e);
	*listed = rc == 0;
	return rc;
}

int copy_mark(struct source *src, struct sink *out, struct copy_holes *h, bool *listed, struct err *e)
{
	struct copy_holes memory = { .n = 0 };
	struct copy_hole r;
	struct place p;
	uint8_t flags[4], magic[SELFMAG];
	int rc;

	*listed = false;
	if (!(out->ops->caps & SINK_SEEK) || src->ops->read_file(src, 0, magic, sizeof(magic), NULL) ||
	    memcmp(magic, ELFMAG, SELFMAG) != 0)
		return 0;
	put_u32(flags, FLAG_INCOMPLETE);
	rc = out->ops->write(out, offsetof(Elf64_Ehdr, e_flags), flags, sizeof(flags), e);
	if (rc || !place_find(src, &p))
		return rc;
	for (unsigned i = 0; i < src->info.nsegment; i++)
		for (unsigned k = 0; k < h->n; k++)
			if (hole_memory(&h->at[k], &src->info.segment[i], &r))
				memory_add(&memory, r);
	return list_put(out, &p, &memory, listed, e);
}
