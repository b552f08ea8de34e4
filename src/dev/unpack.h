/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: compressed kernel modules in memory.
 * Hostile or huge input ends at a bound; every codec lives in a file of its own.
 */
#ifndef DEV_UNPACK_H
#define DEV_UNPACK_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* A growing result. `max` bounds `len`. */
struct unpack_out {
	unsigned char *buf;
	size_t len, room, max;
};

/*
 * Makes at least one free byte behind `len` in OUT. -EFBIG at the bound, -ENOMEM. The codecs call it
 * whenever their output is full.
 */
int must_check unpack_grow(struct unpack_out *out, struct err *e);

/*
 * Unpack all N bytes of IN behind OUT->len. Input that ends early or goes on behind its end is
 * -EBADMSG. A codec left out with CRASHBOX_NO_GZ, CRASHBOX_NO_XZ, CRASHBOX_NO_ZST gives -EOPNOTSUPP.
 */
int must_check unpack_gz(const void *in, size_t n, struct unpack_out *out, struct err *e);
int must_check unpack_xz(const void *in, size_t n, struct unpack_out *out, struct err *e);
int must_check unpack_zst(const void *in, size_t n, struct unpack_out *out, struct err *e);

/* True when the end of the file name PATH (.gz .xz .zst) says that it is compressed. */
bool unpack_wanted(const char *path);

/*
 * Unpacks IN by the suffix of PATH into a new buffer RET->buf of at most RET->max bytes, which the
 * caller frees. -EOPNOTSUPP when the suffix names no codec of this build. Untouched on failure.
 */
int must_check unpack(const char *path, const void *in, size_t n, struct unpack_out *ret, struct err *e);

#endif
