/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: an NFS export, mounted by the kernel's own client.
 * What mount.nfs(8) works out for the kernel is worked out here: addresses, the version, no locks.
 */
#ifndef DEV_NFS_MOUNT_H
#define DEV_NFS_MOUNT_H

#include "base/err.h"
#include "dev/mount.h"

/*
 * The data of mount(2) for a server at address ADDR (IPv6 with its scope), out of the options of fstab, which may be
 * NULL. VERS counts when they name no version. Words for mount.nfs alone are dropped; without `hard` or `soft` a server
 * that does not answer is an error in the end. Pure. -E2BIG: too long.
 */
int must_check nfs_mount_data(const char *options, const char *addr, const char *vers, struct mount_options *ret,
			      struct err *e);

/*
 * Mounts WHERE, "HOST:/EXPORT", on DIR, which is made. ADDRS: addresses of the host, blanks between, tried in order.
 * Without a version in the options 4.2, 4.1, 4.0 and 3 are tried. Loads nothing. May block as long as the server does:
 * the caller has the deadline. A machine without a name gets one: servers tell clients by it.
 */
int must_check nfs_mount(const char *where, const char *options, const char *addrs, const char *dir, struct err *e);

#endif
