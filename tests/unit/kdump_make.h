/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: a kdump-compressed file in memory.
 * Pages [MAKE_FROM, MAKE_TO) of MAKE_PFNS existed; every third was left out; of the others those whose number
 * is 1 modulo 64 hold their number, packed in turn in all ways, all others share one page of zeros.
 */
#ifndef TESTS_KDUMP_MAKE_H
#define TESTS_KDUMP_MAKE_H

#include "codec/codec.h"
#include "vmcore/kdump.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MAKE_BLOCK 4096u
#define MAKE_PFNS  10007u /* no multiple of anything */
#define MAKE_FROM  17u
#define MAKE_TO    9001u
#define MAKE_ROOM  (2u << 20)
#define MAKE_TEXT  "OSRELEASE=6.1.0-made\nPAGESIZE=4096\nCRASHTIME=1763714400\n"

struct make {
	int version;
	bool split;
	uint64_t from, to;
	uint32_t status;
	bool one_bitmap;
	uint64_t table, data; /* out: offsets of the descriptors and of the page of zeros */
};

static inline bool make_kept(uint64_t pfn)
{
	return pfn >= MAKE_FROM && pfn < MAKE_TO && pfn % 3;
}

static inline bool make_zero(uint64_t pfn)
{
	return pfn % 64 != 1;
}

static inline void make_page(uint64_t pfn, uint8_t *page)
{
	memset(page, 0, MAKE_BLOCK);
	if (!make_zero(pfn))
		for (unsigned i = 0; i < MAKE_BLOCK; i += 64)
			memcpy(page + i, &pfn, sizeof(pfn));
}

static inline void make_put(uint8_t *at, uint64_t v, size_t n)
{
	memcpy(at, &v, n);
}

static inline void make_main(uint8_t *f, const struct make *m, uint64_t bitmap_blocks)
{
	static const char *const uts[6] = { "Linux", "made", "6.1.0-made", "#1 SMP", "x86_64", "(none)" };

	memcpy(f, KDUMP_SIGN, 8);
	make_put(f + 8, (uint64_t)m->version, 4);
	for (unsigned i = 0; i < 6; i++)
		memcpy(f + 12 + i * 65, uts[i], strlen(uts[i]));
	make_put(f + 408, 1763714400, 8);
	make_put(f + 424, m->status, 4);
	make_put(f + 428, MAKE_BLOCK, 4);
	make_put(f + 432, 1, 4);
	make_put(f + 436, bitmap_blocks, 4);
	make_put(f + 440, MAKE_PFNS, 4);
	make_put(f + 460, 2, 4);
}

/* The sub header and two notes behind it: registers of one CPU and vmcoreinfo. */
static inline void make_sub(uint8_t *f, const struct make *m)
{
	uint8_t *s = f + MAKE_BLOCK, *note = s + KDUMP_SUB;
	uint64_t at = MAKE_BLOCK + KDUMP_SUB, text = at + 20 + 336 + 24;

	make_put(s, 0x1000000, 8);
	make_put(s + 8, 31, 4);
	make_put(s + 12, m->split, 4);
	make_put(s + 16, m->from, 8);
	make_put(s + 24, m->to, 8);
	make_put(s + 32, text, 8);
	make_put(s + 40, sizeof(MAKE_TEXT) - 1, 8);
	make_put(s + 48, at, 8);
	make_put(s + 56, text - at + sizeof(MAKE_TEXT) - 1, 8);
	make_put(s + 80, m->from, 8);
	make_put(s + 88, m->to, 8);
	make_put(s + 96, MAKE_PFNS, 8);
	make_put(note, 5, 4);
	make_put(note + 4, 336, 4);
	make_put(note + 8, 1, 4);
	memcpy(note + 12, "CORE", 5);
	note += 20 + 336;
	make_put(note, 11, 4);
	make_put(note + 4, sizeof(MAKE_TEXT) - 1, 4);
	memcpy(note + 12, "VMCOREINFO", 11);
	memcpy(note + 24, MAKE_TEXT, sizeof(MAKE_TEXT) - 1);
}

/* Packs page PFN at TO; gives its bytes and *FLAG. */
static inline size_t make_pack(uint64_t pfn, uint8_t *to, uint32_t *flag)
{
	static const struct codec *const ways[] = { &codec_zlib, &codec_lzo, &codec_zstd };
	const struct codec *c = ways[pfn / 64 % 3];
	uint8_t page[MAKE_BLOCK];
	void *state = pfn / 64 % 7 ? c->open(c->level_default, MAKE_BLOCK) : NULL;
	size_t n = 0;

	make_page(pfn, page);
	if (state) {
		n = c->pack(state, page, sizeof(page), to, CODEC_ROOM(MAKE_BLOCK));
		c->close(state);
	}
	*flag = n ? c->flag : 0;
	if (n)
		return n;
	memcpy(to, page, sizeof(page));
	return sizeof(page);
}

/* Gives the file, MAKE_ROOM bytes of which *LEN are used; the caller frees it. */
static inline uint8_t *make_file(struct make *m, size_t *len)
{
	uint64_t bitmap_blocks = m->one_bitmap ? 1 : 2, at, desc;
	uint8_t *f = calloc(1, MAKE_ROOM);

	if (!f)
		exit(1);
	if (!m->split)
		m->to = MAKE_PFNS;
	make_main(f, m, bitmap_blocks);
	make_sub(f, m);
	m->table = desc = (2 + bitmap_blocks) * MAKE_BLOCK;
	m->data = m->table + MAKE_PFNS * KDUMP_DESC;
	at = m->data + MAKE_BLOCK;
	for (uint64_t p = MAKE_FROM; p < MAKE_TO; p++) {
		uint8_t *bits = f + 2 * MAKE_BLOCK + p / 8;
		uint32_t flag = 0;
		size_t n = MAKE_BLOCK;

		*bits |= (uint8_t)(!m->one_bitmap || make_kept(p) ? 1u << (p & 7) : 0);
		if (!make_kept(p))
			continue;
		if (!m->one_bitmap)
			bits[MAKE_BLOCK] |= (uint8_t)(1u << (p & 7));
		if (p < m->from || p >= m->to)
			continue;
		if (!make_zero(p))
			n = make_pack(p, f + at, &flag);
		make_put(f + desc, make_zero(p) ? m->data : at, 8);
		make_put(f + desc + 8, n, 4);
		make_put(f + desc + 12, flag, 4);
		at += make_zero(p) ? 0 : n;
		desc += KDUMP_DESC;
	}
	*len = at;
	return f;
}

#endif
