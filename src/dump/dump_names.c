/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: the names under which programs leave the files of a dump on a disk.
 * Pure.
 */
#include "dump/dump_names.h"

#include "base/str.h"

#include <string.h>

#define BOTH (WRITER_OURS | WRITER_FOREIGN)

/* In the order in which they say most of a dump. */
static const struct dump_name table[] = {
	{ "vmcore", PART_CORE, BOTH, false, false },
	{ "vmcore.flat", PART_STREAM, WRITER_OURS, false, false },
	{ "dump", PART_CORE, WRITER_FOREIGN, true, true },
	{ "vmcore", PART_CORE, WRITER_FOREIGN, true, false },
	{ "vmcore-incomplete", PART_CUT, BOTH, false, false },
	{ "vmcore.flat-incomplete", PART_CUT, WRITER_OURS, false, false },
	{ "vmcore-copy-incomplete", PART_CUT, WRITER_OURS, false, false },
	{ "dump-incomplete", PART_CUT, WRITER_FOREIGN, false, true },
	{ "vmcore-dmesg.txt", PART_LOG, WRITER_OURS, false, false },
	{ "dmesg", PART_LOG, WRITER_FOREIGN, true, false },
	{ "dmesg.txt", PART_LOG, WRITER_FOREIGN, false, false },
	{ "vmcore-dmesg-incomplete.txt", PART_LOG, WRITER_OURS, false, false },
	{ "crashbox-report.json", PART_REPORT, WRITER_OURS, false, false },
	{ "kexec-dmesg.log", PART_OTHER, WRITER_OURS, false, false },
	{ "savecore.txt", PART_OTHER, WRITER_OURS, false, false },
	{ "README.txt", PART_OTHER, WRITER_FOREIGN, false, false },
};

/* What is behind the stamp, or NULL when S is none. */
static const char *behind_stamp(const char *s)
{
	return s[0] == '.' && strspn(s + 1, "0123456789") == DUMP_STAMP_DIGITS ? s + 1 + DUMP_STAMP_DIGITS : NULL;
}

static bool is_packer(const char *s)
{
	static const char *const ending[] = { ".gz", ".bz2", ".lz4", ".xz", ".zst" };

	for (size_t i = 0; i < ARRAY_LEN(ending); i++)
		if (strcmp(s, ending[i]) == 0)
			return true;
	return false;
}

const struct dump_name *dump_name_find(const char *name, bool *packed)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const struct dump_name *row = &table[i];
		const char *s = str_starts(name, row->name) ? name + strlen(row->name) : NULL;

		if (s && row->stamped)
			s = behind_stamp(s);
		if (!s || (*s && !(row->packs && is_packer(s))))
			continue;
		if (packed)
			*packed = *s;
		return row;
	}
	return NULL;
}

const char *dump_name_stamp(const struct dump_name *row, const char *name)
{
	return name + strlen(row->name) + 1;
}
