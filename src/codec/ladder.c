/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec: the steps between which "auto" chooses.
 * Each costs more than the one before and packs better; nothing on it is beaten in both by another codec.
 */
#include "codec/ladder.h"

#include "codec/codec.h"

/*
 * Means over the pages of level 31 of two dumps and of level 0 of one (`make bench-codec`): MB/s on one CPU of an
 * AMD EPYC, bytes out. What was left out: zstd below -1 and zlib at any level, which are slower than a step that
 * packs better; higher levels of zstd, which on a page gain nothing.
 */
const struct ladder_step codec_ladder[LADDER_STEPS] = {
	{ &codec_stored, 0, 0, 1000 },
	{ &codec_lzo, 1, 100, 476 },
	{ &codec_zstd, -1, 185, 425 },
	{ &codec_zstd, 1, 305, 387 },
	{ &codec_zstd, 2, 355, 383 },
};
