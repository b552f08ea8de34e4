/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: .ko.zst by libzstd.
 * The window is bounded by the library's default of 128 MiB and by the result's own bound.
 */
#include "dev/unpack.h"

#include <errno.h>

#ifdef CRASHBOX_NO_ZST

int unpack_zst(const void *in, size_t n, struct unpack_out *out, struct err *e)
{
	(void)in, (void)n, (void)out;
	return err_set(e, -EOPNOTSUPP, "zstd is not built in");
}

#else

#include <zstd.h>

static int run(ZSTD_DCtx *z, ZSTD_inBuffer *src, struct unpack_out *out, struct err *e)
{
	size_t left;

	do {
		ZSTD_outBuffer dst = { .dst = NULL };
		size_t before = src->pos + out->len;
		int rc = unpack_grow(out, e);

		if (rc)
			return rc;
		dst = (ZSTD_outBuffer){ .dst = out->buf, .size = out->room, .pos = out->len };
		left = ZSTD_decompressStream(z, &dst, src);
		if (ZSTD_isError(left))
			return err_set(e, -EBADMSG, "zstd: %s", ZSTD_getErrorName(left));
		out->len = dst.pos;
		if (left && src->pos + out->len == before)
			return err_set(e, -EBADMSG, "zstd: the file ends early");
	} while (left || src->pos < src->size);
	return 0;
}

int unpack_zst(const void *in, size_t n, struct unpack_out *out, struct err *e)
{
	ZSTD_inBuffer src = { .src = in, .size = n };
	ZSTD_DCtx *z;
	int rc;

	if (n == 0)
		return err_set(e, -EBADMSG, "zstd: an empty file");
	z = ZSTD_createDCtx();
	if (!z)
		return err_set(e, -ENOMEM, "zstd: no memory");
	rc = run(z, &src, out, e);
	ZSTD_freeDCtx(z);
	return rc;
}

#endif
