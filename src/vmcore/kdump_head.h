/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: headers and page descriptors of kdump-compressed files.
 * Pure functions over bytes; every range they give lies inside the file.
 */
#ifndef VMCORE_KDUMP_HEAD_H
#define VMCORE_KDUMP_HEAD_H

#include "base/err.h"
#include "iface/source.h"
#include "vmcore/know.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KDUMP_SIGN     "KDUMP   " /* 8 bytes, no NUL */
#define KDUMP_MAIN     464        /* bytes of the main header, 64 bits */
#define KDUMP_SUB      104        /* bytes of the sub header, version 6 */
#define KDUMP_DESC     24         /* bytes of a page descriptor */
#define KDUMP_VERSION  6          /* the newest header that is known */
#define KDUMP_NOTE_MAX (64u << 20)

/* header.status beside the flags of codecs */
#define KDUMP_INCOMPLETE 0x8u

struct kdump_head {
	int version;
	uint8_t uts[UTS_LEN];
	int64_t time;
	uint32_t us;  /* microseconds to `time` */
	uint32_t cpu; /* current_cpu */
	uint32_t status;
	uint32_t block; /* bytes of a page */
	uint32_t ncpu;
	uint64_t max_mapnr; /* bits of each bitmap */
	uint64_t bitmap1;   /* offset; the same as bitmap2 when the file has but one */
	uint64_t bitmap2;
	uint64_t table; /* offset of the page descriptors */
	/* Sub header; 0 where the version of the header does not have it. */
	uint64_t phys_base;
	uint32_t level;
	bool split;
	uint64_t from, to; /* pfns that this file has; 0 and max_mapnr when it is not split */
	uint64_t vmcoreinfo_at, vmcoreinfo_len;
	uint64_t note_at, note_len;
	uint64_t erase_at, erase_len;
	const char *flaw; /* what no writer writes, though the rest can be used; NULL: nothing */
};

/*
 * Parses the first KDUMP_MAIN bytes of a file: fills everything up to max_mapnr, and `table` and the
 * bitmaps as far as they are known from here. -EINVAL with a sentence for any other kind of file, byte order
 * or word size. Layout: struct disk_dump_header of diskdump, 64-bit ABI, as makedumpfile writes and crash reads it.
 */
int must_check kdump_main_parse(const uint8_t main[KDUMP_MAIN], struct kdump_head *h, struct err *e);

/*
 * Parses the sub header, which begins at H->block, and checks all of H against the file of FILE_SIZE bytes.
 * -EINVAL with a sentence when the bitmaps do not fit; notes and texts that lie outside are left out, which is a flaw.
 */
int must_check kdump_sub_parse(const uint8_t sub[KDUMP_SUB], uint64_t file_size, struct kdump_head *h,
			       struct err *e);

/* Where the bytes of a page lie. */
struct kdump_desc {
	uint64_t offset;
	uint32_t size, flags;
};

/*
 * Reads a page descriptor of a file of FILE_SIZE bytes with pages of BLOCK. 0; -ENODATA: the page was lost
 * (offset 0); -ERANGE: it lies beyond the end of the file; -EINVAL: no writer writes that. With the last two RET
 * is filled too and *WHY tells what is wrong.
 */
int kdump_desc_parse(const uint8_t raw[KDUMP_DESC], uint32_t block, uint64_t file_size, struct kdump_desc *ret,
		     const char **why);

#endif
