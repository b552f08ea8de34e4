/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: the recipe text, how each target is reached.
 * Pure. Written by our own image builder, so a malformed one is an error and not skipped.
 *
 *	crashbox-recipe 1
 *	kernel VERSION
 *	mode host|generic
 *	module NAME [PARAMETERS]     before any target: done for all of them
 *	target N                     N-th target of kdump.conf; 0: the file system that holds `path`
 *	rootfs                       the system's root
 *	module NAME [PARAMETERS] | device SPEC | mount TYPE [OPTIONS] | path DIR
 *	                             of the target above
 *
 * One keyword a line, blanks in front ignored, `#` starts a comment line; DIR may hold blanks. A
 * keyword of a later version becomes RECIPE_UNKNOWN: only the targets that need it are lost.
 */
#ifndef CONF_RECIPE_H
#define CONF_RECIPE_H

#include "base/err.h"
#include "iface/recipe.h"

#include <stddef.h>

#define RECIPE_FILE    "/etc/crashbox/recipe"
#define RECIPE_VERSION 1
#define RECIPE_MAX     (256u << 10) /* bytes */

/*
 * Fills RET from the N bytes at TEXT. 0; -EINVAL with a sentence that names the line; -EPROTO for a
 * version that is not RECIPE_VERSION; -E2BIG when there are more than RECIPE_STEPS steps or N is
 * above RECIPE_MAX; -ENOMEM. RET is untouched on failure, else the caller ends with recipe_free().
 */
int must_check recipe_parse(struct recipe *ret, const char *text, size_t n, struct err *e);

/* Frees what R owns; NULL and a recipe of zeros are fine. */
void recipe_free(struct recipe *r);

/* The recipe of target INDEX (see struct recipe_target), or NULL. */
const struct recipe_target *recipe_find(const struct recipe *r, int index);

#endif
