/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec: zlib streams, one for each page.
 * Any reader of zlib streams reads what is packed here; streams of any writer are read.
 */
#include "codec/codec.h"
#include "codec/parts.h"

#include <errno.h>
#include <libdeflate.h>
#include <stdlib.h>

static size_t zlib_memory(int level, size_t page_size)
{
	(void)level;
	(void)page_size;
	return (size_t)1 << 20;
}

static void *zlib_open(int level, size_t page_size)
{
	(void)page_size;
	return libdeflate_alloc_compressor(level);
}

static size_t zlib_pack(void *state, const void *in, size_t n, void *out, size_t room)
{
	return libdeflate_zlib_compress(state, in, n, out, room < n ? room : n - 1);
}

static void zlib_close(void *state)
{
	if (state)
		libdeflate_free_compressor(state);
}

const struct codec codec_zlib = {
	.name = "zlib",
	.flag = PAGE_ZLIB,
	.level_min = 1,
	.level_default = 1,
	.level_max = 9,
	.open = zlib_open,
	.pack = zlib_pack,
	.close = zlib_close,
	.memory = zlib_memory,
};

void *zlib_unpack_open(void)
{
	return libdeflate_alloc_decompressor();
}

int zlib_unpack(void *state, const void *in, size_t n, void *out, size_t page_size)
{
	/* Without a place for the length it has to be the page size. */
	return libdeflate_zlib_decompress(state, in, n, out, page_size, NULL) == LIBDEFLATE_SUCCESS ? 0 : -EINVAL;
}

void zlib_unpack_close(void *state)
{
	if (state)
		libdeflate_free_decompressor(state);
}
