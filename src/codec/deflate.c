/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec: a packer of DEFLATE streams (RFC 1951) for inputs of one page.
 * One block for each page; tables that fit the first-level cache, and nothing kept from page to page.
 */
#include "codec/deflate.h"

#include "base/bytes.h"
#include "codec/huffman.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

/* RFC 1951, section 3.2.5 to 3.2.7. */
#define LITLENS      286u
#define DISTS        30u
#define END_OF_BLOCK 256u
#define LENGTHS_AT   257u
#define MATCH_MIN    3u
#define MATCH_MAX    258u
#define DIST_MAX     32768u
#define PRECODES     19u
#define PRE_LONGEST  7u

/* Not the 15 that are allowed: four literals then fit 64 bits, and a page is too short to tell. */
#define LONGEST 13u

#define HEAD_BITS  12   /* places by hash of four bytes, the last two of each */
#define HEAD3_BITS 10   /* of three bytes, the last one */
#define NEAR       256u /* a match of three bytes pays if it is no farther */
#define SKIP_SHIFT 6    /* the longer nothing is found, the fewer places are tried */
#define TAIL       4u   /* bytes that a search reads */

/* Literals, and then a match. */
struct step {
	uint32_t literals : 17, length : 9;                 /* length 0: no match, the end */
	uint32_t dist : 15, length_slot : 5, dist_slot : 5; /* dist is the distance - 1 */
};

struct match {
	unsigned length, dist; /* length 0: none */
};

struct deflate {
	size_t page_size;
	unsigned lazy;                  /* a match shorter than this may give way to one that starts a byte later */
	unsigned stride;                /* of the places within a match that are remembered */
	unsigned nice;                  /* a match this long is not compared with another */
	uint32_t head[1u << HEAD_BITS]; /* the last place, and above it the one before */
	uint16_t head3[1u << HEAD3_BITS];
	uint32_t lit_freq[LITLENS], dist_freq[DISTS], pre_freq[PRECODES];
	uint32_t lit_code[LITLENS], dist_code[DISTS], pre_code[PRECODES];
	uint8_t len[LITLENS + DISTS]; /* of codewords: literals and lengths; behind the last of them, distances */
	uint8_t dist_len[DISTS], pre_len[PRECODES];
	uint8_t pre[LITLENS + DISTS], pre_arg[LITLENS + DISTS]; /* the lengths as symbols of the third code */
	unsigned npre, hlit, hdist, hclen;
	struct huffman_work work;
	unsigned nstep;
	struct step step[]; /* and behind them page_size + 8 bytes for callers with less room */
};

static size_t steps_max(size_t page_size)
{
	return page_size / MATCH_MIN + 2;
}

size_t deflate_memory(size_t page_size)
{
	return sizeof(struct deflate) + steps_max(page_size) * sizeof(struct step) + page_size + 8;
}

struct deflate *deflate_init(void *mem, int level, size_t page_size)
{
	struct deflate *s = mem;

	s->page_size = page_size;
	s->lazy = level < 2 ? 0 : level < 6 ? 16
					    : MATCH_MAX;
	s->stride = level < 2 ? 2 : 1;
	s->nice = level < 6 ? 32 : MATCH_MAX;
	return s;
}

static inline unsigned top_bit(uint32_t v)
{
	return 31 - (unsigned)__builtin_clz(v);
}

/* Which of the length codes LENGTH has, from 0. */
static inline unsigned length_slot(unsigned length)
{
	unsigned l = length - MATCH_MIN, top;

	if (l < 8)
		return l;
	if (length == MATCH_MAX)
		return 28;
	top = top_bit(l);
	return 4 * (top - 1) + (l >> (top - 2) & 3);
}

static inline unsigned length_extra(unsigned slot)
{
	return slot < 8 || slot == 28 ? 0 : slot / 4 - 1;
}

/* Which of the distance codes the distance D + 1 has. */
static inline unsigned dist_slot(unsigned d)
{
	unsigned top;

	if (d < 2)
		return d;
	top = top_bit(d);
	return 2 * top + (d >> (top - 1) & 1);
}

static inline unsigned dist_extra(unsigned slot)
{
	return slot < 4 ? 0 : slot / 2 - 1;
}

static inline uint32_t hash(uint32_t v, unsigned bits)
{
	return v * 0x9e3779b1u >> (32 - bits);
}

/* How many bytes at A and B are the same, at most MOST; the first four are. */
static inline unsigned same(const uint8_t *a, const uint8_t *b, unsigned most)
{
	unsigned i = 4;

	for (; i + 8 <= most; i += 8) {
		uint64_t x = get_u64(a + i) ^ get_u64(b + i);

		if (x)
			return i + ((unsigned)__builtin_ctzll(x) >> 3);
	}
	while (i < most && a[i] == b[i])
		i++;
	return i;
}

/* True when a match with the place CAND has four bytes or more. */
static inline bool fits(const uint8_t *in, unsigned cand, unsigned at, uint32_t v)
{
	return get_u32(in + cand) == v && at - cand <= DIST_MAX;
}

/*
 * The best match for the place AT, which is remembered. Tables that are still zero name place 0, which is as good
 * a candidate as any: AT is never 0, and what is found is compared.
 */
static inline struct match search(struct deflate *s, const uint8_t *in, unsigned at, unsigned n)
{
	unsigned most = n - at < MATCH_MAX ? n - at : MATCH_MAX, c0, c1, c3, length;
	uint32_t v = get_u32(in + at);
	uint32_t *h = &s->head[hash(v, HEAD_BITS)];
	uint16_t *h3 = &s->head3[hash(v << 8, HEAD3_BITS)];
	struct match m = { 0, 0 };

	c0 = *h & 0xffff;
	c1 = *h >> 16;
	c3 = *h3;
	*h = *h << 16 | at;
	*h3 = (uint16_t)at;
	if (fits(in, c0, at, v)) {
		m.length = same(in + c0, in + at, most);
		m.dist = at - c0;
		if (m.length >= s->nice)
			return m;
	}
	if (fits(in, c1, at, v)) {
		length = same(in + c1, in + at, most);
		if (length > m.length)
			m = (struct match){ length, at - c1 };
	}
	if (!m.length && at - c3 <= NEAR && ((get_u32(in + c3) ^ v) << 8) == 0)
		m = (struct match){ 3, at - c3 };
	return m;
}

/* The literals from FROM to AT, and the match M behind them. */
static inline void put_step(struct deflate *s, const uint8_t *from, const uint8_t *at, struct match m)
{
	struct step t = { .literals = (uint32_t)(at - from), .length = m.length };

	for (; from < at; from++)
		s->lit_freq[*from]++;
	if (m.length) {
		t.dist = m.dist - 1;
		t.length_slot = length_slot(m.length);
		t.dist_slot = dist_slot(m.dist - 1);
		s->lit_freq[LENGTHS_AT + t.length_slot]++;
		s->dist_freq[t.dist_slot]++;
	}
	s->step[s->nstep++] = t;
}

static inline void remember(struct deflate *s, const uint8_t *in, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i += s->stride) {
		uint32_t *h = &s->head[hash(get_u32(in + i), HEAD_BITS)];

		*h = *h << 16 | i;
	}
}

/* Cuts the page into literals and matches, and counts them. */
static void find_steps(struct deflate *s, const uint8_t *in, unsigned n)
{
	unsigned from = 0, at = 1;

	memset(s->head, 0, sizeof(s->head));
	memset(s->head3, 0, sizeof(s->head3));
	memset(s->lit_freq, 0, sizeof(s->lit_freq));
	memset(s->dist_freq, 0, sizeof(s->dist_freq));
	s->nstep = 0;
	while (at + TAIL <= n) {
		struct match m = search(s, in, at, n), next;

		if (!m.length) {
			at += 1 + ((at - from) >> SKIP_SHIFT);
			continue;
		}
		for (; m.length < s->lazy && at + 1 + TAIL <= n; m = next, at++) {
			next = search(s, in, at + 1, n);
			if (next.length <= m.length)
				break;
		}
		put_step(s, in + from, in + at, m);
		from = at + m.length;
		remember(s, in, at + 1, from + 4 <= n ? from : n - 4);
		at = from;
	}
	put_step(s, in + from, in + n, (struct match){ 0, 0 });
	s->lit_freq[END_OF_BLOCK] = 1;
}

/*
 * True when packing hardly pays: nearly all literals, all about as frequent. The probability that two literals are
 * the same bounds their entropy from below; 1 in 210 is 7.7 bits.
 */
static bool is_noise(const struct deflate *s, unsigned n)
{
	uint64_t literals = 0, pairs = 0;

	for (unsigned i = 0; i < END_OF_BLOCK; i++) {
		literals += s->lit_freq[i];
		pairs += (uint64_t)s->lit_freq[i] * s->lit_freq[i];
	}
	return literals >= n - n / 64 && pairs * 210 < literals * literals;
}

static inline void put_pre(struct deflate *s, unsigned symbol, unsigned arg)
{
	s->pre[s->npre] = (uint8_t)symbol;
	s->pre_arg[s->npre++] = (uint8_t)arg;
	s->pre_freq[symbol]++;
}

/* RUN times the length LEN: symbols 17 and 18 repeat 0, symbol 16 repeats what was before. */
static void put_run(struct deflate *s, unsigned len, unsigned run)
{
	unsigned k;

	for (; len == 0 && run >= 3; run -= k) {
		k = run < 138 ? run : 138;
		put_pre(s, k < 11 ? 17 : 18, k < 11 ? k - 3 : k - 11);
	}
	if (run) {
		put_pre(s, len, 0);
		run--;
	}
	for (; run >= 3; run -= k) {
		k = run < 6 ? run : 6;
		put_pre(s, 16, k - 3);
	}
	for (; run; run--)
		put_pre(s, len, 0);
}

static const uint8_t pre_order[PRECODES] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };
static const uint8_t pre_extra[PRECODES] = { [16] = 2, [17] = 3, [18] = 7 };

/* Makes the header of the block, which tells the codes. Gives its bits. */
static unsigned make_header(struct deflate *s)
{
	unsigned total, bits = 3 + 5 + 5 + 4;

	for (s->hlit = LITLENS; s->hlit > LENGTHS_AT && !s->len[s->hlit - 1];)
		s->hlit--;
	for (s->hdist = DISTS; s->hdist > 1 && !s->dist_len[s->hdist - 1];)
		s->hdist--;
	memcpy(s->len + s->hlit, s->dist_len, s->hdist);
	total = s->hlit + s->hdist;
	memset(s->pre_freq, 0, sizeof(s->pre_freq));
	s->npre = 0;
	for (unsigned i = 0, k; i < total; i = k) {
		for (k = i + 1; k < total && s->len[k] == s->len[i];)
			k++;
		put_run(s, s->len[i], k - i);
	}
	huffman_build(&s->work, s->pre_freq, PRECODES, PRE_LONGEST, s->pre_len, s->pre_code);
	for (s->hclen = PRECODES; s->hclen > 4 && !s->pre_len[pre_order[s->hclen - 1]];)
		s->hclen--;
	bits += 3 * s->hclen;
	for (unsigned i = 0; i < PRECODES; i++)
		bits += s->pre_freq[i] * (s->pre_len[i] + pre_extra[i]);
	return bits;
}

/* Bits of the block without its header. */
static unsigned body_bits(const struct deflate *s)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < LITLENS; i++)
		bits += s->lit_freq[i] * s->len[i];
	for (unsigned i = LENGTHS_AT; i < LITLENS; i++)
		bits += s->lit_freq[i] * length_extra(i - LENGTHS_AT);
	for (unsigned i = 0; i < DISTS; i++)
		bits += s->dist_freq[i] * (s->dist_len[i] + dist_extra(i));
	return bits;
}

struct bits {
	uint64_t v;
	unsigned n;
	uint8_t *out;
};

static inline void put_bits(struct bits *b, uint32_t v, unsigned n)
{
	b->v |= (uint64_t)v << b->n;
	b->n += n;
}

static inline void put_code(struct bits *b, uint32_t code)
{
	put_bits(b, code >> 8, code & 0xff);
}

/* Leaves fewer than 8 bits. Writes 8 bytes, of which those that are not whole are written again later. */
static inline void flush(struct bits *b)
{
	uint64_t v = htole64(b->v);

	memcpy(b->out, &v, 8);
	b->out += b->n >> 3;
	b->v >>= b->n & ~7u;
	b->n &= 7;
}

static void write_header(const struct deflate *s, struct bits *b)
{
	put_bits(b, 1 | 2 << 1, 3); /* the last block; codes of its own */
	put_bits(b, s->hlit - LENGTHS_AT, 5);
	put_bits(b, s->hdist - 1, 5);
	put_bits(b, s->hclen - 4, 4);
	flush(b);
	for (unsigned i = 0; i < s->hclen; i++) {
		put_bits(b, s->pre_len[pre_order[i]], 3);
		flush(b);
	}
	for (unsigned i = 0; i < s->npre; i++) {
		put_code(b, s->pre_code[s->pre[i]]);
		put_bits(b, s->pre_arg[i], pre_extra[s->pre[i]]);
		flush(b);
	}
}

static inline void write_literals(const struct deflate *s, struct bits *b, const uint8_t *in, unsigned n)
{
	const uint8_t *end = in + n;

	for (; end - in >= 4; in += 4) {
		put_code(b, s->lit_code[in[0]]);
		put_code(b, s->lit_code[in[1]]);
		put_code(b, s->lit_code[in[2]]);
		put_code(b, s->lit_code[in[3]]);
		flush(b);
	}
	for (; in < end; in++)
		put_code(b, s->lit_code[*in]);
	flush(b);
}

static void write_body(const struct deflate *s, struct bits *to, const uint8_t *in)
{
	struct bits b = *to; /* in registers */

	for (unsigned i = 0; i < s->nstep; i++) {
		struct step t = s->step[i];
		unsigned k;

		write_literals(s, &b, in, t.literals);
		if (!t.length)
			break;
		in += t.literals + t.length;
		put_code(&b, s->lit_code[LENGTHS_AT + t.length_slot]);
		k = length_extra(t.length_slot);
		put_bits(&b, (t.length - MATCH_MIN) & ((1u << k) - 1), k);
		put_code(&b, s->dist_code[t.dist_slot]);
		k = dist_extra(t.dist_slot);
		put_bits(&b, t.dist & ((1u << k) - 1), k);
		flush(&b);
	}
	put_code(&b, s->lit_code[END_OF_BLOCK]);
	flush(&b);
	*to = b;
}

size_t deflate_page(struct deflate *s, const void *in, size_t n, void *out, size_t room)
{
	struct bits b = { .out = out };
	size_t total;

	find_steps(s, in, (unsigned)n);
	if (is_noise(s, (unsigned)n))
		return 0;
	huffman_build(&s->work, s->lit_freq, LITLENS, LONGEST, s->len, s->lit_code);
	huffman_build(&s->work, s->dist_freq, DISTS, LONGEST, s->dist_len, s->dist_code);
	total = body_bits(s);
	total = (total + make_header(s) + 7) / 8;
	if (total > room || total > s->page_size)
		return 0;
	if (total + 8 > room)
		b.out = (uint8_t *)&s->step[steps_max(s->page_size)];
	write_header(s, &b);
	write_body(s, &b, in);
	if (total + 8 > room)
		memcpy(out, &s->step[steps_max(s->page_size)], total);
	return total;
}
