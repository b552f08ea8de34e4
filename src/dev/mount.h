/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: the target's file system.
 * Mounted writable with the journal replayed, never checked or repaired; synced before it goes.
 */
#ifndef DEV_MOUNT_H
#define DEV_MOUNT_H

#include "base/err.h"
#include "dev/module.h"

#include <stddef.h>

#define MOUNT_DATA_MAX 1024

/* What mount(2) wants. */
struct mount_options {
	unsigned long flags;       /* MS_… */
	char data[MOUNT_DATA_MAX]; /* what the file system itself reads, "a,b=c" */
};

struct mount_result {
	char fstype[32]; /* with which it was mounted */
	char note[192];  /* a sentence when something was not as asked for, else "" */
};

/*
 * Cuts "rw,noatime,data=ordered" as in fstab. `ro` becomes rw; words for other programs are dropped:
 * defaults auto noauto user users owner group nofail nobootwait _netdev x-… X-… comment=… seclabel and
 * SELinux contexts (a capture kernel has no policy). TEXT may be NULL. Pure. -E2BIG: longer than
 * MOUNT_DATA_MAX.
 */
int must_check mount_options(const char *text, struct mount_options *ret, struct err *e);

/*
 * Loads the driver of FSTYPE and the modules it asks the kernel for while it mounts (code pages of
 * vfat): no modprobe answers the kernel here. What the kernel has already needs no module. SET may be
 * NULL: 0. Errors are those of module_load() for the driver itself.
 */
int must_check fs_module(struct modset *set, const char *fstype, struct err *e);

/*
 * Mounts DEVICE (a node, or the tag of a virtiofs) on MOUNTPOINT, which is made. FSTYPE NULL or "auto":
 * what libblkid sees; when it sees another type than FSTYPE the seen one is used and the note says so,
 * so fs_module() is for block_found.fstype. ext2 and ext3 are mounted by ext4
 * where they have no driver of their own; xfs gets nouuid when its UUID is mounted already. A file
 * system that comes up read-only is unmounted again, -EROFS. May block as long as the device does: the
 * caller has the deadline.
 */
int must_check fs_mount(const char *device, const char *fstype, const char *options, const char *mountpoint,
			struct mount_result *ret, struct err *e);

/*
 * Writes everything to stable storage, then unmounts; when something still uses the file system it
 * becomes read-only instead, which is as durable. A failed sync is an error even if the rest works.
 * -EBUSY: synced, but a file is still open for writing; the file system stays.
 */
int must_check fs_unmount(const char *mountpoint, struct err *e);

#endif
