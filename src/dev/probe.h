/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: what is on a device, by libblkid, whose one home is here.
 * Reads only; an unknown or damaged content is an answer, not an error.
 */
#ifndef DEV_PROBE_H
#define DEV_PROBE_H

#include "base/err.h"

#include <stddef.h>

/* "" for what is not there. */
struct probe_fs {
	char type[32]; /* blkid's name: "ext4", "vfat", "crypto_LUKS", "LVM2_member" … */
	char uuid[72];
	char label[144]; /* raw bytes */
};

struct probe_part {
	char uuid[72];  /* GPT: the entry's UUID; MBR: "<disk id>-<number>" */
	char name[144]; /* GPT: the entry's name, UTF-8 */
};

/*
 * Reads the superblock of PATH, a block device or an image file. Nothing known there: 0 and all "".
 * Several contents at once that cannot be told apart: 0 and type "ambiguous".
 */
int must_check probe_fs(const char *path, struct probe_fs *ret, struct err *e);

/* Reads partition NUMBER (from 1) of the table on the whole disk PATH. Not there: 0 and all "". */
int must_check probe_part(const char *path, unsigned number, struct probe_part *ret, struct err *e);

/*
 * Whether libblkid knows anything that lies on PATH: a file system, swap, a member of RAID or LVM, encryption, a
 * partition table. Its name in BUF ("ext4", "LVM2_member", "a gpt partition table"), "" when there is nothing.
 */
int must_check probe_any(const char *path, char *buf, size_t n, struct err *e);

#endif
