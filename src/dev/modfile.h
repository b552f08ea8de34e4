/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: one module file into the kernel.
 * Plain files go in by descriptor, compressed ones are unpacked in memory that is bounded first.
 */
#ifndef DEV_MODFILE_H
#define DEV_MODFILE_H

#include "base/err.h"

#include <limits.h>
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
 * without, is taken. DROP: the file lies in our own image: its signature is only looked at when the kernel
 * insists, and once loaded it is unlinked if it lies in a ramfs or tmpfs. Errors:
 * "init_module PATH: Unknown symbol in module (see the kernel log)" and the like.
 */
int must_check modfile_insert(const char *path, const char *params, bool drop, struct modfile_result *r,
			      struct err *e);

/*
 * True when the file PATH is there, or the same file with another compression suffix or without. Its name is in FOUND
 * then, else FOUND is PATH.
 */
bool modfile_find(const char *path, char found[PATH_MAX]);

/*
 * How many of the N bytes of a module file at P are not its signature: struct module_signature of
 * include/linux/module_signature.h and its marker stand at the end (v6.1). Pure.
 */
size_t modfile_unsigned(const void *p, size_t n);

/*
 * The unpacked bytes of PATH in a new buffer that the caller frees, at most MAX and never more than
 * MODULE_BYTES_MAX.
 */
int must_check modfile_read(const char *path, size_t max, void **ret, size_t *len, struct err *e);

#endif
