/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: the table of makedumpfile's options.
 * Every option of makedumpfile 1.7.9 is here, done or refused by name, and a few of our own.
 */
#include "base/str.h"
#include "conf/mdf_args.h"

#include <string.h>

#define NO_XEN   "Xen is not known here"
#define NO_ERASE "data is not erased here, and a vmcore that should be erased is not saved in full"
#define NO_DUMP  "it writes no vmcore"
#define NO_LOG   "it writes no vmcore; the kernel log is always saved"
#define ONE_FILE "the vmcore is one file here"
#define FINE     MDF_TAKE, MDF_TAKE, NULL, NULL
#define ALONE(w) MDF_REFUSE, MDF_TAKE, w, NULL
#define WARN(w)  MDF_WARN, MDF_REFUSE, w, w
#define NEVER(w) MDF_REFUSE, MDF_REFUSE, w, w

static const struct mdf_option option[] = {
	{ "c", false, MDF_DO_CODEC, 0, FINE },
	{ "l", false, MDF_DO_CODEC, 0, FINE },
	{ "z", false, MDF_DO_CODEC, 0, FINE },
	{ "p", false, MDF_DO_CODEC, 0, MDF_TAKE, MDF_REFUSE, NULL,
	  "snappy is read here and not written: use -l, or --codec=auto" },
	{ "d", true, MDF_DO_LEVEL, 0, FINE },
	{ "E", false, MDF_DO_ELF, 0, FINE },
	{ "F", false, MDF_DO_FLAT, 0, FINE },
	{ "L", true, MDF_DO_LIMIT, 0, FINE },
	{ "num-threads", true, MDF_DO_THREADS, 0, FINE },
	{ "message-level", true, MDF_DO_MESSAGES, 0, FINE },
	{ "f", false, MDF_DO_FORCE, 0, FINE },
	{ "D", false, MDF_DO_DEBUG, 0, FINE },
	{ "show-stats", false, MDF_DO_STATS, 0, FINE },

	/* Ours. */
	{ "codec", true, MDF_DO_CODEC_NAME, 0, FINE },
	{ "order", true, MDF_DO_ORDER, 0, FINE },
	{ "mem-limit", true, MDF_DO_MEMORY, 0, FINE },
	{ "progress", true, MDF_DO_PROGRESS, 0, MDF_WARN, MDF_TAKE, "the consoles show it anyway", NULL },

	/* Ways of working that we do not have or always have. */
	{ "b", true, MDF_DO_NOTHING, 0, FINE },
	{ "cyclic-buffer", true, MDF_DO_NOTHING, 0, FINE },
	{ "non-cyclic", false, MDF_DO_NOTHING, 0, FINE },
	{ "non-mmap", false, MDF_DO_NOTHING, 0, FINE },
	{ "work-dir", true, MDF_DO_NOTHING, 0, FINE },

	/* Other commands. */
	{ "R", false, MDF_DO_COMMAND, MDF_REBUILD, ALONE("it rebuilds a flattened file") },
	{ "split", false, MDF_DO_COMMAND, MDF_SPLIT, ALONE(ONE_FILE) },
	{ "splitblock-size", true, MDF_DO_BLOCK, 0, ALONE(ONE_FILE) },
	{ "reassemble", false, MDF_DO_COMMAND, MDF_REASSEMBLE, ALONE(ONE_FILE) },
	{ "dump-dmesg", false, MDF_DO_COMMAND, MDF_DMESG, ALONE(NO_LOG) },
	{ "partial-dmesg", false, MDF_DO_PARTIAL, 0, ALONE(NO_LOG) },
	{ "mem-usage", false, MDF_DO_COMMAND, MDF_MEM_USAGE, ALONE(NO_DUMP) },
	{ "check-params", false, MDF_DO_CHECK, 0, ALONE(NO_DUMP) },
	{ "dry-run", false, MDF_DO_DRY, 0, ALONE(NO_DUMP) },
	{ "v", false, MDF_DO_COMMAND, MDF_VERSION, ALONE("it prints the version") },
	{ "h", false, MDF_DO_COMMAND, MDF_HELP, ALONE("it prints help") },
	{ "help", false, MDF_DO_COMMAND, MDF_HELP, ALONE("it prints help") },
	{ "i", true, MDF_DO_INFO, 0, MDF_WARN, MDF_TAKE, "vmcoreinfo comes from the vmcore", NULL },

	/* Never. */
	{ "x", true, MDF_DO_NOTHING, 0, MDF_WARN, MDF_REFUSE, "symbols come from the vmcore",
	  "symbols come from the vmcore: leave it out, or give the vmcoreinfo of a dump without one with -i" },
	{ "e", false, MDF_DO_NOTHING, 0, MDF_WARN, MDF_REFUSE, "vmemmap is kept",
	  "vmemmap is kept, debuggers need it: leave it out" },
	{ "X", false, MDF_DO_NOTHING, 0, WARN(NO_XEN) },
	{ "xen-syms", true, MDF_DO_NOTHING, 0, WARN(NO_XEN) },
	{ "xen-vmcoreinfo", true, MDF_DO_NOTHING, 0, WARN(NO_XEN) },
	{ "xen_phys_start", true, MDF_DO_NOTHING, 0, WARN(NO_XEN) },
	{ "g", true, MDF_DO_NOTHING, 0, NEVER("it writes vmcoreinfo only") },
	{ "vtop", true, MDF_DO_NOTHING, 0, MDF_REFUSE, MDF_REFUSE, NO_DUMP,
	  "addresses are translated by crash(8): its command vtop" },
	{ "config", true, MDF_DO_NOTHING, 0, NEVER(NO_ERASE) },
	{ "eppic", true, MDF_DO_NOTHING, 0, NEVER(NO_ERASE) },
	{ "extension", true, MDF_DO_NOTHING, 0, NEVER("extensions are not run here") },
	{ "diskset", true, MDF_DO_NOTHING, 0, NEVER("sadump is not known here") },
};

const struct mdf_option *mdf_option_at(unsigned i)
{
	return i < ARRAY_LEN(option) ? &option[i] : NULL;
}

const struct mdf_option *mdf_option(const char *name, size_t n)
{
	for (unsigned i = 0; i < ARRAY_LEN(option); i++)
		if (strlen(option[i].name) == n && memcmp(option[i].name, name, n) == 0)
			return &option[i];
	return NULL;
}
