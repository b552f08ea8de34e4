/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: what a file system needs besides the device that it is mounted from.
 * The superblock tells: an external log or journal, a realtime section, members.
 */
#ifndef DEV_FSPARTS_H
#define DEV_FSPARTS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FSPARTS_HEAD  (68u << 10) /* bytes of a device that hold every superblock read here */
#define FSPARTS_PATHS 8           /* f2fs: MAX_DEVICES, include/linux/f2fs_fs.h v6.12 */

struct fsparts {
	bool log;         /* xfs, jfs: the log is on another device, which the superblock does not name */
	bool journal;     /* ext3, ext4: so is the journal, which has the UUID below */
	bool realtime;    /* xfs: so are the data of realtime files */
	uint32_t devices; /* btrfs, bcachefs: how many members there are; 0: not such a file system */
	uint8_t uuid[16];
	char path[FSPARTS_PATHS][65]; /* f2fs: the members by their names when it was made; "" ends them */
};

/*
 * Judges the first N bytes of a device, at most FSPARTS_HEAD of use. Pure; what is not known needs nothing.
 * Layouts, all of Linux v6.12: struct xfs_dsb in fs/xfs/libxfs/xfs_format.h, struct ext4_super_block in
 * fs/ext4/ext4.h, struct btrfs_super_block in include/uapi/linux/btrfs_tree.h, struct bch_sb in
 * fs/bcachefs/bcachefs_format.h, struct f2fs_super_block in include/linux/f2fs_fs.h, struct jfs_superblock in
 * fs/jfs/jfs_superblock.h.
 */
void fsparts_parse(const uint8_t *buf, size_t n, struct fsparts *ret);

/* The same for what is on the device, or in the file, PATH. -errno when it cannot be read. */
int must_check fsparts_read(const char *path, struct fsparts *ret, struct err *e);

#endif
