/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec: zstd, one frame for each page.
 * The parameters are those for inputs of one page; the frame carries its length and no checksum.
 */
#include "codec/codec.h"
#include "codec/parts.h"

#include <errno.h>
#include <stdlib.h>
#define ZSTD_STATIC_LINKING_ONLY /* contexts in memory of our own: nothing is allocated later */
#include <zstd.h>

/*
 * Below 0 literals stay as they are; level 1 looks for matches of four bytes in one table, which on pages gives
 * less than the five bytes of zstd's own choice and costs as much; from level 2 on there is a second table, of long
 * matches. The slower ways of zstd, not in our build of it, gain 0.5 % on a page. Tables of 2^12 entries hold every
 * place of a page of 4 KiB; larger ones only cost their reset.
 */
static ZSTD_compressionParameters parameters(int level, size_t page_size)
{
	unsigned most = page_size <= 4096 ? 12 : 14;
	ZSTD_compressionParameters p = ZSTD_getCParams(level ? level : 1, page_size, 0);

	if (level >= 0)
		p = (ZSTD_compressionParameters){ .windowLog = p.windowLog,
						  .hashLog = most,
						  .chainLog = most - 1,
						  .searchLog = 1,
						  .minMatch = 4,
						  .strategy = level < 2 ? ZSTD_fast : ZSTD_dfast };
	if (p.hashLog > most)
		p.hashLog = most;
	return p;
}

static size_t zstd_memory(int level, size_t page_size)
{
	return ZSTD_estimateCCtxSize_usingCParams(parameters(level, page_size));
}

static int configure(ZSTD_CCtx *c, int level, ZSTD_compressionParameters p)
{
	const struct {
		ZSTD_cParameter name;
		int value;
	} set[] = {
		{ ZSTD_c_compressionLevel, level ? level : 1 },
		{ ZSTD_c_windowLog, (int)p.windowLog },
		{ ZSTD_c_hashLog, (int)p.hashLog },
		{ ZSTD_c_chainLog, (int)p.chainLog },
		{ ZSTD_c_searchLog, (int)p.searchLog },
		{ ZSTD_c_minMatch, (int)p.minMatch },
		{ ZSTD_c_targetLength, (int)p.targetLength },
		{ ZSTD_c_strategy, (int)p.strategy },
		{ ZSTD_c_contentSizeFlag, 1 },
		{ ZSTD_c_checksumFlag, 0 },
		{ ZSTD_c_dictIDFlag, 0 },
	};

	for (size_t i = 0; i < sizeof(set) / sizeof(set[0]); i++)
		if (ZSTD_isError(ZSTD_CCtx_setParameter(c, set[i].name, set[i].value)))
			return -EINVAL;
	return 0;
}

static void *zstd_open(int level, size_t page_size)
{
	size_t size = zstd_memory(level, page_size);
	void *room = malloc(size);
	/* The context lies at the start of its memory. */
	ZSTD_CCtx *c = room ? ZSTD_initStaticCCtx(room, size) : NULL;

	if (c && configure(c, level, parameters(level, page_size)) == 0)
		return c;
	free(room);
	return NULL;
}

static size_t zstd_pack(void *state, const void *in, size_t n, void *out, size_t room)
{
	size_t len = ZSTD_compress2(state, out, room, in, n);

	return ZSTD_isError(len) || len >= n ? 0 : len;
}

const struct codec codec_zstd = {
	.name = "zstd",
	.flag = PAGE_ZSTD,
	.level_min = -7,
	.level_default = 1,
	.level_max = 19,
	.open = zstd_open,
	.pack = zstd_pack,
	.close = free,
	.memory = zstd_memory,
};

void *zstd_unpack_open(void)
{
	size_t size = ZSTD_estimateDCtxSize();
	void *room = malloc(size);

	if (room && ZSTD_initStaticDCtx(room, size))
		return room;
	free(room);
	return NULL;
}

int zstd_unpack(void *state, const void *in, size_t n, void *out, size_t page_size)
{
	return ZSTD_decompressDCtx(state, out, page_size, in, n) == page_size ? 0 : -EINVAL;
}

void zstd_unpack_close(void *state)
{
	free(state);
}
