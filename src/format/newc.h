/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: cpio archives in the "newc" form, written and read in memory.
 * The writer's bytes depend on its input alone; the reader takes hostile bytes.
 *
 * Layout: kernel Documentation/driver-api/early-userspace/buffer-format.rst (6.12): a header of
 * 110 bytes, ASCII hex fields, the name, the data, each padded to 4 bytes; "TRAILER!!!" ends it.
 */
#ifndef FORMAT_NEWC_H
#define FORMAT_NEWC_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define NEWC_PATH_MAX 4096 /* with its NUL; the kernel skips longer names (init/initramfs.c) */
#define NEWC_PAD      512  /* an archive ends on this boundary, so that archives can be joined */

struct newc_entry {
	const char *path;        /* as stored, NUL-terminated: "etc/kdump.conf" */
	uint32_t mode;           /* st_mode: type and permissions */
	uint32_t rmajor, rminor; /* of a device node, else 0 */
	const void *data;        /* contents of a file, target of a link (no NUL) */
	size_t len;
};

/* An archive being written; starts as { 0 }. */
struct newc_writer {
	uint8_t *buf; /* owned */
	size_t len, room;
	uint32_t ino; /* of the last entry */
};

/*
 * Appends one entry: owner 0:0, mtime 0, inode numbers in order of the calls. -ENAMETOOLONG for a
 * path that the kernel would skip, -EFBIG for 4 GiB of data and more, -ENOMEM.
 */
int must_check newc_put(struct newc_writer *w, const struct newc_entry *in, struct err *e);

/* Appends the trailer and pads to NEWC_PAD. w->buf then is the archive. */
int must_check newc_end(struct newc_writer *w, struct err *e);

void newc_free(struct newc_writer *w);

/*
 * Gives the entry at *POS of an archive of N bytes and moves *POS behind it; the entry points into
 * BUF. 1: an entry; 0: the trailer, *POS is behind it; -EBADMSG: not an archive, or cut off.
 */
int must_check newc_next(const uint8_t *buf, size_t n, size_t *pos, struct newc_entry *ret,
			 struct err *e);

#endif
