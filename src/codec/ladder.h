/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec: the steps between which "auto" chooses.
 * Each costs more than the one before and packs better; nothing on it is beaten in both by another codec.
 */
#ifndef CODEC_LADDER_H
#define CODEC_LADDER_H

#include "iface/codec.h"

#define LADDER_STEPS 5

struct ladder_step {
	const struct codec *codec;
	int level;
	unsigned cost; /* CPU time, LZO's is 100: a start until it has been measured */
	unsigned size; /* bytes out for 1000 in, likewise */
};

/* From the fastest to the strongest; the first one stores. */
extern const struct ladder_step codec_ladder[LADDER_STEPS];

#endif
