/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iface: how each target is reached, recorded when the image was built.
 * mkinitrd.sh writes it as text, src/conf reads it, `crashbox plan` prints it, /init plays it.
 */
#ifndef IFACE_RECIPE_H
#define IFACE_RECIPE_H

#include <stdbool.h>

#define RECIPE_STEPS   192
#define RECIPE_TARGETS 11 /* the configured ones, the default one, the root file system, the cluster */

/* Index of a recipe_target that is not a line of kdump.conf. */
#define RECIPE_DEFAULT 0    /* no target configured: the file system that holds `path` */
#define RECIPE_ROOTFS  (-1) /* the system's root, for dump_to_rootfs and mount_root_run_init */
#define RECIPE_FENCE   (-2) /* the links to the nodes of the cluster, fence_kdump_nodes */

enum recipe_kind {
	RECIPE_MODULE,  /* arg: module name; opt: its parameters or NULL */
	RECIPE_DEVICE,  /* arg: UUID= LABEL= PARTUUID= PARTLABEL= or a path: wait until it is there */
	RECIPE_MOUNT,   /* arg: file system type; opt: mount options; of the device before it */
	RECIPE_LINK,    /* arg: a word of conf/link_words.h; opt: the rest of its line */
	RECIPE_NFS,     /* arg: HOST:/EXPORT; opt: mount options */
	RECIPE_KNFS,    /* arg, opt: as RECIPE_NFS; mounted by the kernel's own client */
	RECIPE_SSH,     /* arg: USER@HOST; opt: server= port= alias= key=, see conf/recipe.h */
	RECIPE_RAW,     /* arg: the partition, as for RECIPE_DEVICE: wait for it, write to it as it is */
	RECIPE_UNKNOWN, /* arg: the word; a step that this binary cannot do: the target is skipped */
};

struct recipe_step {
	enum recipe_kind kind;
	const char *arg, *opt;
	unsigned line;
};

struct recipe_target {
	int index;         /* 1 … n: n-th target of kdump.conf; or RECIPE_DEFAULT, _ROOTFS, _FENCE */
	unsigned first, n; /* its steps */
	const char *path;  /* directory of that target, or NULL: the plan's `path` */
};

struct recipe {
	char *text;         /* owned; every string lives here */
	const char *kernel; /* version the modules belong to, or NULL */
	bool generic;       /* modules are found by modalias at capture time */
	unsigned ncommon;   /* the first steps, before any target: done for all of them */
	struct recipe_step step[RECIPE_STEPS];
	unsigned nstep;
	struct recipe_target target[RECIPE_TARGETS];
	unsigned ntarget;
};

#endif
