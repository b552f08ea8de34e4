/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: the list of pages that an ELF file has lost.
 * Its room is fixed before the first page is written: the note lies in front of the data.
 */
#include "format/elf_lost.h"

#include "base/bits.h"
#include "base/bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STEP 4096u /* pages whose bits are looked at together */
#define PAIR 16u

/* Gives every run of lost pages of SRC to L, or only counts them when L has no room. Gives how many. */
static uint64_t runs_find(struct elf_lost *l, struct source *src)
{
	uint64_t n = 0, last = UINT64_MAX;
	uint8_t bits[STEP / 8];

	for (uint64_t first = 0; src->info.lost && src->ops->lost && first < src->info.max_pfn; first += STEP) {
		src->ops->lost(src, first, STEP, bits);
		for (uint64_t a = bits_next(bits, 0, STEP, true), b; a < STEP; a = bits_next(bits, b, STEP, true)) {
			b = bits_next(bits, a, STEP, false);
			n += first + a != last;
			last = first + b;
			if (l->room)
				elf_lost_add(l, first + a, first + b);
		}
	}
	return n;
}

int elf_lost_known(struct elf_lost *l, struct source *src, uint64_t more, struct err *e)
{
	uint64_t room;

	*l = (struct elf_lost){ 0 };
	room = runs_find(l, src) + more;
	l->at = calloc(room, sizeof(*l->at));
	if (!l->at)
		return err_set(e, -ENOMEM, "ELF: no memory for a list of %llu lost ranges", (unsigned long long)room);
	l->room = room;
	(void)runs_find(l, src);
	return 0;
}

/* Joins the ranges that lie nearest to each other until an eighth of the room is free again. */
static void join(struct elf_lost *l)
{
	for (uint64_t gap = 1; l->n > l->room - l->room / 8; gap *= 2) {
		uint64_t to = 0, left = l->n - (l->room - l->room / 8);

		for (uint64_t i = 1; i < l->n; i++) {
			if (left && l->at[i].from - l->at[to].to <= gap) {
				l->at[to].to = l->at[i].to;
				left--;
			} else {
				l->at[++to] = l->at[i];
			}
		}
		l->n = to + 1;
	}
}

/* The first range that ends at PFN or above. */
static uint64_t find(const struct elf_lost *l, uint64_t pfn)
{
	uint64_t low = 0, high = l->n;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (l->at[mid].to < pfn)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void elf_lost_add(struct elf_lost *l, uint64_t from, uint64_t to)
{
	uint64_t i, end;

	if (l->n == l->room)
		join(l);
	i = end = find(l, from);
	/* All ranges that touch it become one. */
	while (end < l->n && l->at[end].from <= to) {
		from = l->at[end].from < from ? l->at[end].from : from;
		to = l->at[end].to > to ? l->at[end].to : to;
		end++;
	}
	memmove(&l->at[i + 1], &l->at[end], (size_t)(l->n - end) * sizeof(*l->at));
	l->at[i] = (struct pfn_range){ from, to };
	l->n = l->n - (end - i) + 1;
}

uint64_t elf_lost_room(const struct elf_lost *l)
{
	return NOTE_LOST_HEAD + l->room * PAIR;
}

uint64_t elf_lost_bytes(const struct elf_lost *l)
{
	return l->n ? NOTE_LOST_HEAD + l->n * PAIR : 0;
}

/* Word number I, of 8 bytes, of the note. */
static void word_put(const struct elf_lost *l, unsigned shift, uint64_t i, uint8_t *to)
{
	uint8_t head[NOTE_LOST_HEAD] = { 0 };

	put_u32(head, sizeof(NOTE_LOST_NAME));
	put_u32(head + 4, (uint32_t)(l->n * PAIR));
	put_u32(head + 8, NOTE_LOST_TYPE);
	memcpy(head + 12, NOTE_LOST_NAME, sizeof(NOTE_LOST_NAME));
	if (i < NOTE_LOST_HEAD / 8) {
		memcpy(to, head + i * 8, 8);
		return;
	}
	i -= NOTE_LOST_HEAD / 8;
	put_u64(to, (i % 2 ? l->at[i / 2].to : l->at[i / 2].from) << shift);
}

size_t elf_lost_note(const struct elf_lost *l, unsigned shift, uint64_t off, uint8_t *buf, size_t n)
{
	uint64_t all = elf_lost_bytes(l), left = off < all ? all - off : 0;

	n = left < n ? (size_t)left : n;
	for (size_t i = 0; i < n; i += 8)
		word_put(l, shift, (off + i) / 8, buf + i);
	return n;
}

void elf_lost_free(struct elf_lost *l)
{
	free(l->at);
	*l = (struct elf_lost){ 0 };
}
