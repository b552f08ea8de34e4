/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: one module file into the kernel.
 * Plain files go in by descriptor, compressed ones are unpacked in memory that is bounded first.
 */
#ifndef DEV_MODFILE_H
#define DEV_MODFILE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct modfile_result {
	bool present;   /* the kernel had it already */
	uint64_t bytes; /* unpacked */
	uint64_t freed; /* bytes of the file that was unlinked */
};

/*
 * Loads PATH with PARAMS. When PATH is not there, the same file with another compression suffix, or
 * without, is taken. DROP: a loaded file in a ramfs or tmpfs is unlinked afterwards. Errors:
 * "init_module PATH: Unknown symbol in module (see the kernel log)" and the like.
 */
int must_check modfile_insert(const char *path, const char *params, bool drop, struct modfile_result *r,
			      struct err *e);

/*
 * The unpacked bytes of PATH in a new buffer that the caller frees, at most MAX and never more than
 * MODULE_BYTES_MAX.
 */
int must_check modfile_read(const char *path, size_t max, void **ret, size_t *len, struct err *e);

#endif
