/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec: snappy, reading only.
 * Every element of the stream stays within the two buffers, or the page is damaged.
 */
#include "codec/snappy.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

/*
 * A raw stream: the unpacked length as a number of 7 bits a byte, low ones first, then elements. The low two
 * bits of an element's first byte say what it is (format_description.txt of snappy).
 */
enum element {
	LITERAL,
	COPY_1, /* length 4..11, offset of 11 bits */
	COPY_2, /* length 1..64, offset of 16 bits */
	COPY_4, /* length 1..64, offset of 32 bits */
};

#define LITERAL_INLINE 60 /* lengths up to this are in the first byte */

struct reader {
	const uint8_t *in, *end;
	uint8_t *out;
	size_t at, size;
};

/* A number of N bytes, low one first, into *V. */
static int take(struct reader *r, unsigned n, uint32_t *v)
{
	if ((size_t)(r->end - r->in) < n)
		return -EINVAL;
	*v = 0;
	for (unsigned i = 0; i < n; i++)
		*v |= (uint32_t)*r->in++ << 8 * i;
	return 0;
}

static int take_length(struct reader *r, size_t *ret)
{
	*ret = 0;
	for (unsigned shift = 0; shift < 35; shift += 7) {
		uint32_t b;

		if (take(r, 1, &b))
			return -EINVAL;
		*ret |= (size_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return 0;
	}
	return -EINVAL;
}

static int literal(struct reader *r, uint8_t tag)
{
	size_t len = (size_t)(tag >> 2) + 1;
	uint32_t v;

	if (len > LITERAL_INLINE) {
		if (take(r, (unsigned)(len - LITERAL_INLINE), &v))
			return -EINVAL;
		len = (size_t)v + 1;
	}
	if (len > (size_t)(r->end - r->in) || len > r->size - r->at)
		return -EINVAL;
	memcpy(r->out + r->at, r->in, len);
	r->in += len;
	r->at += len;
	return 0;
}

/* The source may overlap what it makes: a short offset repeats. */
static int copy(struct reader *r, size_t offset, size_t len)
{
	uint8_t *to = r->out + r->at;
	const uint8_t *from;

	if (offset == 0 || offset > r->at || len > r->size - r->at)
		return -EINVAL;
	from = to - offset;
	r->at += len;
	if (offset >= len) {
		memcpy(to, from, len);
		return 0;
	}
	for (size_t i = 0; i < len; i++)
		to[i] = from[i];
	return 0;
}

static int element(struct reader *r)
{
	uint8_t tag = *r->in++;
	uint32_t v;

	switch ((enum element)(tag & 3)) {
	case LITERAL: return literal(r, tag);
	case COPY_1:
		if (take(r, 1, &v))
			return -EINVAL;
		return copy(r, (size_t)(tag >> 5) << 8 | v, (size_t)(tag >> 2 & 7) + 4);
	case COPY_2:
		if (take(r, 2, &v))
			return -EINVAL;
		return copy(r, v, (size_t)(tag >> 2) + 1);
	case COPY_4:
		if (take(r, 4, &v))
			return -EINVAL;
		return copy(r, v, (size_t)(tag >> 2) + 1);
	}
	return -EINVAL;
}

int snappy_unpack(const void *in, size_t n, void *out, size_t page_size)
{
	struct reader r = { .in = in, .end = (const uint8_t *)in + n, .out = out, .size = page_size };
	size_t len;

	if (take_length(&r, &len) || len != page_size)
		return -EINVAL;
	while (r.in < r.end)
		if (element(&r))
			return -EINVAL;
	return r.at == page_size ? 0 : -EINVAL;
}
