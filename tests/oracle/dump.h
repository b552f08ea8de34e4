/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/oracle: reads dumps in every format, on its own: nothing here is shared with src/, which it judges.
 * Promise: a page that is handed out has been decoded by the format's rules; a rule that is broken has a sentence.
 */
#ifndef ORACLE_DUMP_H
#define ORACLE_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { PAGE = 4096,
       PARTS = 64,
       LOADS = 4096,
       CODECS = 5 };

/* A stretch of a file; a plain file is one. Flattened files have many, sorted by @at. */
struct stretch {
	uint64_t at, size;
	const uint8_t *bytes;
};

/* The bytes of one file by offset, whether it is flattened or not. */
struct view {
	const char *path;
	const uint8_t *map;
	uint64_t map_size, size;
	struct stretch *stretch;
	size_t count;
	bool flat, cut;
	unsigned overlaps;
};

/* One PT_LOAD. */
struct load {
	uint64_t offset, va, pa, filesz, memsz;
};

/* One file of a kdump-compressed dump, one of several when split. */
struct part {
	struct view *view;
	uint64_t start, end, table, block;
};

struct dump {
	char name[256];
	struct view view[PARTS];
	struct part part[PARTS];
	unsigned nparts;
	bool elf, incomplete, split;
	uint32_t status, level, nr_cpus, version;
	uint64_t npages, phys_base, timestamp;
	char machine[66], release[66];
	uint8_t *exists, *kept, *lost; /* bitmaps of npages; lost: kept, without data */
	uint64_t *desc;                /* per kept page: rank before each 64 pages of its part */
	struct load load[LOADS];
	unsigned nloads;
	const uint8_t *note, *info;
	uint64_t note_size, info_size;
};

static inline bool bit(const uint8_t *map, uint64_t n)
{
	return map[n >> 3] >> (n & 7) & 1;
}

static inline void set_bit(uint8_t *map, uint64_t n)
{
	map[n >> 3] |= (uint8_t)(1u << (n & 7));
}

/* Ends the program with a sentence and status 2. */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Maps @path; ends the program when it is neither readable nor whole as a flattened file. */
void view_open(struct view *v, const char *path);
/* Copies @n bytes at @at to @to; bytes in no stretch of a flattened file are zero. False: beyond the end. */
bool view_read(const struct view *v, uint64_t at, void *to, uint64_t n);
/* The bytes themselves when they lie in one piece, else a copy in memory that is never freed; NULL: beyond the end. */
const uint8_t *view_bytes(const struct view *v, uint64_t at, uint64_t n);

/* Opens one dump; @paths are the files of a split one, with commas between. Ends the program on what is no dump. */
void dump_open(struct dump *d, const char *paths);
void dump_close(struct dump *d);
/*
 * Decodes page @pfn into @to (PAGE bytes). NULL, or the rule that is broken ("no data" for a lost page).
 * @codec, unless NULL, takes 0 stored, 1 zlib, 2 LZO, 3 snappy, 4 zstd.
 */
const char *dump_page(const struct dump *d, uint64_t pfn, uint8_t *to, int *codec);
/* True when [pa, pa + n) is in the file; copies it. Pages that are kept in part read as far as they go. */
bool dump_read(const struct dump *d, uint64_t pa, void *to, size_t n);
/* The value of KEY=VALUE in the vmcoreinfo, in @base; false: no such key. */
bool dump_info(const struct dump *d, const char *key, int base, uint64_t *value);
/* Whether the file has only a part of page @pfn (ELF, segment that begins or ends inside). */
bool dump_partial(const struct dump *d, uint64_t pfn);

/* The next number of a sequence that *STATE, any number, begins: SplitMix64. */
uint64_t dump_draw(uint64_t *state);

/* What the kernel knew of a page, read from a full dump. */
struct words {
	bool known;
	uint64_t flags, mapping, private, head;
	uint32_t refcount, mapcount;
	const char *kind; /* one word: free, tail, hwpoison, ... */
};

/* Learns the layout of the memory map of @full (x86-64, SPARSEMEM). False: cannot. */
bool words_open(const struct dump *full);
/* The words of the struct page of @pfn and what kind of page it is. */
void words_get(const struct dump *full, uint64_t pfn, struct words *w);
/* Marks the pages that no filter may drop: the kernel's page tables, its log, the first 4 MiB of its text, uts_ns. */
void words_must(const struct dump *full, uint8_t *map);
/* The struct page of @pfn, where @full has it, says in @copy that the page failed, and is no random word. */
bool words_poisoned(const struct dump *full, const struct dump *copy, uint64_t pfn);
/* Physical address of the struct page of @pfn; UINT64_MAX: none. */
uint64_t words_address(const struct dump *full, uint64_t pfn);
bool words_vtop(const struct dump *full, uint64_t va, uint64_t *pa);

#endif
