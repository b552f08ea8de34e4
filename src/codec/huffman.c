/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec: Huffman codes of limited length.
 * The code is canonical and complete, as RFC 1951 wants it; the same counts give the same code.
 */
#include "codec/huffman.h"

#include <string.h>

#define SYMBOL_BITS 9
#define SYMBOL_MASK ((1u << SYMBOL_BITS) - 1)
#define DIGIT_BITS  6
#define DIGITS      (1u << DIGIT_BITS)

/* The symbols that occur, rarest first, in *RET (part of W). Gives their number. */
static unsigned sort(struct huffman_work *w, const uint32_t *freq, unsigned n, uint32_t **ret)
{
	uint32_t *from = w->key[0], *to = w->key[1], most = 0;
	unsigned used = 0;

	for (unsigned i = 0; i < n; i++) {
		from[used] = freq[i] << SYMBOL_BITS | i;
		used += freq[i] != 0;
		most |= freq[i];
	}
	for (unsigned shift = SYMBOL_BITS; most; shift += DIGIT_BITS, most >>= DIGIT_BITS) {
		uint16_t start[DIGITS + 1] = { 0 };
		uint32_t *swap = from;

		for (unsigned i = 0; i < used; i++)
			start[(from[i] >> shift & (DIGITS - 1)) + 1]++;
		for (unsigned i = 1; i < DIGITS; i++)
			start[i] = (uint16_t)(start[i] + start[i - 1]);
		for (unsigned i = 0; i < used; i++)
			to[start[from[i] >> shift & (DIGITS - 1)]++] = from[i];
		from = to;
		to = swap;
	}
	*ret = from;
	return used;
}

/*
 * COUNT[d]: how many of the N (two or more) leaves lie D deep in the tree that joins the two rarest first. Gives
 * the largest D.
 */
static unsigned depths(struct huffman_work *w, const uint32_t *key, unsigned n, uint16_t *count)
{
	unsigned leaf = 0, node = 0, nodes = n - 1;

	for (unsigned i = 0; i < nodes; i++) {
		uint32_t sum = 0;

		for (unsigned k = 0; k < 2; k++) {
			if (leaf < n && (node == i || key[leaf] >> SYMBOL_BITS <= w->sum[node])) {
				sum += key[leaf] >> SYMBOL_BITS;
				w->leaf_up[leaf++] = (uint16_t)i;
			} else {
				sum += w->sum[node];
				w->node_up[node++] = (uint16_t)i;
			}
		}
		w->sum[i] = sum;
	}
	w->depth[nodes - 1] = 0;
	for (unsigned i = nodes - 1; i-- > 0;)
		w->depth[i] = (uint8_t)(w->depth[w->node_up[i]] + 1);
	for (unsigned i = 0; i < n; i++)
		count[w->depth[w->leaf_up[i]] + 1]++;
	return w->depth[w->leaf_up[0]] + 1;
}

/*
 * Brings codewords longer than LONGEST up to it. That overfills the code; each step then makes room for one of
 * them by lengthening the longest codeword that is shorter.
 */
static void shorten(uint16_t *count, unsigned most, unsigned longest)
{
	uint32_t filled = 0;

	for (unsigned d = longest + 1; d <= most; d++) {
		count[longest] = (uint16_t)(count[longest] + count[d]);
		count[d] = 0;
	}
	for (unsigned d = 1; d <= longest; d++)
		filled += (uint32_t)count[d] << (longest - d);
	for (; filled > 1u << longest; filled--) {
		unsigned d = longest - 1;

		while (!count[d])
			d--;
		count[d]--;
		count[d + 1] = (uint16_t)(count[d + 1] + 2);
		count[longest]--;
	}
}

static uint32_t reverse(uint32_t v, unsigned bits)
{
	v = (v & 0x5555) << 1 | (v >> 1 & 0x5555);
	v = (v & 0x3333) << 2 | (v >> 2 & 0x3333);
	v = (v & 0x0f0f) << 4 | (v >> 4 & 0x0f0f);
	v = (v & 0x00ff) << 8 | (v >> 8 & 0x00ff);
	return v >> (16 - bits);
}

/* Codewords of one length follow each other in the order of the symbols, after those of the length below. */
static void assign(const uint16_t *count, unsigned longest, const uint8_t *len, unsigned n, uint32_t *code)
{
	uint32_t next[HUFFMAN_LONGEST + 2] = { 0 };

	for (unsigned d = 1; d <= longest; d++)
		next[d + 1] = (next[d] + count[d]) << 1;
	for (unsigned i = 0; i < n; i++)
		if (len[i])
			code[i] = reverse(next[len[i]]++, len[i]) << 8 | len[i];
}

void huffman_build(struct huffman_work *w, const uint32_t *freq, unsigned n, unsigned longest, uint8_t *len,
		   uint32_t *code)
{
	uint16_t count[HUFFMAN_SYMBOLS + 1] = { 0 };
	uint32_t *key;
	unsigned used = sort(w, freq, n, &key), at = 0;

	memset(len, 0, n);
	if (used > 1) {
		shorten(count, depths(w, key, used, count), longest);
	} else {
		count[1] = (uint16_t)used;
	}
	for (unsigned d = longest; d > 0; d--)
		for (unsigned i = 0; i < count[d]; i++)
			len[key[at++] & SYMBOL_MASK] = (uint8_t)d;
	assign(count, longest, len, n, code);
}
