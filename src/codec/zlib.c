/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec: zlib streams, one for each page.
 * Any reader of zlib streams reads what is packed here; streams of any writer are read.
 */
#include "codec/adler.h"
#include "codec/codec.h"
#include "codec/deflate.h"
#include "codec/parts.h"

#include <endian.h>
#include <errno.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#define HEAD 2u /* CMF and FLG, RFC 1950 */
#define SUM  4u /* Adler-32, high byte first */

static size_t zlib_memory(int level, size_t page_size)
{
	(void)level;
	return deflate_memory(page_size);
}

static void *zlib_open(int level, size_t page_size)
{
	void *mem = page_size <= DEFLATE_PAGE_MAX ? malloc(deflate_memory(page_size)) : NULL;

	return mem ? deflate_init(mem, level, page_size) : NULL;
}

static size_t zlib_pack(void *state, const void *in, size_t n, void *out, size_t room)
{
	uint8_t *o = out;
	size_t len;
	uint32_t sum;

	if (n < 8 || room <= HEAD + SUM)
		return 0;
	len = deflate_page(state, in, n, o + HEAD, room - HEAD - SUM);
	if (!len || len + HEAD + SUM >= n)
		return 0;
	o[0] = 0x78; /* a window of 32 KiB */
	o[1] = 0x01;
	sum = htobe32(adler_sum(in, n));
	memcpy(o + HEAD + len, &sum, SUM);
	return HEAD + len + SUM;
}

const struct codec codec_zlib = {
	.name = "zlib",
	.flag = PAGE_ZLIB,
	.level_min = 1,
	.level_default = 1,
	.level_max = 9,
	.open = zlib_open,
	.pack = zlib_pack,
	.close = free,
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
