/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec: the list of codecs, and the one that stores.
 */
#include "codec/codec.h"

static char no_state;

static void *stored_open(int level, size_t page_size)
{
	(void)level;
	(void)page_size;
	return &no_state;
}

static size_t stored_pack(void *state, const void *in, size_t n, void *out, size_t room)
{
	(void)state;
	(void)in;
	(void)n;
	(void)out;
	(void)room;
	return 0;
}

static void stored_close(void *state)
{
	(void)state;
}

static size_t stored_memory(int level, size_t page_size)
{
	(void)level;
	(void)page_size;
	return 0;
}

const struct codec codec_stored = {
	.name = "stored",
	.open = stored_open,
	.pack = stored_pack,
	.close = stored_close,
	.memory = stored_memory,
};

const struct codec *codec_find(enum plan_codec c)
{
	switch (c) {
	case CODEC_NONE: return &codec_stored;
	case CODEC_ZLIB: return &codec_zlib;
	case CODEC_LZO: return &codec_lzo;
	case CODEC_ZSTD: return &codec_zstd;
	case CODEC_SNAPPY:
	case CODEC_AUTO: break;
	}
	return NULL;
}

const struct codec *codec_of_flag(uint32_t flag)
{
	switch (flag) {
	case 0: return &codec_stored;
	case PAGE_ZLIB: return &codec_zlib;
	case PAGE_LZO: return &codec_lzo;
	case PAGE_ZSTD: return &codec_zstd;
	default: return NULL;
	}
}

int codec_level(const struct codec *c, int level)
{
	if (level < c->level_min)
		return c->level_min;
	return level > c->level_max ? c->level_max : level;
}
