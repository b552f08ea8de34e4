/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: the list of pages that an ELF file has lost.
 * Ranges of page frames in ascending order, and the note they become (iface/source.h, NOTE_LOST_NAME).
 */
#ifndef FORMAT_ELF_LOST_H
#define FORMAT_ELF_LOST_H

#include "base/err.h"
#include "iface/filter.h"
#include "iface/source.h"

#include <stddef.h>
#include <stdint.h>

struct elf_lost {
	struct pfn_range *at; /* owned; ascending, not touching */
	uint64_t n, room;
};

/*
 * Fills L with what SRC has lost, with room for MORE ranges. Memory: 16 bytes a range. -ENOMEM. The caller frees with
 * elf_lost_free().
 */
int must_check elf_lost_known(struct elf_lost *l, struct source *src, uint64_t more, struct err *e);

/*
 * Adds pages [FROM, TO). Allocates nothing: without room the ranges that lie nearest to each other become one, and
 * the pages between them count as lost.
 */
void elf_lost_add(struct elf_lost *l, uint64_t from, uint64_t to);

/* Bytes of the note at most, and as it is now: 0 when nothing is lost. */
uint64_t elf_lost_room(const struct elf_lost *l);
uint64_t elf_lost_bytes(const struct elf_lost *l);

/* The note from OFF on into the N bytes of BUF, multiples of 8; pages have 1 << SHIFT bytes. Gives how many bytes. */
size_t elf_lost_note(const struct elf_lost *l, unsigned shift, uint64_t off, uint8_t *buf, size_t n);

void elf_lost_free(struct elf_lost *l);

#endif
