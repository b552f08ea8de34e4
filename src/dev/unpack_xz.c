/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: .ko.xz by liblzma, whose one home is here.
 * The dictionary is bounded: a header cannot ask for more memory than the result may have.
 */
#include "dev/unpack.h"

#include <errno.h>

#ifdef CRASHBOX_NO_XZ

int unpack_xz(const void *in, size_t n, struct unpack_out *out, struct err *e)
{
	(void)in, (void)n, (void)out;
	return err_set(e, -EOPNOTSUPP, "xz is not built in");
}

#else

#include <lzma.h>

#define XZ_MEMORY (80ULL << 20) /* what `xz -9` needs, xz(1): 65 MiB; the kernel's own files need 2 MiB */

static const char *why(lzma_ret r)
{
	switch (r) {
	case LZMA_MEM_ERROR:
	case LZMA_MEMLIMIT_ERROR:
		return "no memory for its dictionary";
	case LZMA_FORMAT_ERROR:
		return "not an xz file";
	case LZMA_OPTIONS_ERROR:
	case LZMA_UNSUPPORTED_CHECK:
		return "a filter or a checksum that is not built in";
	case LZMA_BUF_ERROR:
		return "the file ends early";
	default:
		return "damaged";
	}
}

static int run(lzma_stream *z, struct unpack_out *out, struct err *e)
{
	lzma_ret end;

	do {
		int rc = unpack_grow(out, e);

		if (rc)
			return rc;
		z->next_out = out->buf + out->len;
		z->avail_out = out->room - out->len;
		end = lzma_code(z, LZMA_FINISH);
		out->len = out->room - z->avail_out;
	} while (end == LZMA_OK);
	if (end == LZMA_STREAM_END)
		return z->avail_in ? err_set(e, -EBADMSG, "xz: bytes behind the end") : 0;
	return err_set(e, end == LZMA_MEM_ERROR || end == LZMA_MEMLIMIT_ERROR ? -ENOMEM : -EBADMSG,
		       "xz: %s", why(end));
}

int unpack_xz(const void *in, size_t n, struct unpack_out *out, struct err *e)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_ret start = lzma_stream_decoder(&z, XZ_MEMORY, LZMA_TELL_UNSUPPORTED_CHECK);
	int rc;

	if (start != LZMA_OK)
		return err_set(e, -ENOMEM, "xz: %s", why(start));
	z.next_in = in;
	z.avail_in = n;
	rc = run(&z, out, e);
	lzma_end(&z);
	return rc;
}

#endif
