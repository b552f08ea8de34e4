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
 *	fence                        the nodes that fence_kdump tells: only modules and links
 *	module NAME [PARAMETERS] | device SPEC | mount TYPE [OPTIONS] | path DIR
 *	link … vlan … address …      any line of conf/link_words.h, played together, in order
 *	nfs HOST:/EXPORT [OPTIONS]   write there with the mount options of the running system
 *	kernel-nfs HOST:/EXPORT [OPTIONS]
 *	                             the same through the kernel's own client, whose modules are named above
 *	ssh USER@HOST [server=HOST] [port=N] [alias=NAME] [key=FILE]
 *	                             write there; SERVER is connected to in place of HOST, ALIAS is looked
 *	                             up in known_hosts, FILE is the private key
 *	                             of the target above
 *
 * One keyword a line, blanks in front ignored, `#` starts a comment line; DIR may hold blanks. A
 * keyword of a later version becomes RECIPE_UNKNOWN: only the targets that need it are lost.
 */
#ifndef CONF_RECIPE_H
#define CONF_RECIPE_H

#include "base/err.h"
#include "iface/link.h"
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

/* Fills RET from S, a RECIPE_LINK of a recipe that was parsed. 0; -EINVAL with a sentence for another one. */
int must_check recipe_link(const struct recipe_step *s, struct link_step *ret, struct err *e);

/* What RECIPE_SSH says behind USER@HOST; "" for what it does not. */
struct recipe_ssh {
	char server[256], alias[256], key[256];
	unsigned port; /* 0: not said */
};

/* Fills RET from S, a RECIPE_SSH. 0; -EINVAL with a sentence for a word that it does not know or is too long. */
int must_check recipe_ssh(const struct recipe_step *s, struct recipe_ssh *ret, struct err *e);

/* The recipe of target INDEX (see struct recipe_target), or NULL. */
const struct recipe_target *recipe_find(const struct recipe *r, int index);

#endif
