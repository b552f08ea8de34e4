/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: the names under which programs leave the files of a dump on a disk.
 * Pure. One table for all that list, count or delete dumps.
 */
#ifndef DUMP_DUMP_NAMES_H
#define DUMP_DUMP_NAMES_H

#include <stdbool.h>

#define DUMP_STAMP_DIGITS 12 /* date +%Y%m%d%H%M */

enum dump_part {
	PART_CORE,   /* the dump under its final name */
	PART_STREAM, /* the same as a flattened stream */
	PART_CUT,    /* a dump that is not finished */
	PART_LOG,    /* the kernel log */
	PART_REPORT, /* what crashbox did */
	PART_OTHER,  /* belongs to a dump and is none */
};

/* Whose directories hold a file of this name; a sum. */
enum dump_writer {
	WRITER_OURS = 1,    /* crashbox and kdump-utils */
	WRITER_FOREIGN = 2, /* Debian's kdump-tools, SUSE's kdump */
};

struct dump_name {
	const char *name;
	enum dump_part part;
	int writers;
	bool stamped; /* ".YYYYMMDDHHMM" is behind NAME */
	bool packs;   /* the ending of a packer may be behind it (KDUMP_COMPRESSION of kdump-tools) */
};

/*
 * The row of the table for the file NAME, or NULL. A row before another says more of a dump: of the files in a
 * directory the one whose row comes first is the dump. *PACKED (may be NULL): a packer's ending was cut off.
 * Names as in kdump-config of kdump-tools 1.6 to 1.10 and in SUSE's kdump 1.0 to 2.1.
 */
const struct dump_name *dump_name_find(const char *name, bool *packed);

/* The stamp in NAME, the name of a stamped file: twelve digits and what follows. */
const char *dump_name_stamp(const struct dump_name *row, const char *name);

#endif
