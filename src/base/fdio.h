/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: whole reads and writes.
 * EINTR and short transfers end here; callers see all of it or an error.
 */
#ifndef BASE_FDIO_H
#define BASE_FDIO_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads until N bytes or end of file. Gives the count in *GOT (less than N only at the end). 0 or -errno. */
int must_check fd_read(int fd, void *buf, size_t n, size_t *got);

/* As fd_read at offset OFF of the file. */
int must_check fd_pread(int fd, void *buf, size_t n, uint64_t off, size_t *got);

/* Writes all N bytes. 0 or -errno; a write that takes nothing is -EIO. */
int must_check fd_write(int fd, const void *buf, size_t n);

/* As fd_write at offset OFF of the file. */
int must_check fd_pwrite(int fd, const void *buf, size_t n, uint64_t off);

/* Reads FD to its end into a new buffer that the caller frees, as file_read() does. 0 or -errno. */
int must_check fd_slurp(int fd, size_t max, char **ret, size_t *len);

/*
 * Opens PATH for reading: a file, or a pipe. A pipe with a name that another user made is -EPERM: it would hold the
 * caller for as long as that user likes. Gives the descriptor, or -errno.
 */
int must_check file_open(const char *path, struct err *e);

/*
 * Reads the whole file PATH into a new buffer that the caller frees. The text is followed by a NUL
 * that *LEN does not count. A file of more than MAX bytes is -EFBIG. Works on /proc and /sys files.
 */
int must_check file_read(const char *path, size_t max, char **ret, size_t *len, struct err *e);

/* Reads the first line of PATH, without its newline, into BUF. Longer lines are cut. */
int must_check file_line(const char *path, char *buf, size_t n, struct err *e);

/* Writes TEXT to the existing file PATH (sysfs, procfs). */
int must_check file_put(const char *path, const char *text, struct err *e);

/* Creates the directory PATH and its parents, mode MODE. An existing directory is fine. */
int must_check dir_make(const char *path, mode_t mode, struct err *e);

#endif
