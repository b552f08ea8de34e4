/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: one directory of dumps, held by its descriptor.
 * A path is resolved once; afterwards only names of one component below the descriptor are used. A user who may rename
 * or link in a directory on the way cannot change where root reads or writes.
 */
#ifndef BASE_DUMPDIR_H
#define BASE_DUMPDIR_H

#include "base/err.h"

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* How dumpdir_open() reaches a directory; a sum. */
enum dumpdir_how {
	DUMPDIR_MAKE = 1, /* missing directories are made, mode 0700 */
	DUMPDIR_SAFE = 2, /* the directory passes dumpdir_safe() */
	/*
	 * No other user runs here: a capture kernel. Links of every owner are followed, files of every owner resumed: a
	 * target may give all of them to another user (vfat, NFS, virtiofs), and a dump is worth more than a rule.
	 */
	DUMPDIR_ALONE = 4,
};

/*
 * Opens the directory PATH for reading and fsync. ROOT: absolute paths, absolute links and ".." stay below it, as if
 * it were "/"; "" is the process's own root, and relative paths begin at its working directory. A symbolic link on the
 * way is followed only when root or this user made it (-ELOOP). -errno with a sentence; the caller closes *RET.
 */
int must_check dumpdir_open(int *ret, const char *root, const char *path, int how, struct err *e);

/*
 * 0 when the directory FD belongs to root or to this user and no other user may write to it; else -EPERM with a
 * sentence that calls it NAME.
 */
int must_check dumpdir_safe(int fd, const char *name, struct err *e);

/* Opens the directory NAME below BASE: no link (-ENOTDIR), and dumpdir_safe(). */
int must_check dumpdir_sub(int *ret, int base, const char *name, struct err *e);

/*
 * Makes a directory below BASE that was not there: WANT, else WANT.1, WANT.2, … , after a hundred WANT and a random
 * number. Opens it; its name in NAME. HOW: DUMPDIR_SAFE, or 0 where no other user runs.
 */
int must_check dumpdir_fresh(int *ret, int base, const char *want, int how, char name[NAME_MAX + 1], struct err *e);

/* Where the directory FD lies, as /proc tells; -errno. */
int must_check dumpdir_where(int fd, char *buf, size_t n);

/* -ESTALE with a sentence unless NAME below BASE is still the directory or file FD. */
int must_check dumpdir_still(int base, const char *name, int fd, struct err *e);

/* Creates the file NAME below DIR, mode 0600, for writing. -EEXIST when anything has that name. */
int must_check dumpdir_create(int *ret, int dir, const char *name, struct err *e);

/*
 * Opens the existing file NAME below DIR for writing, to go on with it: a regular file with one name, of root or this
 * user (-EPERM). HOW: 0 or DUMPDIR_ALONE: of any user.
 */
int must_check dumpdir_resume(int *ret, int dir, const char *name, int how, struct err *e);

/*
 * Opens the file NAME below DIR for reading: a regular file, no link, no FIFO, no device (-EINVAL). Never waits. ST,
 * which may be NULL, describes it.
 */
int must_check dumpdir_read(int *ret, int dir, const char *name, struct stat *st, struct err *e);

/* The whole file NAME of at most MAX bytes, as file_read() gives it. */
int must_check dumpdir_text(int dir, const char *name, size_t max, char **ret, size_t *len, struct err *e);

/* Size of the regular file NAME below DIR; 0 when there is none. */
uint64_t dumpdir_size(int dir, const char *name);

#endif
