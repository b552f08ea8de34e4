/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iface: which pages go into the dump.
 * src/filter looks at struct page and answers in bitmaps; src/dump owns the bitmaps and asks.
 */
#ifndef IFACE_FILTER_H
#define IFACE_FILTER_H

#include "base/err.h"

#include <stdint.h>

/* Dump level, a sum. */
#define LEVEL_ZERO          1u
#define LEVEL_CACHE         2u
#define LEVEL_CACHE_PRIVATE 4u
#define LEVEL_USER          8u
#define LEVEL_FREE          16u
#define LEVEL_MAX           31u

enum page_class {
	PAGE_KERNEL, /* kept at every level: none of those below */
	PAGE_SLAB,   /* kept too; counted apart, goes first */
	PAGE_TABLE,  /* page tables; as PAGE_SLAB */
	PAGE_MEMMAP, /* pages that hold struct page; kept */
	PAGE_CACHE,
	PAGE_CACHE_PRIVATE,
	PAGE_USER,
	PAGE_HUGETLB, /* dropped with LEVEL_USER */
	PAGE_FREE,
	PAGE_UNACCEPTED, /* dropped with LEVEL_FREE */
	PAGE_OFFLINE,    /* kept at no level, but at 0 and 1 of a kernel that does not export PG_hwpoison */
	PAGE_HWPOISON,   /* never read, at no level */
	PAGE_UNKNOWN,    /* no struct page, or it cannot be read or trusted: kept */
	PAGE_CLASSES,
};

/* Blocks that order the dump: one byte for FILTER_BLOCK pages, see filter_out.rank. */
#define FILTER_BLOCK 512u

/* pfns [from, to) */
struct pfn_range {
	uint64_t from, to;
};

/*
 * Pages that are known to be the kernel's by their address. They are kept at every level, PIN_DATA and PIN_REST as far
 * as the kernel did not give them back; with --order=important the sets up to PIN_ROUNDS go before all else, in this
 * order. What a debugger reads to open a dump comes to a few MiB.
 */
enum pin_set {
	PIN_LOG,    /* the log, and what vmcoreinfo names */
	PIN_TABLES, /* page tables of the kernel, table of sections */
	PIN_DATA,   /* image: data, bss */
	PIN_CONST,  /* image: constants, and variables that are constant after the start */
	PIN_RODATA, /* image: names of symbols, BTF */
	PIN_REST,   /* image: what lies between data and bss: tables for unwinding, the start's own */
	PIN_TEXT,   /* image: code, which a debugger has in its vmlinux */
	PIN_SETS,
};
#define PIN_ROUNDS PIN_RODATA

/* Ascending ranges that do not touch; owned by the filter. */
struct pin {
	struct pfn_range *at;
	unsigned n;
};

/* What follows the pinned pages in --order=important; a block has the smallest number of any page kept in it. */
enum page_rank {
	RANK_BOOT,   /* taken before there was an allocator: per-CPU areas, nodes, hashes */
	RANK_IMAGE,  /* what has no round of its own of the image: crash does not open without code */
	RANK_FIRST,  /* page tables, slab */
	RANK_KERNEL, /* other kernel pages: stacks, vmalloc */
	RANK_MEMMAP, /* struct pages */
	RANK_BULK,   /* user memory, cache, free pages */
	RANK_N,
};

#define FILTER_LEVELS 8

struct filter_stat {
	uint64_t pages[PAGE_CLASSES]; /* of pages that the source holds */
	uint64_t holes;               /* pfns that the source does not hold */
	uint64_t unreadable;          /* struct pages that could not be read: their pages are kept */
	uint64_t distrusted;          /* blocks with an impossible order: kept */
};

/* Where the answer for one range goes. */
struct filter_out {
	unsigned nlevel;
	uint8_t level[FILTER_LEVELS];
	uint8_t *bits[FILTER_LEVELS]; /* one bit a page, from the first pfn of the range on; 1: keep */
	uint8_t *rank;                /* one byte a block from the first pfn on (enum page_rank), or NULL */
	struct filter_stat *stat;     /* counts are added, or NULL */
};

#endif
