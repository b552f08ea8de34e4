/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec: what the files of this directory share.
 * Each library is called from one file; the unpacker of all of them lives in codec/reader.c.
 */
#ifndef CODEC_PARTS_H
#define CODEC_PARTS_H

#include <stddef.h>

/*
 * Unpackers of one library each: exactly PAGE_SIZE bytes from the N bytes at IN; 0 or -EINVAL. They read
 * nothing outside IN and write nothing outside OUT. An open gives NULL when memory is short.
 */
void *zlib_unpack_open(void);
int zlib_unpack(void *state, const void *in, size_t n, void *out, size_t page_size);
void zlib_unpack_close(void *state);

int lzo_unpack(const void *in, size_t n, void *out, size_t page_size);

void *zstd_unpack_open(void);
int zstd_unpack(void *state, const void *in, size_t n, void *out, size_t page_size);
void zstd_unpack_close(void *state);

#endif
