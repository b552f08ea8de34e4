/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec: one page back from how it was packed.
 * Exactly one page comes out, or the bytes are damaged; nothing is allocated after the start.
 */
#include "codec/codec.h"
#include "codec/parts.h"
#include "codec/snappy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct unpack {
	void *zlib, *zstd;
};

static void unpack_close(void *state)
{
	struct unpack *u = state;

	if (!u)
		return;
	zlib_unpack_close(u->zlib);
	zstd_unpack_close(u->zstd);
	free(u);
}

static void *unpack_open(void)
{
	struct unpack *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->zlib = zlib_unpack_open();
	u->zstd = zstd_unpack_open();
	if (u->zlib && u->zstd)
		return u;
	unpack_close(u);
	return NULL;
}

static int unpack_page(void *state, uint32_t flag, const void *in, size_t n, void *out, size_t page_size)
{
	struct unpack *u = state;

	switch (flag) {
	case 0:
		if (n != page_size)
			return -EINVAL;
		memcpy(out, in, n);
		return 0;
	case PAGE_ZLIB: return zlib_unpack(u->zlib, in, n, out, page_size);
	case PAGE_LZO: return lzo_unpack(in, n, out, page_size);
	case PAGE_SNAPPY: return snappy_unpack(in, n, out, page_size);
	case PAGE_ZSTD: return zstd_unpack(u->zstd, in, n, out, page_size);
	default: return -EINVAL;
	}
}

const struct unpack_ops codec_unpack = {
	.open = unpack_open,
	.page = unpack_page,
	.close = unpack_close,
};
