/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: gzip members in memory.
 * The packed bytes depend on the input alone: the header carries no time and no name.
 */
#include "format/gzip.h"

#include <errno.h>
#include <libdeflate.h>
#include <stdlib.h>

#define LEVEL_BEST 12 /* libdeflate's highest; the image is made once and read on every crash */

bool gzip_is(const uint8_t *buf, size_t n)
{
	return n >= 3 && buf[0] == 0x1f && buf[1] == 0x8b && buf[2] == 8;
}

int gzip_pack(const void *in, size_t n, uint8_t **ret, size_t *len, struct err *e)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(LEVEL_BEST);
	size_t room = c ? libdeflate_gzip_compress_bound(c, n) : 0;
	uint8_t *buf = c ? malloc(room) : NULL;
	size_t got = buf ? libdeflate_gzip_compress(c, in, n, buf, room) : 0;

	if (c)
		libdeflate_free_compressor(c);
	if (!got) {
		free(buf);
		return err_set(e, -ENOMEM, "gzip: no memory to pack %zu bytes", n);
	}
	*ret = buf;
	*len = got;
	return 0;
}

/* One try with ROOM bytes of output. -ENOSPC: try again with more. */
static int unpack(struct libdeflate_decompressor *d, const void *in, size_t n, size_t room,
		  struct gzip_out *ret)
{
	struct gzip_out out = { .buf = malloc(room) };
	enum libdeflate_result r;

	if (!out.buf)
		return -ENOMEM;
	r = libdeflate_gzip_decompress_ex(d, in, n, out.buf, room, &out.used, &out.len);
	if (r != LIBDEFLATE_SUCCESS) {
		free(out.buf);
		return r == LIBDEFLATE_INSUFFICIENT_SPACE ? -ENOSPC : -EBADMSG;
	}
	*ret = out;
	return 0;
}

int gzip_unpack(const void *in, size_t n, size_t max, struct gzip_out *ret, struct err *e)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	size_t room = n < max / 4 ? n * 4 + 4096 : max;
	int rc = d ? -ENOSPC : -ENOMEM;

	while (rc == -ENOSPC && room <= max) {
		rc = unpack(d, in, n, room, ret);
		if (room == max)
			break;
		room = room < max / 2 ? room * 2 : max;
	}
	if (d)
		libdeflate_free_decompressor(d);
	if (rc == -ENOSPC)
		return err_set(e, -EFBIG, "gzip: more than %zu bytes when unpacked", max);
	if (rc == -ENOMEM)
		return err_set(e, rc, "gzip: no memory to unpack");
	if (rc < 0)
		return err_set(e, rc, "gzip: damaged or cut off");
	return 0;
}
