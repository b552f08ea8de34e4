/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: makedumpfile's options.
 * Pure: words in, settings out. One table serves the command line and the core_collector line.
 */
#ifndef CONF_MDF_ARGS_H
#define CONF_MDF_ARGS_H

#include "base/err.h"
#include "iface/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MDF_FILES 128 /* file names on one command line */

/* --message-level, a sum. */
#define MDF_SAY_PROGRESS 1u
#define MDF_SAY_COMMON   2u
#define MDF_SAY_ERROR    4u
#define MDF_SAY_DEBUG    8u
#define MDF_SAY_REPORT   16u
#define MDF_SAY_DEFAULT  7u

enum mdf_command {
	MDF_DUMP,       /* VMCORE DUMPFILE; with -F VMCORE alone */
	MDF_SPLIT,      /* --split VMCORE DUMPFILE1 DUMPFILE2… */
	MDF_REBUILD,    /* -R DUMPFILE, from standard input */
	MDF_REASSEMBLE, /* --reassemble DUMPFILE1 DUMPFILE2… DUMPFILE */
	MDF_DMESG,      /* --dump-dmesg, --partial-dmesg VMCORE LOGFILE */
	MDF_MEM_USAGE,  /* --mem-usage /proc/kcore */
	MDF_VERSION,    /* -v */
	MDF_HELP,       /* -h, --help */
};

enum mdf_progress {
	MDF_PROGRESS_AUTO, /* tty on a terminal, else a line now and then */
	MDF_PROGRESS_NONE,
	MDF_PROGRESS_TTY,
	MDF_PROGRESS_JSON,
};

struct mdf_args {
	struct plan_collector how; /* kind and line are not set; nlevel is at least 1 */
	enum mdf_command command;
	bool force;           /* -f */
	bool dry_run;         /* --dry-run */
	bool show_stats;      /* --show-stats */
	bool check_params;    /* --check-params */
	bool partial;         /* --partial-dmesg */
	uint64_t split_block; /* --splitblock-size, bytes; 0: not given */
	unsigned say;         /* --message-level, -D */
	enum mdf_progress progress;
	const char *vmcoreinfo; /* -i, or NULL */
	const char *file[MDF_FILES];
	unsigned nfile;
};

/* Who asks. */
struct mdf_caller {
	bool conf; /* a core_collector line: it only says how to save, and no file */
	/* Takes a warning: printable ASCII, valid during the call. May be NULL. */
	void (*warn)(void *arg, const char *text);
	void *arg;
};

/*
 * Reads the N words at WORD, the first behind the program's name. Options and files may be mixed, short
 * options joined, long ones of the command line cut as long as they stay unique; "--" ends them. Words
 * are not changed; RET points into them. -EINVAL with a sentence of printable ASCII that names the
 * option; RET is then undefined.
 */
int must_check mdf_parse(struct mdf_args *ret, unsigned n, const char *const *word,
			 const struct mdf_caller *who, struct err *e);

/* A number of bytes as "4096", "0x1000", "64K", "2G" (binary, up to E). 0, -EINVAL or -ERANGE. */
int must_check mdf_size(const char *text, uint64_t *ret);

/* What becomes of an option. */
enum mdf_fate {
	MDF_TAKE,
	MDF_WARN, /* has no effect, and that is said */
	MDF_REFUSE,
};

enum mdf_effect {
	MDF_DO_NOTHING, /* has no meaning here */
	MDF_DO_CODEC,   /* -c -l -p -z */
	MDF_DO_CODEC_NAME,
	MDF_DO_LEVEL,
	MDF_DO_ELF,
	MDF_DO_FLAT,
	MDF_DO_THREADS,
	MDF_DO_MESSAGES,
	MDF_DO_LIMIT, /* -L */
	MDF_DO_MEMORY,
	MDF_DO_ORDER,
	MDF_DO_PROGRESS,
	MDF_DO_FORCE,
	MDF_DO_DEBUG,
	MDF_DO_DRY,
	MDF_DO_STATS,
	MDF_DO_CHECK,
	MDF_DO_INFO, /* -i */
	MDF_DO_PARTIAL,
	MDF_DO_BLOCK, /* --splitblock-size */
	MDF_DO_COMMAND,
};

struct mdf_option {
	const char *name; /* "c" or "num-threads" */
	bool value;
	enum mdf_effect effect;
	enum mdf_command command;     /* MDF_DO_COMMAND */
	enum mdf_fate in_conf, alone; /* on a core_collector line, on a command line */
	const char *conf_why, *why;   /* for MDF_WARN and MDF_REFUSE */
};

/* Row I of the table of options, NULL behind the last (mdf_table.c). */
const struct mdf_option *mdf_option_at(unsigned i);

/* The option whose name is the N bytes at NAME, or NULL. */
const struct mdf_option *mdf_option(const char *name, size_t n);

#endif
