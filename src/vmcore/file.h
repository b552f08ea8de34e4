/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: a dump file as bytes.
 * A plain file, a device, /proc/vmcore or a flattened stream: reading it is the same.
 */
#ifndef VMCORE_FILE_H
#define VMCORE_FILE_H

#include "base/err.h"
#include "vmcore/flat.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Constant after open: threads share it. */
struct dfile {
	int fd;
	uint64_t size;   /* bytes of the dump */
	uint64_t stored; /* bytes of the file that was opened: more than `size` for a stream */
	bool flattened;
	bool on_disk; /* an ordinary file, whose pages are copied faster than mapped */
	struct flat flat;
	char name[96]; /* the end of its path, for sentences */
};

/* Opens PATH for reading. -errno with a sentence that names it. The caller frees with dfile_free(). */
int must_check dfile_open(struct dfile **ret, const char *path, struct err *e);

/* The same of the descriptor FD, which is the dfile's from here on, failure or not; PATH is for sentences. */
int must_check dfile_from(struct dfile **ret, int fd, const char *path, struct err *e);

/* An I/O error of the system, which says nothing of what the file holds; -EIO is damage everywhere below. */
#define DFILE_FAILED (-EREMOTEIO)

/* The N bytes at OFF of the dump, all of them: a short file is -EIO, a disk that fails DFILE_FAILED. */
int must_check dfile_read(const struct dfile *f, uint64_t off, void *buf, size_t n, struct err *e);

void dfile_free(struct dfile *f);

#endif
