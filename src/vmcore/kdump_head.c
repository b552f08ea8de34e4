/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: headers and page descriptors of kdump-compressed files.
 * Nothing in them is believed before it has been held against the size of the file.
 */
#include "vmcore/kdump_head.h"

#include "base/bytes.h"
#include "base/str.h"
#include "iface/codec.h"
#include "vmcore/elf.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Offsets of the main header; what differs with 32 bits stands beside it. */
enum {
	MAIN_VERSION = 8,
	MAIN_UTS = 12,
	MAIN_TIME = 408,
	MAIN_TIME_US = 416,
	MAIN_STATUS = 424,
	MAIN_BLOCK = 428,
	MAIN_BLOCK_32 = 416,
	MAIN_SUB_BLOCKS = 432,
	MAIN_BITMAP_BLOCKS = 436,
	MAIN_MAX_MAPNR = 440,
	MAIN_CURRENT_CPU = 456,
	MAIN_NR_CPUS = 460,
};

/* Offsets of the sub header and the version that brought each. */
enum {
	SUB_PHYS_BASE = 0,   /* 0 */
	SUB_LEVEL = 8,       /* 1 */
	SUB_SPLIT = 12,      /* 2 */
	SUB_FROM = 16,       /* 2 */
	SUB_TO = 24,         /* 2 */
	SUB_VMCOREINFO = 32, /* 3: offset, size */
	SUB_NOTE = 48,       /* 4 */
	SUB_ERASE = 64,      /* 5 */
	SUB_FROM_64 = 80,    /* 6 */
	SUB_TO_64 = 88,      /* 6 */
	SUB_MAX_MAPNR = 96,  /* 6 */
};

/* Version and size of a page; how those of other machines differ shows in them. */
static int machine_check(const uint8_t *main, struct kdump_head *h, struct err *e)
{
	uint32_t version = get_u32(main + MAIN_VERSION);

	/* Pages of 4 KiB and of 1 MiB are each other's number turned around, small versions are not. */
	if (version > KDUMP_VERSION && __builtin_bswap32(version) <= KDUMP_VERSION)
		return err_set(e, -EINVAL, "kdump header: byte order of another kind of machine");
	h->block = get_u32(main + MAIN_BLOCK);
	if (!know_page_size_ok(h->block)) {
		if (know_page_size_ok(get_u32(main + MAIN_BLOCK_32)))
			return err_set(e, -EINVAL,
				       "kdump header: the dump of a 32-bit machine is not supported");
		return err_set(e, -EINVAL, "kdump header: pages of %u bytes", h->block);
	}
	h->version = (int)version;
	if (version > KDUMP_VERSION)
		return err_set(e, -EINVAL, "kdump header: version %d, the newest that is known is %d", h->version,
			       KDUMP_VERSION);
	return 0;
}

/* With times of 64 bits the header of a 32-bit machine has the fields of this one in the same places. */
static int word_check(const uint8_t uts[UTS_LEN], struct err *e)
{
	static const char *const names[] = { "i386", "i486", "i586", "i686", "armv5tel", "armv5tejl", "armv6l",
					     "armv7l", "armv8l", "ppc", "mips", "s390", "parisc", "riscv32" };
	char machine[UTS_LEN / 6 + 1] = "";

	memcpy(machine, uts + 4 * (UTS_LEN / 6), UTS_LEN / 6);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(machine, names[i]) == 0)
			return err_set(e, -EINVAL, "kdump header: the dump of a 32-bit machine (%s) is not supported",
				       machine);
	return 0;
}

int kdump_main_parse(const uint8_t main[KDUMP_MAIN], struct kdump_head *ret, struct err *e)
{
	struct kdump_head h = { 0 };
	uint64_t sub_blocks, bitmap_blocks;
	int rc;

	if (memcmp(main, KDUMP_SIGN, 8) != 0)
		return err_set(e, -EINVAL, "kdump header: no kdump-compressed file");
	rc = machine_check(main, &h, e);
	if (rc < 0)
		return rc;
	memcpy(h.uts, main + MAIN_UTS, sizeof(h.uts));
	rc = word_check(h.uts, e);
	if (rc < 0)
		return rc;
	h.time = (int64_t)get_u64(main + MAIN_TIME);
	h.us = get_u32(main + MAIN_TIME_US);
	h.cpu = get_u32(main + MAIN_CURRENT_CPU);
	h.status = get_u32(main + MAIN_STATUS);
	h.ncpu = get_u32(main + MAIN_NR_CPUS);
	h.max_mapnr = get_u32(main + MAIN_MAX_MAPNR);
	sub_blocks = get_u32(main + MAIN_SUB_BLOCKS);
	bitmap_blocks = get_u32(main + MAIN_BITMAP_BLOCKS);
	if (sub_blocks == 0 || bitmap_blocks == 0)
		return err_set(e, -EINVAL, "kdump header: %s of no length",
			       sub_blocks ? "bitmaps" : "a sub header");
	h.bitmap1 = (1 + sub_blocks) * h.block;
	h.table = h.bitmap1 + bitmap_blocks * h.block;
	*ret = h;
	return 0;
}

/* Finds the two bitmaps between the sub header and the table of descriptors. */
static int bitmaps_find(uint64_t file_size, struct kdump_head *h, struct err *e)
{
	uint64_t room = h->table - h->bitmap1, one = align_up((h->max_mapnr + 7) / 8, h->block);

	if (h->max_mapnr == 0 || h->max_mapnr > SEGMENT_PA_MAX / h->block)
		return err_set(e, -EINVAL, "kdump header: %" PRIu64 " pages", h->max_mapnr);
	if (one > room)
		return err_set(e, -EINVAL, "kdump header: its bitmaps are for %" PRIu64 " pages, it tells %" PRIu64,
			       room * 8, h->max_mapnr);
	if (h->table > file_size)
		return err_set(e, -EINVAL, "kdump header: the file ends inside the bitmaps");
	h->bitmap2 = h->bitmap1 + (2 * one <= room ? align_down(room / 2, h->block) : 0);
	return 0;
}

/* Offset and size of something in the file; nothing when it is not wholly there. */
static void range_get(const uint8_t *sub, uint64_t file_size, uint64_t *at, uint64_t *len, struct kdump_head *h)
{
	*at = get_u64(sub);
	*len = get_u64(sub + 8);
	if (*at && *len <= KDUMP_NOTE_MAX && range_ok(*at, *len, file_size))
		return;
	if (*len)
		h->flaw = "its header names notes that the file does not have";
	*at = *len = 0;
}

/* From version 6 on the main header has the number of pages too, as far as its 32 bits go; old writers leave it 0. */
static void max_mapnr_get(const uint8_t *sub, struct kdump_head *h)
{
	uint64_t max = get_u64(sub + SUB_MAX_MAPNR), low = max < UINT32_MAX ? max : UINT32_MAX;

	if (max == 0)
		h->flaw = "its sub header is empty";
	else if (h->max_mapnr && h->max_mapnr != low)
		h->flaw = "its headers name different numbers of pages";
	if (max)
		h->max_mapnr = max;
}

int kdump_sub_parse(const uint8_t sub[KDUMP_SUB], uint64_t file_size, struct kdump_head *h, struct err *e)
{
	int rc;

	h->phys_base = get_u64(sub + SUB_PHYS_BASE);
	if (h->version >= 1)
		h->level = get_u32(sub + SUB_LEVEL);
	if (h->version >= 3)
		range_get(sub + SUB_VMCOREINFO, file_size, &h->vmcoreinfo_at, &h->vmcoreinfo_len, h);
	if (h->version >= 4)
		range_get(sub + SUB_NOTE, file_size, &h->note_at, &h->note_len, h);
	if (h->version >= 5)
		range_get(sub + SUB_ERASE, file_size, &h->erase_at, &h->erase_len, h);
	if (h->version >= 6)
		max_mapnr_get(sub, h);
	rc = bitmaps_find(file_size, h, e);
	if (rc < 0)
		return rc;
	h->split = h->version >= 2 && get_u32(sub + SUB_SPLIT);
	h->to = h->max_mapnr;
	if (h->split) {
		h->from = get_u64(sub + (h->version >= 6 ? SUB_FROM_64 : SUB_FROM));
		h->to = get_u64(sub + (h->version >= 6 ? SUB_TO_64 : SUB_TO));
	}
	if (h->from > h->to || h->to > h->max_mapnr)
		return err_set(e, -EINVAL,
			       "kdump header: part of pages %" PRIu64 " to %" PRIu64 " of a dump of %" PRIu64,
			       h->from, h->to, h->max_mapnr);
	return 0;
}

int kdump_desc_parse(const uint8_t raw[KDUMP_DESC], uint32_t block, uint64_t file_size, struct kdump_desc *ret,
		     const char **why)
{
	ret->offset = get_u64(raw);
	ret->size = get_u32(raw + 8);
	ret->flags = get_u32(raw + 12);
	*why = NULL;
	if (ret->offset == 0)
		return -ENODATA;
	if (ret->flags & ~PAGE_PACKED || ret->flags & (ret->flags - 1))
		*why = "unknown way of packing";
	else if (ret->size == 0 || ret->size > block)
		*why = "a size that no page has";
	else if (ret->flags == 0 && ret->size != block)
		*why = "stored, but not a whole page";
	if (*why)
		return -EINVAL;
	if (range_ok(ret->offset, ret->size, file_size))
		return 0;
	*why = "beyond the end of the file";
	return -ERANGE;
}
