/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: kernel modules into the kernel.
 * A module comes with everything it needs, in order; what is there already is fine.
 */
#ifndef DEV_MODULE_H
#define DEV_MODULE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODULE_BYTES_MAX (256u << 20) /* of one unpacked module */

struct modset;

/* What a modset has done so far. */
struct modset_stats {
	unsigned loaded;  /* files that went into the kernel */
	unsigned present; /* were there before */
	unsigned skipped; /* on the blacklist */
	unsigned failed;
	uint64_t bytes;    /* of the loaded ones, unpacked */
	uint64_t freed;    /* bytes of files that were unlinked */
	char failure[256]; /* the sentence of the newest failure, also of optional modules; "" when none */
};

/*
 * Reads modules.dep and what there is of modules.alias, modules.softdep and modules.builtin in ROOT
 * ("/lib/modules/VERSION"). A missing modules.dep is -ENOENT. Freed with modset_free().
 */
int must_check modset_open(const char *root, struct modset **ret, struct err *e);
void modset_free(struct modset *set);

/* Never load NAME, whoever needs it. */
int must_check modset_blacklist(struct modset *set, const char *name, struct err *e);

/* Parameters "a=1 b=2" for NAME whenever it is loaded; repeated calls add up. */
int must_check modset_option(struct modset *set, const char *name, const char *text, struct err *e);

/* Takes every "MODULE.PARAMETER=VALUE" word of a kernel command line as modset_option() does. */
int must_check modset_cmdline(struct modset *set, const char *cmdline, struct err *e);

/*
 * From now on files are taken for our own: signatures are not checked unless the kernel insists, and a file
 * is unlinked once it is loaded if it lies in a ramfs or tmpfs: in a capture kernel
 * it takes the memory that the dump needs. Only for an image that nobody else uses.
 */
void modset_unlink(struct modset *set);

/* True when ALIAS was never asked about before: it needs no second answer. */
bool modset_first(struct modset *set, const char *alias);

/*
 * From now on an alias (not a name) that leads to a file below DIR ("kernel/drivers/net/") loads nothing:
 * hardware that the plan does not use stays asleep. DIR is not copied.
 */
void modset_without(struct modset *set, const char *dir);

const struct modset_stats *modset_stats(const struct modset *set);

/*
 * Loads module NAME (or what an alias such as a modalias stands for) after its dependencies. PARAMS
 * ("a=1 b=2" or NULL) go to NAME behind those of modset_option(). Built in, loaded before or on the
 * blacklist: 0. Failures of optional modules only count in the stats; all of them failing is an error.
 */
int must_check module_load(struct modset *set, const char *name, const char *params, struct err *e);

/*
 * Writes the files NAME needs, in order, one path a line, into BUF of N bytes; nothing is loaded.
 * -ENOSPC when they do not fit.
 */
int must_check module_plan(struct modset *set, const char *name, char *buf, size_t n, struct err *e);

#endif
