/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: the program headers of an ELF file with holes.
 * A walk over the kept pages of every segment, window after window: once to count, once to write.
 */
#include "format/elf_walk.h"

#include "base/bits.h"
#include "base/bytes.h"

static const uint8_t zeros[ELF_PIECE];

/* A sink without offsets gets the hole before AT as zeros. */
int elf_bytes(struct elf *x, uint64_t at, const void *p, size_t n, struct err *e)
{
	int rc = 0;

	while (rc == 0 && !x->seek && x->top < at) {
		uint64_t len = at - x->top < ELF_PIECE ? at - x->top : ELF_PIECE;

		rc = x->out->ops->write(x->out, x->top, zeros, (size_t)len, e);
		if (rc == 0)
			x->top += len;
	}
	if (rc == 0)
		rc = x->out->ops->write(x->out, at, p, n, e);
	if (rc == 0 && at + n > x->top)
		x->top = at + n;
	return rc;
}

int elf_phdrs_flush(struct elf *x, struct err *e)
{
	unsigned n = x->held;

	x->held = 0;
	return n ? elf_bytes(x, sizeof(Elf64_Ehdr) + x->held_at * sizeof(Elf64_Phdr), x->phdr,
			     n * sizeof(Elf64_Phdr), e)
		 : 0;
}

int elf_phdr_hold(struct elf *x, uint64_t number, const Elf64_Phdr *p, struct err *e)
{
	int rc = 0;

	if (x->held == ELF_PHDRS || (x->held && x->held_at + x->held != number))
		rc = elf_phdrs_flush(x, e);
	if (!x->held)
		x->held_at = number;
	x->phdr[x->held++] = *p;
	return rc;
}

/*
 * The next program header of segment I: LEN bytes of memory at PA, of which those of the open run are there.
 * p_align stays 0, as in /proc/vmcore: crash 8.0.2 does not find the notes of a file that says otherwise. It
 * also takes what lies in front of the first PT_LOAD for headers, which it loads: none is without an offset.
 */
static int put_phdr(struct elf *x, unsigned i, uint64_t pa, uint64_t len, struct err *e)
{
	struct run *r = &x->run[i];
	const struct segment *g = r->g;
	Elf64_Phdr p = { .p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X, .p_paddr = pa, .p_memsz = len };
	uint64_t number = r->at + r->n++;

	if (!r->at)
		return 0;
	p.p_vaddr = g->va == UINT64_MAX ? UINT64_MAX : g->va + (pa - g->pa);
	p.p_offset = x->data_at;
	if (r->open) {
		p.p_offset = r->offset;
		p.p_filesz = r->end - r->start;
	}
	return elf_phdr_hold(x, number, &p, e);
}

/* Kept pages below PFN, which lies in the window BITS that begins at FIRST. */
static uint64_t rank_of(struct elf *x, const uint8_t *bits, uint64_t first, uint64_t pfn)
{
	if (pfn < x->rank_at || x->rank_at < first) {
		x->rank_at = first;
		x->rank = x->base;
	}
	x->rank += bits_count(bits, x->rank_at - first, pfn - first);
	x->rank_at = pfn;
	return x->rank;
}

/* The run of pages [FROM, TO) of segment I that the file has, which continues the open one or ends it. */
static int add_run(struct elf *x, unsigned i, uint64_t from, uint64_t to, uint64_t rank, struct err *e)
{
	struct run *r = &x->run[i];
	const struct segment *g = r->g;
	uint64_t start = from << x->shift, end = to << x->shift;
	int rc = 0;

	start = start > g->pa ? start : g->pa;
	end = end < g->pa + g->len ? end : g->pa + g->len;
	if (r->open && r->end == start) {
		r->end = end;
		return 0;
	}
	if (r->open)
		rc = put_phdr(x, i, r->start, start - r->start, e);
	else if (start > g->pa)
		rc = put_phdr(x, i, g->pa, start - g->pa, e);
	r->open = true;
	r->start = start;
	r->end = end;
	r->offset = x->data_at + (rank << x->shift) + (start & (x->page - 1));
	return rc;
}

/*
 * The run of kept pages [FROM, TO) of segment I, of which only those that were written are in the file. RANK: kept
 * pages below it.
 */
static int add_kept(struct elf *x, unsigned i, uint64_t from, uint64_t to, uint64_t rank, struct err *e)
{
	uint64_t end = rank + (to - from), at = rank;
	int rc = 0;

	if (!x->written_only)
		return add_run(x, i, from, to, rank, e);
	while (rc == 0 && at < end) {
		uint64_t a = bits_next(x->written, at, end, true), b = bits_next(x->written, a, end, false);

		if (x->list_others && a > at)
			elf_lost_add(&x->lost, from + (at - rank), from + (a - rank));
		if (a < b)
			rc = add_run(x, i, from + (a - rank), from + (b - rank), a, e);
		at = b;
	}
	return rc;
}

/* Segment I is over: what is open reaches up to its end. */
static int end_segment(struct elf *x, unsigned i, struct err *e)
{
	const struct segment *g = x->run[i].g;
	uint64_t from = x->run[i].open ? x->run[i].start : g->pa, end = g->pa + g->memlen;

	return end > from ? put_phdr(x, i, from, end - from, e) : 0;
}

/* The part of segment I that lies in the window BITS of [FIRST, END). */
static int walk_segment(struct elf *x, unsigned i, const uint8_t *bits, uint64_t first, uint64_t end,
			struct err *e)
{
	const struct segment *g = x->run[i].g;
	uint64_t from = g->pa >> x->shift, to = (g->pa + g->len + x->page - 1) >> x->shift;
	uint64_t p = from > first ? from : first, stop = to < end ? to : end, rank;
	int rc = 0;

	to = g->len ? to : from;
	while (rc == 0 && p < stop && g->len) {
		uint64_t a = first + bits_next(bits, p - first, stop - first, true);

		if (a == stop)
			break;
		p = first + bits_next(bits, a - first, stop - first, false);
		rank = x->run[i].at || x->written_only ? rank_of(x, bits, first, a) : 0;
		rc = add_kept(x, i, a, p, rank, e);
	}
	/* It ends here: in this window, or behind the last pfn. */
	if (rc == 0 && (to > first || first == 0) && (to <= end || end == x->h.keep->pfns))
		rc = end_segment(x, i, e);
	return rc;
}

/* Makes all program headers of the source's segments; *KEPT: pages of the bitmap. */
int elf_walk(struct elf *x, uint64_t *kept, struct err *e)
{
	struct keep *k = x->h.keep;
	int rc = 0;

	x->base = x->rank_at = x->rank = 0;
	for (uint64_t first = 0; rc == 0 && first < k->pfns; first += k->window) {
		uint64_t end = k->pfns - first < k->window ? k->pfns : first + k->window;
		const uint8_t *bits;

		rc = k->load(k, first, &bits, e);
		for (unsigned i = 0; rc == 0 && i < x->h.src->info.nsegment; i++)
			rc = walk_segment(x, i, bits, first, end, e);
		if (rc == 0)
			x->base += bits_count(bits, 0, end - first);
	}
	*kept = x->base;
	return rc;
}
