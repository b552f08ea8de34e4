/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: the program headers of an ELF file with holes.
 * The inside of elf_out.c.
 */
#ifndef FORMAT_ELF_WALK_H
#define FORMAT_ELF_WALK_H

#include "base/err.h"
#include "format/elf_lost.h"
#include "iface/format.h"

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

#define ELF_PIECE 4096u
#define ELF_PHDRS (ELF_PIECE / sizeof(Elf64_Phdr)) /* written at once */

/* What is known of the program headers of one segment of the source, window after window. */
struct run {
	const struct segment *g;
	bool open;
	uint64_t start, end; /* physical: bytes of the run that is open */
	uint64_t offset;     /* of `start` in the file */
	uint64_t n;          /* program headers so far */
	uint64_t at;         /* number of its first one in the file; 0 while counting */
};

struct elf {
	struct format f;
	struct dump_head h;
	struct sink *out;
	uint64_t page;  /* bytes */
	unsigned shift; /* log2 of it */
	bool seek, once;
	struct run *run;  /* one for each segment, by address */
	uint64_t phnum;   /* the notes' one included */
	uint64_t shdr_at; /* 0: none is needed */
	uint64_t notes_at, data_at;
	uint64_t carry_at, notes_len; /* where dump_head.carry lies among the notes, and their length with it */
	uint64_t phroom;              /* program headers that there is room for */
	uint8_t *written;             /* one bit for each kept page, by rank; NULL with several windows or no memory */
	uint64_t nput;                /* pages that were put, lost ones too */
	uint64_t nwritten;            /* pages that were put and not lost */
	uint64_t above;               /* one above the highest page that was put */
	bool written_only;            /* only pages with that bit get into a PT_LOAD */
	bool list_others;             /* pages without it get into `lost` */
	struct elf_lost lost;         /* what the note of lost pages will list */
	uint64_t lost_at;             /* where that note goes */
	uint64_t top;                 /* one above the highest byte written */
	uint64_t rank_at, rank;       /* kept pages below pfn rank_at */
	uint64_t base;                /* kept pages below the window */
	uint64_t held_at;             /* number of the first program header in `phdr` */
	unsigned held;                /* program headers held back there */
	Elf64_Phdr phdr[ELF_PHDRS];
};

/* Writes N bytes at AT. A sink without offsets gets the hole before AT as zeros. */
int must_check elf_bytes(struct elf *x, uint64_t at, const void *p, size_t n, struct err *e);

/* Program header NUMBER: held back and written with its neighbours, at the latest by elf_phdrs_flush(). */
int must_check elf_phdr_hold(struct elf *x, uint64_t number, const Elf64_Phdr *p, struct err *e);
int must_check elf_phdrs_flush(struct elf *x, struct err *e);

/*
 * Goes over all segments of the source: counts their program headers in x->run, and writes those whose run has a
 * number. *KEPT: pages of the bitmap.
 */
int must_check elf_walk(struct elf *x, uint64_t *kept, struct err *e);

#endif
