/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: pages that a dump should have and does not have.
 * The segments of an ELF dump are divided into what can be read and what is lost.
 */
#ifndef VMCORE_LOST_H
#define VMCORE_LOST_H

#include "base/err.h"
#include "iface/source.h"
#include "vmcore/elf.h"

/* The end of a file that came before what its headers name. */
#define LOST_CUT "the file ends before the data its headers name"

struct lost_map {
	struct segment *have; /* segments and pieces of them that can be read; owned */
	unsigned nhave;
	struct segment *lost; /* memory [pa, pa + len) that is lost; owned */
	unsigned nlost;
};

/* The note of lost pages (NOTE_LOST_NAME): N bytes; 0: none. */
struct lost_list {
	const uint8_t *at;
	size_t n;
};

/*
 * Divides the segments of M, with pages of PAGE bytes: a page that is lost in part is lost. -EINVAL: LIST makes no
 * sense, or segments that lie over each other would repeat it without end; -ENOMEM. The caller frees with
 * lost_map_free().
 */
int must_check lost_map_build(struct lost_map *ret, const struct elf_map *m, uint64_t page,
			      const struct lost_list *list, struct err *e);

void lost_map_free(struct lost_map *l);

/* source_ops.lost of S, no page where it has none. */
void source_lost(struct source *s, uint64_t first, uint64_t npfn, uint8_t *bits);

#endif
