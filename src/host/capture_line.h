/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the command line of the capture kernel.
 * Pure: the running one, what the administrator says, and our list, into one line.
 */
#ifndef HOST_CAPTURE_LINE_H
#define HOST_CAPTURE_LINE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define LINE_MAX_BYTES     4096 /* COMMAND_LINE_SIZE is 2,048 on x86; the loader says when it is too long */
#define LINE_CPUS_MOST     8192 /* NR_CPUS of the largest kernels */
#define LINE_SYMBOLS_BYTES 2048 /* names of functions that our list holds */

/* What the capture will need: conditions of the list. */
enum line_need {
	LINE_FIPS = 1,  /* crypto self-tests must run */
	LINE_TCP = 2,   /* a server is the target */
	LINE_BPF = 4,   /* BPF in the capture kernel */
	LINE_TRACE = 8, /* tracing in the capture kernel */
};

/* Is given each word of the base that is left out, N bytes, and why; SAY may be NULL. */
struct line_dropped {
	void (*say)(void *arg, const char *word, size_t n, const char *why);
	void *arg;
};

struct line_ask {
	const char *base;      /* /proc/cmdline, or KDUMP_COMMANDLINE */
	bool base_given;       /* the latter: only what can never be right is taken out of it */
	const char *remove;    /* KDUMP_COMMANDLINE_REMOVE: names, from the base and from the list */
	const char *append;    /* KDUMP_COMMANDLINE_APPEND: stands last and wins */
	const char *list;      /* text of config/capture-cmdline */
	const char *cpus;      /* KDUMP_CPUS: in place of the list's nr_cpus=, 0 is all; NULL or "": not said */
	unsigned needs;        /* of enum line_need */
	const char *symbols;   /* from line_symbols(): init functions that the kernel has; NULL: all are named */
	const char *watchdogs; /* drivers that watch this machine, blanks between them */
	int apicid;            /* of the processor that the machine started with; -1: not known */
	struct line_dropped dropped;
};

/*
 * Writes the line into BUF of N bytes. Words are the kernel's (lib/cmdline.c next_arg, Linux 6.12):
 * quotes hold blanks together, words behind "--" belong to init and are left out. Of the base go:
 * NAME= without a value, what the table of line_words.c drops, and every name that the list or APPEND sets.
 * Of the list go what NEEDS excludes and every name in REMOVE or APPEND. CPUS takes the place of each
 * nr_cpus= but APPEND's. 0, -E2BIG, or -EINVAL: APPEND has a quote without its partner.
 */
int must_check line_build(const struct line_ask *a, char *buf, size_t n, struct err *e);

/*
 * Which `blacklist` names of LIST are in the symbol table TEXT of N bytes (/proc/kallsyms, System.map),
 * into BUF with a blank before and behind each. False when TEXT is no symbol table.
 */
bool line_symbols(const char *list, const char *text, size_t n, char buf[LINE_SYMBOLS_BYTES]);

#endif
