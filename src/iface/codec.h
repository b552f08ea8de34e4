/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iface: one page, packed and unpacked.
 * src/codec gives the codecs; the dump pipeline packs with them, readers of dumps unpack.
 */
#ifndef IFACE_CODEC_H
#define IFACE_CODEC_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* page_desc.flags of the kdump-compressed format, version 6: how a page is stored. */
#define PAGE_ZLIB   0x1u
#define PAGE_LZO    0x2u
#define PAGE_SNAPPY 0x4u
#define PAGE_ZSTD   0x20u
#define PAGE_PACKED (PAGE_ZLIB | PAGE_LZO | PAGE_SNAPPY | PAGE_ZSTD)

/* A way to pack pages. A state belongs to one thread and is made before the first page. */
struct codec {
	const char *name; /* "zlib" */
	uint32_t flag;    /* PAGE_ZLIB …; 0: stored */
	int level_min, level_default, level_max;
	/* State for LEVEL and pages of PAGE_SIZE bytes; NULL when memory is short. */
	void *(*open)(int level, size_t page_size);
	/* Bytes written to OUT, at most ROOM; 0: it does not fit, the page is to be stored. */
	size_t (*pack)(void *state, const void *in, size_t n, void *out, size_t room);
	void (*close)(void *state);
	/* Bytes of memory that open() takes. */
	size_t (*memory)(int level, size_t page_size);
};

/* All unpackers behind one state, which belongs to one thread. */
struct unpack_ops {
	/* NULL when memory is short. */
	void *(*open)(void);
	/*
	 * One page of exactly PAGE_SIZE bytes from the N bytes at IN, packed as FLAG (page_desc.flags) says.
	 * 0; -EINVAL when the bytes are damaged or FLAG is unknown (OUT is then undefined).
	 */
	int (*page)(void *state, uint32_t flag, const void *in, size_t n, void *out, size_t page_size);
	void (*close)(void *state);
};

#endif
