/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: which words of the running kernel's command line reach the capture kernel, and why the others do not.
 * Pure: one table, read by name.
 */
#ifndef HOST_LINE_WORDS_H
#define HOST_LINE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum line_verdict {
	LINE_KEPT,
	LINE_OFF,     /* kept where it switches off (0, off, no, never), else dropped from the running line */
	LINE_LIMIT,   /* kept, but not as 0, which is no limit at all */
	LINE_RUNNING, /* dropped from the running line; KDUMP_COMMANDLINE and KDUMP_COMMANDLINE_APPEND may say it */
	LINE_NEVER,   /* dropped from KDUMP_COMMANDLINE too; only KDUMP_COMMANDLINE_APPEND may say it */
};

/*
 * What the table says of the parameter NAME of N bytes, quotes already taken out. '-' and '_' are the same. *WHY gets
 * a static text that stands for itself, as "written for the running system's initramfs". A name that the table does
 * not know is kept: it may be what the hardware needs.
 */
enum line_verdict line_verdict(const char *name, size_t n, const char **why);

/* Whether the value of N bytes switches off: 0, off, no, n, never. */
bool line_value_off(const char *value, size_t n);

#endif
