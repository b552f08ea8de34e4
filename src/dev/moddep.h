/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: which module files a name needs, in which order.
 * Pure functions over the text of depmod's files; a loop or an absurd file ends in an error, never in a hang.
 */
#ifndef DEV_MODDEP_H
#define DEV_MODDEP_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define MODDEP_FILES 128 /* module files that one name may need */
#define MODDEP_NAME  64  /* MODULE_NAME_LEN is 64 - sizeof(unsigned long), include/linux/module.h v6.1 */

/* A piece of text that somebody else owns; no terminating NUL is needed. */
struct moddep_text {
	const char *p;
	size_t n;
};

/* The files of one /lib/modules/VERSION as depmod(8) writes them; a missing file is an empty text. */
struct moddep_index {
	struct moddep_text dep;     /* modules.dep:     "PATH.ko: PATH.ko PATH.ko" */
	struct moddep_text alias;   /* modules.alias:   "alias PATTERN MODULE" */
	struct moddep_text softdep; /* modules.softdep: "softdep MODULE pre: A B post: C" */
	struct moddep_text builtin; /* modules.builtin: "PATH.ko" */
};

struct moddep_file {
	char name[MODDEP_NAME];  /* with '_' for every '-' */
	struct moddep_text path; /* relative to /lib/modules/VERSION, points into the index */
	bool optional;           /* only a soft dependency wants it: its failure is no failure */
};

struct moddep_order {
	struct moddep_file file[MODDEP_FILES];
	unsigned n;
};

/*
 * Gives in *O the files that NAME needs, each after everything it depends on, NAME's own last (but
 * for `post:` soft dependencies). NAME is a module ('-' and '_' are the same) or an alias such as a
 * device's modalias; an alias gives every module that matches, optional when there are several.
 * What is built into the kernel gives n = 0. -ENOENT: no such module or alias; -E2BIG: more than
 * MODDEP_FILES; -ELOOP: the files lead in circles that do not end. *O is undefined on failure.
 */
int must_check moddep_order(const struct moddep_index *ix, const char *name, struct moddep_order *o,
			    struct err *e);

/*
 * Module name of a path: "kernel/fs/nls/nls-utf8.ko.xz" -> "nls_utf8". False when there is none or
 * it is too long; OUT is then "".
 */
bool moddep_name(const char *path, size_t n, char out[MODDEP_NAME]);

/*
 * True when TEXT matches the shell pattern PATTERN: '*', '?', '[a-z]', '[!a-z]'. '-' and '_' are the
 * same outside of brackets, as in module aliases. Time is bounded by the product of both lengths.
 */
bool moddep_glob(struct moddep_text pattern, struct moddep_text text);

#endif
