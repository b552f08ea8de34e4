/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: packed pages.
 * Any bytes under any flag: the unpackers end within bounds, and what they accept is one page, the same each time.
 * Bytes (see plain.h): the flag, the page size in units of 16 (0: 4096), a mode and a mask. Mode 0: the packed
 * page follows. Else what follows, repeated, is a page; it is packed and the mask damages one of the bytes.
 */
#include "codec/codec.h"

#include "plain.h"

#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

#define HEAD 4

/* Both times the same answer, though OUT held something else before. */
static int unpack(void *state, uint32_t flag, const uint8_t *in, size_t n, uint8_t *a, size_t page)
{
	uint8_t *b = malloc(page);
	int rc, again;

	if (!b)
		abort();
	memset(a, 0x55, page);
	memset(b, 0xaa, page);
	rc = codec_unpack.page(state, flag, in, n, a, page);
	again = codec_unpack.page(state, flag, in, n, b, page);
	if (rc != again || (rc && rc != -EINVAL) || (rc == 0 && memcmp(a, b, page) != 0))
		abort();
	free(b);
	return rc;
}

/* Packs the page at IN into *RET, a buffer of exactly the length that it gives; 0: no codec, or not smaller. */
static size_t pack(uint32_t flag, const uint8_t *in, size_t page, uint8_t **ret)
{
	const struct codec *c = codec_of_flag(flag);
	void *state = c ? c->open(c->level_default, page) : NULL;
	uint8_t *room = malloc(page);
	size_t len = state && room ? c->pack(state, in, page, room, page) : 0;

	*ret = malloc(len + 1);
	if (!*ret)
		abort();
	if (len)
		memcpy(*ret, room, len);
	if (state)
		c->close(state);
	free(room);
	return len;
}

static void round_trip(void *state, const uint8_t *d, size_t n, uint8_t *out, size_t page)
{
	uint32_t flag = d[0] & 0x2f;
	uint8_t *in = malloc(page), *packed;
	size_t len;
	int rc;

	if (!in)
		abort();
	for (size_t i = 0; i < page; i++)
		in[i] = n > HEAD ? d[HEAD + i % (n - HEAD)] : 0;
	len = pack(flag, in, page, &packed);
	if (len) {
		packed[d[2] * len / 256] ^= d[3];
		rc = unpack(state, flag, packed, len, out, page);
		if (d[3] == 0 && (rc || memcmp(in, out, page) != 0))
			abort();
	}
	free(packed);
	free(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *text, size_t n)
{
	static void *state;
	uint8_t *d = plain_bytes(text, n), *out, *in;
	size_t page;

	if (!d || n < HEAD) {
		free(d);
		return 0;
	}
	page = d[1] ? d[1] * 16u : 4096;
	if (!state)
		state = codec_unpack.open();
	out = malloc(page);
	in = malloc(n);
	if (!state || !out || !in)
		abort();
	if (d[2]) {
		round_trip(state, d, n, out, page);
	} else {
		/* At the end of a buffer of its own: one byte too many is seen. */
		memcpy(in + HEAD, d + HEAD, n - HEAD);
		unpack(state, d[0] & 0x2f, in + HEAD, n - HEAD, out, page);
	}
	free(in);
	free(out);
	free(d);
	return 0;
}
