/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec: the steps between which "auto" chooses.
 * Each costs more than the one before and packs better; nothing on it is beaten in both by another codec.
 */
#include "codec/ladder.h"

#include "codec/codec.h"

/*
 * `make bench-codec`, one CPU of an AMD EPYC, three sets of pages of crashed guests (level 31 of two dumps, level 0 of
 * one); MB/s and bytes out for each byte in:
 *   lzo     1020 0.434   737 0.472   791 0.522
 *   zstd -1  509 0.383   377 0.416   419 0.475
 *   zstd 1   316 0.352   239 0.376   268 0.434
 *   zstd 2   274 0.348   219 0.372   230 0.430
 * Not here: zstd below -1 and zlib at any level (198 0.357, 152 0.384, 159 0.440), which are slower than a step that
 * packs better; higher levels of zstd, which gain nothing on a page.
 */
const struct ladder_step codec_ladder[LADDER_STEPS] = {
	{ &codec_stored, 0, 0, 1000 },
	{ &codec_lzo, 1, 100, 476 },
	{ &codec_zstd, -1, 195, 425 },
	{ &codec_zstd, 1, 308, 387 },
	{ &codec_zstd, 2, 349, 383 },
};
