/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: /sys/class/block and the nodes of its devices.
 * Every path is below a root, so that a test can lay out its own devices.
 */
#ifndef DEV_SYSBLOCK_H
#define DEV_SYSBLOCK_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYSBLOCK_NAME 64

struct sysblock_names {
	char (*name)[SYSBLOCK_NAME]; /* sorted as people count: vda2 before vda10 */
	size_t n;
};

/* Names in ROOT/sys/class/block. No such directory: none. Freed with sysblock_free(). -ENOMEM. */
int must_check sysblock_names(const char *root, struct sysblock_names *ret, struct err *e);
void sysblock_free(struct sysblock_names *names);

/* First line of ROOT/sys/class/block/NAME/ATTR. False when it is not there. */
bool sysblock_attr(const char *root, const char *name, const char *attr, char *buf, size_t n);

/* True when NAME holds data; false: size 0, ram disk, floppy, unused loop device. Gives its bytes. */
bool sysblock_usable(const char *root, const char *name, uint64_t *size);

/*
 * The node of NAME, "ROOT/dev/cciss/c0d0" for "cciss!c0d0"; made from the numbers in sysfs when it is
 * not there and ROOT is "".
 */
int must_check sysblock_node(const char *root, const char *name, char *buf, size_t n, struct err *e);

/*
 * The disk of partition NAME and its number from 1; number 0 when NAME is no partition. Partitions lie
 * in the directory of their disk: the real path of ROOT/sys/class/block/NAME tells.
 */
void sysblock_parent(const char *root, const char *name, char disk[SYSBLOCK_NAME], unsigned *number);

/*
 * True when NAME is, or is a part of, something that a hand plugs in: its disk is marked removable, or hangs on USB.
 * What sysfs does not tell is none.
 */
bool sysblock_pluggable(const char *root, const char *name);

#endif
