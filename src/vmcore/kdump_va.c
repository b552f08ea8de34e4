/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: virtual addresses for the memory of a kdump-compressed dump.
 * A file that crashbox wrote carries them, else the crashed kernel's page tables tell. An ELF file made of the dump
 * needs them.
 */
#include "vmcore/kdump_read.h"

#include "base/bytes.h"
#include "base/vmcoreinfo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where the direct map can begin (arch/x86/include/asm/page_64_types.h, Linux 6.1 and 4.19); KASLR adds to it. */
#define X86_KERNEL_4 0xffff880000000000ull
#define X86_KERNEL_5 0xff10000000000000ull
#define X86_IMAGE    0xffffffff80000000ull

#define IMAGE_ALIGN (2ull << 20)
#define IMAGE_LEAFS 2048u
#define CARRY_RUNS  4096u /* runs of pages that are held against the ranges of the file */
#define TRIES       64u   /* segments that the direct map is held against */

static int read_entry(void *arg, uint64_t pa, void *buf, size_t n)
{
	struct source *s = arg;

	return s->ops->read_pa(s, pa, buf, n, NULL);
}

/* Whether BASE is where the direct map has physical address 0: some segments are there, none is elsewhere. */
static bool direct_fits(struct kdump *k, uint64_t base)
{
	unsigned fit = 0;

	for (unsigned i = 0; i < k->index.nsegment && i < TRIES; i++) {
		uint64_t pa = k->index.segment[i].pa, got, len;

		if (xlat_walk(&k->xlat, read_entry, &k->source, base + pa, &got, &len) < 0)
			continue;
		if (got != pa)
			return false;
		fit++;
	}
	return fit > 0;
}

/* The kernel image is mapped a second time, by leaves that follow each other. */
static bool image_find(struct kdump *k, struct segment *ret)
{
	const struct dump_info *info = &k->source.info;
	uint64_t va, pa, len;

	if (vmci_u64(info->vmcoreinfo, info->vmcoreinfo_len, "SYMBOL(_stext)", &va) < 0 || va < X86_IMAGE)
		return false;
	*ret = (struct segment){ .va = align_down(va, IMAGE_ALIGN) };
	for (unsigned i = 0; i < IMAGE_LEAFS && ret->va + ret->len >= ret->va; i++) {
		if (xlat_walk(&k->xlat, read_entry, &k->source, ret->va + ret->len, &pa, &len) < 0)
			break;
		if (i == 0)
			ret->pa = pa;
		else if (pa != ret->pa + ret->len)
			break;
		ret->len += len;
	}
	ret->memlen = ret->len;
	return ret->len && ret->pa + ret->len <= k->part[0].h.max_mapnr * k->part[0].h.block;
}

/* A list of segments that grows. */
struct list {
	struct segment *at;
	unsigned n, room;
};

static bool list_add(struct list *l, uint64_t pa, uint64_t end, uint64_t va)
{
	if (l->n == l->room) {
		unsigned room = l->room ? l->room * 2 : 16;
		struct segment *more = realloc(l->at, room * sizeof(*more));

		if (!more)
			return false;
		l->at = more;
		l->room = room;
	}
	l->at[l->n++] = (struct segment){ .pa = pa, .va = va, .len = end - pa, .memlen = end - pa };
	return true;
}

/* The part of run G that R maps, in whole pages. False: none. */
static bool overlap(const struct carry_range *r, const struct segment *g, uint64_t block, uint64_t *pa, uint64_t *end)
{
	uint64_t from = align_down(r->pa, block), to = align_up(r->pa + r->len, block);

	*pa = from > g->pa ? from : g->pa;
	*end = to < g->pa + g->len ? to : g->pa + g->len;
	return *pa < *end;
}

/* What of run G no range maps. */
static bool list_rest(struct list *l, const struct kdump *k, const struct segment *g)
{
	uint64_t at = g->pa, stop = g->pa + g->len, block = k->part[0].h.block;

	while (at < stop) {
		uint64_t next = stop, behind = at, pa, end;

		for (unsigned i = 0; i < k->carry.nrange; i++) {
			if (!overlap(&k->carry.range[i], g, block, &pa, &end))
				continue;
			if (pa <= at && end > behind)
				behind = end;
			else if (pa > at && pa < next)
				next = pa;
		}
		if (behind > at) {
			at = behind;
			continue;
		}
		if (!list_add(l, at, next, UINT64_MAX))
			return false;
		at = next;
	}
	return true;
}

/* Runs of pages become the segments that they were before: a range that the file carries each, then the rest. */
static bool carried_addresses(struct kdump *k)
{
	struct kdump_index *x = &k->index;
	uint64_t block = k->part[0].h.block, pa, end;
	struct list l = { .n = 0 };
	bool ok = k->carry.nrange && x->nsegment <= CARRY_RUNS;

	for (unsigned i = 0; ok && i < k->carry.nrange; i++) {
		const struct carry_range *r = &k->carry.range[i];

		for (unsigned j = 0; ok && j < x->nsegment; j++)
			if (overlap(r, &x->segment[j], block, &pa, &end))
				ok = list_add(&l, pa, end, r->va + (pa - r->pa));
	}
	ok = ok && l.n;
	for (unsigned j = 0; ok && j < x->nsegment; j++)
		ok = list_rest(&l, k, &x->segment[j]);
	if (!ok) {
		free(l.at);
		return false;
	}
	free(x->segment);
	x->segment = l.at;
	x->nsegment = l.n;
	return true;
}

void kdump_addresses(struct kdump *k)
{
	uint64_t va = k->xlat.levels == 5 ? X86_KERNEL_5 : X86_KERNEL_4, pa;
	struct kdump_index *x = &k->index;
	struct segment image, *more;

	if (carried_addresses(k))
		return;
	if (x->nsegment == 0 || xlat_first(&k->xlat, read_entry, &k->source, &va, &pa) < 0)
		return;
	if (!direct_fits(k, va - pa))
		return;
	for (unsigned i = 0; i < x->nsegment; i++)
		x->segment[i].va = x->segment[i].pa + (va - pa);
	if (!image_find(k, &image))
		return;
	more = realloc(x->segment, (x->nsegment + 1) * sizeof(*more));
	if (!more)
		return;
	/* First, as in /proc/vmcore. */
	memmove(more + 1, more, x->nsegment * sizeof(*more));
	more[0] = image;
	x->segment = more;
	x->nsegment++;
}
