/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: .ko.gz (RFC 1952) by zlib, whose one home is here.
 * The checksum at the end is verified by zlib.
 */
#include "dev/unpack.h"

#include <errno.h>

#ifdef CRASHBOX_NO_GZ

int unpack_gz(const void *in, size_t n, struct unpack_out *out, struct err *e)
{
	(void)in, (void)n, (void)out;
	return err_set(e, -EOPNOTSUPP, "gzip is not built in");
}

#else

#include <limits.h>
#include <zlib.h>

static int run(z_stream *z, struct unpack_out *out, struct err *e)
{
	int rc, end;

	do {
		rc = unpack_grow(out, e);
		if (rc)
			return rc;
		z->next_out = out->buf + out->len;
		z->avail_out = (uInt)(out->room - out->len);
		end = inflate(z, Z_NO_FLUSH);
		out->len = (size_t)(z->next_out - out->buf);
	} while (end == Z_OK);
	if (end == Z_MEM_ERROR)
		return err_set(e, -ENOMEM, "gzip: no memory");
	if (end != Z_STREAM_END || z->avail_in)
		return err_set(e, -EBADMSG, "gzip: %s", z->msg ? z->msg : z->avail_in ? "bytes behind the end"
										      : "the file ends early");
	return 0;
}

int unpack_gz(const void *in, size_t n, struct unpack_out *out, struct err *e)
{
	z_stream z = { .next_in = (z_const Bytef *)in, .avail_in = (uInt)n };
	int rc;

	if (n > INT_MAX || out->max > INT_MAX)
		return err_set(e, -EFBIG, "gzip: more than 2 GiB");
	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) /* 16: a gzip header, zlib.h */
		return err_set(e, -ENOMEM, "gzip: no memory");
	rc = run(&z, out, e);
	inflateEnd(&z);
	return rc;
}

#endif
