/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: a file that appears with all of its bytes, or not at all, and that no other user has read before.
 */
#ifndef BASE_NEWFILE_H
#define BASE_NEWFILE_H

#include "base/err.h"

#include <stddef.h>

/*
 * Writes the N bytes at BUF durably to the file PATH, mode 0600, in place of a regular file of that name. The bytes lie
 * in a file without a name until they are whole, where the file system can do that, else under a random one; signals
 * wait until it has gone. -EPERM: another user owns the directory, or may exchange files in it; -EEXIST: PATH is no
 * regular file: a link is not followed.
 */
int must_check newfile_write(const char *path, const void *buf, size_t n, struct err *e);

#endif
