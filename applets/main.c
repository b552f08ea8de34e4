/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: dispatch.
 * The applet is named by argv[0] or by the first argument; as "init" in the capture kernel it is PID 1.
 */
#include "applet.h"

#include "base/str.h"
#include "version.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct applet *find(const char *name)
{
	for (const struct applet *const *a = applet_table; *a; a++)
		if (strcmp((*a)->name, name) == 0)
			return *a;
	return NULL;
}

static void print_help(FILE *to, const struct applet *a)
{
	fprintf(to, "Usage: crashbox %s %s\n\n%s", a->name, a->synopsis, a->help);
}

void applet_vprint(FILE *to, const char *fmt, va_list ap)
{
	char text[4096];
	size_t n;

	vsnprintf(text, sizeof(text), fmt, ap);
	n = strlen(text);
	if (n && text[n - 1] == '\n')
		text[--n] = '\0';
	else
		n = sizeof(text);
	fprintf(to, n < sizeof(text) ? "%s\n" : "%s", str_clean(text));
}

void applet_print(FILE *to, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	applet_vprint(to, fmt, ap);
	va_end(ap);
}

int applet_usage(const struct applet *a)
{
	print_help(stderr, a);
	return EXIT_USAGE;
}

static int list(void)
{
	for (const struct applet *const *a = applet_table; *a; a++)
		puts((*a)->name);
	return EXIT_OK;
}

static int overview(FILE *to, int code)
{
	fputs("crashbox " CRASHBOX_VERSION ": saves the memory of a crashed Linux kernel\n\n"
	      "Usage: crashbox APPLET [ARGUMENTS]    or call it by the applet's name\n"
	      "       crashbox APPLET --help\n"
	      "       crashbox --list | --version | --help\n\nApplets:\n",
	      to);
	for (const struct applet *const *a = applet_table; *a; a++)
		fprintf(to, "  %-14s %.*s\n", (*a)->name, (int)strcspn((*a)->help, "\n"), (*a)->help);
	return code;
}

/* "did you mean": the applet whose name is at most two edits away. */
static int unknown(const char *name)
{
	const struct applet *best = NULL;
	unsigned least = 3;

	for (const struct applet *const *a = applet_table; *a; a++) {
		unsigned d = str_distance(name, (*a)->name);

		if (d < least) {
			least = d;
			best = *a;
		}
	}
	fprintf(stderr, "crashbox: no applet %s%s%s%s\n", name, best ? ", did you mean " : "",
		best ? best->name : "", best ? "?" : "; crashbox --list names them");
	return EXIT_USAGE;
}

static int run(const struct applet *a, int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		print_help(stdout, a);
		return EXIT_OK;
	}
	return a->main(argc, argv);
}

int main(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *name = argc > 0 ? (slash ? slash + 1 : argv[0]) : "crashbox";
	const struct applet *a = find(name);

	/* What is made here is of memory, keys and settings: files 0600, directories 0700, also those of programs. */
	umask(077);
	if (a)
		return run(a, argc, argv);
	if (argc < 2)
		return overview(stderr, EXIT_USAGE);
	if (strcmp(argv[1], "--list") == 0)
		return list();
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return overview(stdout, EXIT_OK);
	if (strcmp(argv[1], "--version") == 0) {
		puts("crashbox " CRASHBOX_VERSION);
		return EXIT_OK;
	}
	a = find(argv[1]);
	return a ? run(a, argc - 1, argv + 1) : unknown(argv[1]);
}
