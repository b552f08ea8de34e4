/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec: the ways to pack a page, and to unpack it.
 * A packed page is always smaller than the page; what does not get smaller is stored.
 */
#ifndef CODEC_CODEC_H
#define CODEC_CODEC_H

#include "iface/codec.h"
#include "iface/plan.h"

/*
 * A buffer of this many bytes takes every packed page without a detour. pack() works with less room, down to
 * nothing, but then LZO packs into a buffer of its own first.
 */
#define CODEC_ROOM(page_size) ((page_size) + (page_size) / 16 + 67)

/* The codec that C asks for. NULL: there is none that writes it (snappy; "auto" is a ladder, see codec/ladder.h). */
const struct codec *codec_find(enum plan_codec c);

/* The codec that packs pages marked FLAG (page_desc.flags; 0: stored). NULL: none. */
const struct codec *codec_of_flag(uint32_t flag);

/* LEVEL brought into the range that C knows. */
int codec_level(const struct codec *c, int level);

extern const struct codec codec_stored, codec_zlib, codec_lzo, codec_zstd;

/* Reads every way of packing above, snappy too. FLAG 0 copies a stored page, whose N must be the page size. */
extern const struct unpack_ops codec_unpack;

#endif
