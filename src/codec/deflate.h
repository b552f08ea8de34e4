/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec: a packer of DEFLATE streams (RFC 1951) for inputs of one page.
 * One block for each page; tables that fit the first-level cache, and nothing kept from page to page.
 */
#ifndef CODEC_DEFLATE_H
#define CODEC_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

#define DEFLATE_PAGE_MAX 65536u

struct deflate;

/* Bytes of a state for pages of PAGE_SIZE bytes, at most DEFLATE_PAGE_MAX. */
size_t deflate_memory(size_t page_size);

/* Makes a state for LEVEL 1 (fast) to 9 (small) in the deflate_memory(PAGE_SIZE) bytes at MEM, aligned to 16. */
struct deflate *deflate_init(void *mem, int level, size_t page_size);

/*
 * Packs the N bytes (8 at least, the page size at most) at IN into a stream at OUT. Gives its length; 0 when it has
 * more than ROOM bytes.
 */
size_t deflate_page(struct deflate *s, const void *in, size_t n, void *out, size_t room);

#endif
