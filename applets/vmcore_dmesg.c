/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: print the kernel log that a vmcore holds.
 * Standard output gets the log only, whatever could not be read is told on standard error.
 */
#include "applet.h"

#include "base/fdio.h"
#include "codec/codec.h"
#include "vmcore/klog.h"
#include "vmcore/source.h"
#include "vmcore/vmcore.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

extern const struct applet applet_vmcore_dmesg;

static int to_stdout(void *arg, const char *text, size_t n, struct err *e)
{
	int rc = *(const bool *)arg ? 0 : fd_write(STDOUT_FILENO, text, n);

	if (rc < 0) {
		errno = -rc;
		return err_sys(e, "write to standard output");
	}
	return 0;
}

static void complain(const struct source *s, const struct klog_stat *st)
{
	const char *why = "";
	unsigned flaws = s->info.kind == SOURCE_ELF ? vmcore_flaws(s, &why) : 0;

	if (flaws)
		fprintf(stderr, "crashbox: vmcore: %u segment%s left out or cut; %s\n", flaws,
			flaws > 1 ? "s" : "", why);
	if (st->bad)
		fprintf(stderr, "crashbox: kernel log: %u damaged record%s left out or cut\n",
			st->bad, st->bad > 1 ? "s" : "");
	if (st->looped)
		fprintf(stderr, "crashbox: kernel log: the buffer leads back into itself, the rest "
				"is left out\n");
}

static int print_log(const char *const *path, unsigned n, bool callers, bool panic_only)
{
	struct klog_out out = { .emit = to_stdout, .arg = &panic_only, .callers = callers };
	struct klog_stat st = { 0 };
	struct source *s = NULL;
	struct err e = { 0 };
	int rc = source_open(&s, path, n, &codec_unpack, &e);

	if (rc == 0) {
		rc = klog_read(s, &out, &st, &e);
		complain(s, &st);
		s->ops->free(s);
	}
	if (rc < 0) {
		fprintf(stderr, "crashbox: %s\n", e.text);
		return EXIT_FAILED;
	}
	if (!panic_only)
		return EXIT_OK;
	if (!st.panic_line[0]) {
		fputs("crashbox: the kernel log does not tell why the kernel died\n", stderr);
		return EXIT_FAILED;
	}
	puts(st.panic_line);
	return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}

static int vmcore_dmesg_main(int argc, char **argv)
{
	bool callers = false, panic_only = false;
	int c;

	while ((c = getopt(argc, argv, "cp")) != -1) {
		if (c == 'c')
			callers = true;
		else if (c == 'p')
			panic_only = true;
		else
			return applet_usage(&applet_vmcore_dmesg);
	}
	if (optind == argc)
		return print_log(&(const char *){ VMCORE_PATH }, 1, callers, panic_only);
	return print_log((const char *const *)argv + optind, (unsigned)(argc - optind), callers, panic_only);
}

const struct applet applet_vmcore_dmesg = {
	.name = "vmcore-dmesg",
	.synopsis = "[-c] [-p] [FILE...]",
	.help = "print the kernel log of a crashed kernel\n"
		"  FILE   an ELF vmcore or a kdump-compressed dump, plain or flattened; all parts of a split\n"
		"         one together; default " VMCORE_PATH "\n"
		"  -c     print who wrote each line: [T…] a task, [C…] a CPU (where recorded)\n"
		"  -p     print only the line that tells why the kernel died\n",
	.main = vmcore_dmesg_main,
};
