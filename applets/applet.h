/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: what one command of the multi-call binary is.
 * Each applets/NAME.c ends in `const struct applet applet_NAME`; the table is generated from the file list.
 */
#ifndef APPLETS_APPLET_H
#define APPLETS_APPLET_H

#include <stdarg.h>
#include <stdio.h>

/* Exit codes of every applet unless its help says otherwise. */
enum { EXIT_OK = 0,
       EXIT_FAILED = 1,
       EXIT_USAGE = 2 };

struct applet {
	const char *name;     /* as typed; '-' where the file name has '_' */
	const char *synopsis; /* arguments, "[-q] FILE" */
	const char *help;     /* first line: what it does; then options, a line each */
	int (*main)(int argc, char **argv);
};

extern const struct applet *const applet_table[]; /* sorted by name, ends with NULL */

/* The lines of config/capture-cmdline, comments left out. */
extern const char capture_list[];

/*
 * printf() for lines with names, labels and texts of foreign origin: everything but the line feed at the end is
 * cleaned, see str_clean(). Cut at 4 KiB.
 */
void applet_print(FILE *to, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void applet_vprint(FILE *to, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/* Prints the help of A to standard error and gives EXIT_USAGE. */
int applet_usage(const struct applet *a);

#endif
