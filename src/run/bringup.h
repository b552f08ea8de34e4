/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: from nothing to a mounted target.
 * Plays the recipe of the image; without one, works from kdump.conf and what the kernel finds.
 */
#ifndef RUN_BRINGUP_H
#define RUN_BRINGUP_H

#include "run/run.h"

/*
 * Loads modules, waits for the device and mounts target INDEX (1 … n of kdump.conf, RECIPE_DEFAULT
 * or RECIPE_ROOTFS) on DIR, in a step. r->mounted is DIR afterwards. Of a server the links are up and its address is
 * known; r->at tells which one. A target kind that this binary
 * does not have is -EOPNOTSUPP with "… is not built in".
 */
int must_check bringup(struct run *r, int index, const char *dir, struct err *e);

/* In the child of a step: loads the modules of STEPS, which may be NULL; trouble is told on CH. */
void bringup_modules(const struct run *r, struct channel *ch, const struct recipe_target *steps);

/* True when target INDEX is a server. */
bool bringup_by_network(const struct run *r, int index);

/* Fills r->at for target INDEX: nothing is tried yet. */
void bringup_aim(struct run *r, int index);

/* The name or address of the server r->at that is connected to, in BUF. 0 or -errno. */
int must_check bringup_host(const struct run *r, char *buf, size_t n, struct err *e);

/* Directory for dumps below the mount point of target INDEX: recipe's `path`, else the plan's. */
const char *bringup_path(const struct run *r, int index);

/* "ext4 UUID=…": how target INDEX is called in messages. BUF is given back. */
const char *bringup_name(const struct run *r, int index, char *buf, size_t n);

/* Syncs and unmounts what bringup() mounted; a failure is told, not returned. */
void bringup_undo(struct run *r);

#endif
