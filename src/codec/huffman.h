/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec: Huffman codes of limited length.
 * The code is canonical and complete, as RFC 1951 wants it; the same counts give the same code.
 */
#ifndef CODEC_HUFFMAN_H
#define CODEC_HUFFMAN_H

#include <stdint.h>

#define HUFFMAN_SYMBOLS 288u
#define HUFFMAN_LONGEST 15u

/* Memory that huffman_build() works in; its content before and after does not matter. */
struct huffman_work {
	uint32_t key[2][HUFFMAN_SYMBOLS]; /* count << 9 | symbol */
	uint32_t sum[HUFFMAN_SYMBOLS];    /* of inner nodes */
	uint16_t leaf_up[HUFFMAN_SYMBOLS], node_up[HUFFMAN_SYMBOLS];
	uint8_t depth[HUFFMAN_SYMBOLS];
};

/*
 * Makes a code for N (at most HUFFMAN_SYMBOLS) symbols that occur FREQ times each (at most 2^22), with codewords
 * of at most LONGEST bits. LEN[i] is 0 for symbols that do not occur; a symbol that is alone gets one bit. CODE[i]
 * is (codeword, first bit lowest) << 8 | length.
 */
void huffman_build(struct huffman_work *w, const uint32_t *freq, unsigned n, unsigned longest, uint8_t *len,
		   uint32_t *code);

#endif
