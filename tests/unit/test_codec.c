/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: packing and unpacking of pages.
 * What a codec packs comes back, fits the room it was given, and streams of other writers are read.
 */
#include "check.h"

#include "base/zero.h"
#include "codec/adler.h"
#include "codec/codec.h"
#include "codec/huffman.h"
#include "codec/ladder.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#define PAGE 4096u
#define BIG  65536u /* pages of arm64 */

static uint32_t next_random(uint32_t *s)
{
	*s = *s * 1664525u + 1013904223u;
	return *s >> 8;
}

#define KINDS 10

/* Contents as memory has them: zeros, text, tables of structures, pointers, noise and mixtures. */
static void fill(uint8_t *p, size_t n, unsigned kind, uint32_t seed)
{
	static const char words[] = "the kernel page of struct inode dentry super_block /usr/lib/x86_64-linux-gnu/ ";
	uint32_t s = seed * 77 + kind;

	memset(p, 0, n);
	for (size_t i = 0; i < n; i++) {
		uint32_t r = next_random(&s);

		switch (kind) {
		case 0: break;
		case 1: p[i] = (uint8_t)words[(i + r % 3 * (r % 50 == 0)) % (sizeof(words) - 1)]; break;
		case 2: p[i] = i % 64 < 8 ? (uint8_t)(i >> (i % 8)) : (uint8_t)(i % 64 == 20 ? r : 0); break;
		case 3:
			p[i] = (uint8_t)(i % 8 > 3 ? 0xff : i % 8 == 0 ? r
								       : i >> 9);
			break;
		case 4: p[i] = (uint8_t)r; break;
		case 5: p[i] = i < n / 2 ? (uint8_t)r : 0; break;
		case 6: p[i] = 0xcc; break;
		case 7: p[i] = i == n - 1; break;
		case 8: p[i] = (uint8_t)(r % 4); break;
		default: p[i] = (uint8_t)(i % (seed % 300 + 1)); break;
		}
	}
}

static void zeros(void)
{
	uint8_t *p = calloc(1, PAGE + 16);

	CHECK(page_is_zero(p, PAGE));
	CHECK(page_is_zero(p, 0));
	for (unsigned off = 0; off < 9; off++) {
		for (unsigned i = 0; i < 300; i++) {
			p[off + i] = 1;
			CHECK(!page_is_zero(p + off, 300));
			CHECK(page_is_zero(p + off, i));
			p[off + i] = 0;
		}
		CHECK(page_is_zero(p + off, PAGE));
	}
	free(p);
}

/* Packs IN with every amount of ROOM of interest: never beyond it, and what is given unpacks to IN. */
static void round_trip(const struct codec *c, void *state, void *reader, const uint8_t *in, size_t n)
{
	size_t rooms[] = { CODEC_ROOM(n), n, n - 1, 0, 0, 0, 1 };
	uint8_t *back = malloc(n);

	for (unsigned i = 0; i < 7; i++) {
		size_t room = rooms[i], len;
		uint8_t *out = malloc(room ? room : 1); /* exact: the sanitizer sees one byte more */

		len = c->pack(state, in, n, out, room);
		CHECK(len <= room && len < n);
		if (i == 0) {
			rooms[3] = len;
			rooms[4] = len ? len - 1 : 0;
			rooms[5] = len / 2;
		} else if (i == 4) {
			CHECK_INT(len, 0);
		}
		if (len) {
			memset(back, 0xa5, n);
			CHECK_INT(codec_unpack.page(reader, c->flag, out, len, back, n), 0);
			CHECK(memcmp(in, back, n) == 0);
			CHECK_INT(codec_unpack.page(reader, c->flag, out, len - 1, back, n), -EINVAL);
		}
		free(out);
	}
	free(back);
}

static void all_pages(const struct codec *c, int level, size_t n)
{
	void *state = c->open(level, n), *reader = codec_unpack.open();
	uint8_t *in = malloc(n);

	CHECK(state && reader);
	if (state && reader)
		for (unsigned i = 0; i < KINDS * (n == PAGE ? 20 : 2); i++) {
			fill(in, n, i % KINDS, i);
			round_trip(c, state, reader, in, n);
		}
	c->close(state);
	codec_unpack.close(reader);
	free(in);
}

static void every_codec(void)
{
	static const struct codec *const list[] = { &codec_stored, &codec_zlib, &codec_lzo, &codec_zstd };

	for (unsigned i = 0; i < 4; i++) {
		const struct codec *c = list[i];

		for (int level = c->level_min; level <= c->level_max; level++)
			all_pages(c, level, PAGE);
		all_pages(c, c->level_default, BIG);
		CHECK(codec_of_flag(c->flag) == c);
		CHECK_INT(codec_level(c, 1000), c->level_max);
		CHECK_INT(codec_level(c, -1000), c->level_min);
		/* What one thread needs beside the unpackers. */
		CHECK(c->memory(c->level_default, PAGE) <= 160 << 10);
	}
	CHECK(codec_find(CODEC_NONE) == &codec_stored);
	CHECK(codec_find(CODEC_ZLIB) == &codec_zlib);
	CHECK(codec_find(CODEC_LZO) == &codec_lzo);
	CHECK(codec_find(CODEC_ZSTD) == &codec_zstd);
	CHECK(!codec_find(CODEC_SNAPPY));
	CHECK(!codec_find(CODEC_AUTO));
	CHECK(!codec_of_flag(PAGE_SNAPPY));
}

/* The level decides what comes out, not what went through the state before. */
static void same_bytes(void)
{
	static const struct codec *const list[] = { &codec_zlib, &codec_zstd };
	uint8_t in[PAGE], a[PAGE], b[PAGE];

	for (unsigned i = 0; i < 2; i++) {
		void *state = list[i]->open(1, PAGE);
		size_t first, again;

		CHECK(state != NULL);
		fill(in, PAGE, 1, 7);
		first = list[i]->pack(state, in, PAGE, a, PAGE);
		CHECK(first > 0);
		fill(in, PAGE, 3, 9);
		list[i]->pack(state, in, PAGE, b, PAGE);
		fill(in, PAGE, 1, 7);
		again = list[i]->pack(state, in, PAGE, b, PAGE);
		CHECK_INT(first, again);
		CHECK(memcmp(a, b, first) == 0);
		list[i]->close(state);
	}
}

static void foreign_zlib(void)
{
	static const int strategy[] = { Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED };
	void *reader = codec_unpack.open();
	uint8_t in[PAGE], out[2 * PAGE], back[PAGE];

	CHECK(reader != NULL);
	for (unsigned i = 0; i < 4 * 7 * 10; i++) {
		z_stream z = { 0 };

		fill(in, PAGE, i % KINDS, i);
		CHECK_INT(deflateInit2(&z, (int)i % 10, Z_DEFLATED, 9 + (int)i % 7, 1 + (int)i % 9, strategy[i % 4]),
			  Z_OK);
		z.next_in = in;
		z.next_out = out;
		z.avail_out = sizeof(out);
		/* Several blocks: a flush between the halves. */
		z.avail_in = PAGE / 2;
		CHECK_INT(deflate(&z, i % 3 ? Z_NO_FLUSH : Z_FULL_FLUSH), Z_OK);
		z.avail_in += PAGE / 2;
		CHECK_INT(deflate(&z, Z_FINISH), Z_STREAM_END);
		CHECK_INT(codec_unpack.page(reader, PAGE_ZLIB, out, z.total_out, back, PAGE), 0);
		CHECK(memcmp(in, back, PAGE) == 0);
		CHECK_INT(codec_unpack.page(reader, PAGE_ZLIB, out, z.total_out, back, PAGE - 1), -EINVAL);
		out[z.total_out - 1] ^= 1;
		CHECK_INT(codec_unpack.page(reader, PAGE_ZLIB, out, z.total_out, back, PAGE), -EINVAL);
		deflateEnd(&z);
	}
	codec_unpack.close(reader);
}

/* Our checksum against zlib's: every length about a word and a run of words, and the largest sums. */
static void sums_as_zlib(void)
{
	uint8_t *in = malloc(65536);

	CHECK(in != NULL);
	for (unsigned kind = 0; kind < 3; kind++) {
		for (unsigned i = 0; i < 65536; i++)
			in[i] = kind == 0 ? 0xff : (uint8_t)(kind == 1 ? i * 2654435761u >> 24 : 0);
		for (size_t n = 0; n < 600; n++)
			CHECK_INT(adler_sum(in + n % 7, n), adler32(1, in + n % 7, (uInt)n));
		CHECK_INT(adler_sum(in, PAGE), adler32(1, in, PAGE));
		CHECK_INT(adler_sum(in, 65536), adler32(1, in, 65536));
	}
	free(in);
}

/* What zlib's own reader says about our streams. */
static void zlib_reads_ours(void)
{
	uint8_t in[PAGE], out[PAGE], back[PAGE];

	for (int level = 1; level <= 9; level++) {
		void *state = codec_zlib.open(level, PAGE);

		CHECK(state != NULL);
		for (unsigned i = 0; i < 300; i++) {
			size_t len;
			uLongf got = PAGE;

			fill(in, PAGE, i % KINDS, i);
			len = codec_zlib.pack(state, in, PAGE, out, PAGE);
			if (!len)
				continue;
			CHECK_INT(uncompress(back, &got, out, len), Z_OK);
			CHECK_INT(got, PAGE);
			CHECK(memcmp(in, back, PAGE) == 0);
		}
		codec_zlib.close(state);
	}
}

struct vector {
	const char *in;
	size_t n;
	const char *out;
	size_t len; /* 0: damaged */
};

#define V(in, out)                                       \
	{                                                \
		in, sizeof(in) - 1, out, sizeof(out) - 1 \
	}

static void snappy_vectors(void)
{
	static const struct vector list[] = {
		V("\x05\x10hello", "hello"),
		V("\x0a\x04"
		  "ab"
		  "\x11\x02",
		  "ababababab"), /* copy, offset of 11 bits, overlapping */
		V("\x06\x08"
		  "abc"
		  "\x0a\x03\x00",
		  "abcabc"), /* of 16 bits */
		V("\x06\x08"
		  "abc"
		  "\x0b\x03\x00\x00\x00",
		  "abcabc"),                 /* of 32 bits */
		V("\x03\xf0\x02xyz", "xyz"), /* lengths in one to four bytes more */
		V("\x03\xf4\x02\x00xyz", "xyz"),
		V("\x03\xf8\x02\x00\x00xyz", "xyz"),
		V("\x03\xfc\x02\x00\x00\x00xyz", "xyz"),
		V("\x83\x00\x08xyz", "xyz"), /* a long form of the length */
		{ "", 0, "", 0 },
		{ "\x05\x10hell", 6, "", 0 },      /* cut */
		{ "\x05\x10hello\x00", 8, "", 0 }, /* an element without its byte */
		{ "\x04\x10hello", 7, "", 0 },     /* more than it says */
		{ "\x06\x10hello", 7, "", 0 },     /* less */
		{ "\x0a\x04"
		  "ab"
		  "\x11\x03",
		  6, "", 0 }, /* before the start */
		{ "\x0a\x04"
		  "ab"
		  "\x11\x00",
		  6, "", 0 }, /* offset 0 */
		{ "\x0a\x04"
		  "ab"
		  "\x11",
		  5, "", 0 },
		{ "\x06\x08"
		  "abc"
		  "\x0b\x03\x00\x00\x80",
		  9, "", 0 },
		{ "\x03\xfc\xff\xff\xff\xffxyz", 9, "", 0 },
		{ "\xff\xff\xff\xff\xff\xff\x01"
		  "a",
		  8, "", 0 },
	};
	void *reader = codec_unpack.open();
	uint8_t back[64];

	CHECK(reader != NULL);
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		const struct vector *v = &list[i];
		size_t want = v->len ? v->len : v->n ? (uint8_t)v->in[0] & 63
						     : 1;
		uint8_t *exact = malloc(v->n + 1);
		int rc;

		memcpy(exact + 1, v->in, v->n);
		rc = codec_unpack.page(reader, PAGE_SNAPPY, exact + 1, v->n, back, want);
		CHECK_INT(rc, v->len ? 0 : -EINVAL);
		if (rc == 0)
			CHECK(memcmp(back, v->out, v->len) == 0);
		free(exact);
	}
	codec_unpack.close(reader);
}

static void wrong_flags(void)
{
	void *reader = codec_unpack.open();
	uint8_t in[PAGE] = { 1, 2, 3 }, back[PAGE];

	CHECK(reader != NULL);
	CHECK_INT(codec_unpack.page(reader, 0, in, PAGE, back, PAGE), 0);
	CHECK(memcmp(in, back, PAGE) == 0);
	CHECK_INT(codec_unpack.page(reader, 0, in, PAGE - 1, back, PAGE), -EINVAL);
	CHECK_INT(codec_unpack.page(reader, 8, in, PAGE, back, PAGE), -EINVAL);
	CHECK_INT(codec_unpack.page(reader, PAGE_ZLIB | PAGE_LZO, in, PAGE, back, PAGE), -EINVAL);
	codec_unpack.close(reader);
}

/* Codes that want to be deep: the limit holds, the code stays complete, the frequent are never longer. */
static void huffman_limits(void)
{
	static struct huffman_work w;
	uint32_t freq[32] = { 0 }, code[32];
	uint8_t len[32];

	for (unsigned used = 0; used <= 30; used++) {
		uint32_t a = 1, b = 1;

		for (unsigned i = 0; i < used; i++) {
			freq[i] = a;
			a = b;
			b += freq[i];
		}
		for (unsigned longest = 5; longest <= HUFFMAN_LONGEST; longest++) {
			uint32_t filled = 0;

			huffman_build(&w, freq, 32, longest, len, code);
			for (unsigned i = 0; i < 32; i++) {
				CHECK_INT(len[i] != 0, i < used);
				CHECK(len[i] <= longest);
				CHECK(!len[i] || (code[i] & 0xff) == len[i]);
				CHECK(!len[i] || code[i] >> 8 < 1u << len[i]);
				CHECK(i == 0 || i >= used || len[i] <= len[i - 1]);
				filled += len[i] ? (1u << longest) >> len[i] : 0;
			}
			CHECK_INT(filled, used == 0 ? 0 : used == 1 ? 1u << (longest - 1)
								    : 1u << longest);
		}
	}
	freq[0] = 5;
	freq[1] = 1;
	freq[2] = 1;
	freq[3] = 2;
	huffman_build(&w, freq, 4, 15, len, code);
	CHECK(len[0] == 1 && len[1] == 3 && len[2] == 3 && len[3] == 2);
	/* 0, 10, 110, 111, the first bit lowest */
	CHECK(code[0] >> 8 == 0 && code[3] >> 8 == 1 && code[1] >> 8 == 3 && code[2] >> 8 == 7);
}

/* Each step costs more than the one before and gives less. */
static void ladder_climbs(void)
{
	size_t before = 0;
	uint8_t in[PAGE], out[PAGE];

	CHECK(codec_ladder[0].codec == &codec_stored);
	for (unsigned k = 0; k < LADDER_STEPS; k++) {
		const struct ladder_step *l = &codec_ladder[k];
		void *state = l->codec->open(l->level, PAGE);
		size_t sum = 0;

		CHECK(state != NULL);
		CHECK_INT(codec_level(l->codec, l->level), l->level);
		CHECK(k == 0 || (l->cost > l[-1].cost && l->size < l[-1].size));
		for (unsigned i = 0; i < 300; i++) {
			size_t len;

			fill(in, PAGE, i % KINDS, i);
			len = l->codec->pack(state, in, PAGE, out, PAGE);
			sum += len ? len : PAGE;
		}
		CHECK(k == 0 || sum < before);
		before = sum;
		l->codec->close(state);
	}
}

int main(void)
{
	ladder_climbs();
	huffman_limits();
	zeros();
	every_codec();
	same_bytes();
	foreign_zlib();
	sums_as_zlib();
	zlib_reads_ours();
	snappy_vectors();
	wrong_flags();
	return check_done();
}
