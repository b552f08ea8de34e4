/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: SHA-1 and HMAC-SHA1.
 * A few names in a file are hashed: small code matters, speed does not.
 */
#include "base/sha1.h"

#include "base/bytes.h"

#include <endian.h>
#include <string.h>

#define BLOCK 64

struct sha1 {
	uint32_t h[5];
	uint64_t n; /* bytes taken */
	uint8_t buf[BLOCK];
};

static uint32_t turn(uint32_t v, unsigned by)
{
	return v << by | v >> (32 - by);
}

/* FIPS 180-4, 6.1.2 */
static void block(struct sha1 *s)
{
	static const uint32_t constant[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
	uint32_t w[80], a = s->h[0], b = s->h[1], c = s->h[2], d = s->h[3], e = s->h[4];

	for (unsigned t = 0; t < 16; t++)
		w[t] = be32toh(get_u32(s->buf + 4 * t));
	for (unsigned t = 16; t < 80; t++)
		w[t] = turn(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
	for (unsigned t = 0; t < 80; t++) {
		uint32_t f, sum;

		if (t < 20)
			f = (b & c) ^ (~b & d);
		else if (t >= 40 && t < 60)
			f = (b & c) ^ (b & d) ^ (c & d);
		else
			f = b ^ c ^ d;
		sum = turn(a, 5) + f + e + constant[t / 20] + w[t];
		e = d;
		d = c;
		c = turn(b, 30);
		b = a;
		a = sum;
	}
	s->h[0] += a;
	s->h[1] += b;
	s->h[2] += c;
	s->h[3] += d;
	s->h[4] += e;
}

static void start(struct sha1 *s)
{
	*s = (struct sha1){ .h = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 } };
}

static void add(struct sha1 *s, const uint8_t *p, size_t n)
{
	while (n--) {
		s->buf[s->n++ % BLOCK] = *p++;
		if (s->n % BLOCK == 0)
			block(s);
	}
}

static void end(struct sha1 *s, uint8_t ret[SHA1_SIZE])
{
	static const uint8_t one = 0x80, zero = 0;
	uint64_t bits = htobe64(s->n * 8);
	uint8_t length[8];

	put_u64(length, bits);
	add(s, &one, 1);
	while (s->n % BLOCK != BLOCK - sizeof(length))
		add(s, &zero, 1);
	add(s, length, sizeof(length));
	for (unsigned i = 0; i < 5; i++)
		put_u32(ret + 4 * i, htobe32(s->h[i]));
}

void hmac_sha1(const void *key, size_t nkey, const void *p, size_t n, uint8_t ret[SHA1_SIZE])
{
	uint8_t pad[BLOCK] = { 0 };
	struct sha1 s;

	memcpy(pad, key, nkey < BLOCK ? nkey : BLOCK);
	for (unsigned i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36;
	start(&s);
	add(&s, pad, BLOCK);
	add(&s, p, n);
	end(&s, ret);
	for (unsigned i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	start(&s);
	add(&s, pad, BLOCK);
	add(&s, ret, SHA1_SIZE);
	end(&s, ret);
}
