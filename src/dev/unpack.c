/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: compressed kernel modules in memory.
 * Hostile or huge input ends at a bound; every codec lives in a file of its own.
 */
#include "dev/unpack.h"

#include "base/str.h"

#include <errno.h>
#include <stdlib.h>

static const struct {
	const char *suffix;
	int (*run)(const void *in, size_t n, struct unpack_out *out, struct err *e);
} codec[] = {
	{ ".gz", unpack_gz },
	{ ".xz", unpack_xz },
	{ ".zst", unpack_zst },
};

int unpack_grow(struct unpack_out *out, struct err *e)
{
	size_t room = out->room ? out->room * 2 : 256 * 1024;
	unsigned char *more;

	if (out->len < out->room)
		return 0;
	if (room > out->max)
		room = out->max;
	if (out->len >= room)
		return err_set(e, -EFBIG, "unpacks to more than %zu bytes", out->max);
	more = realloc(out->buf, room);
	if (!more)
		return err_set(e, -ENOMEM, "no memory for %zu bytes", room);
	out->buf = more;
	out->room = room;
	return 0;
}

bool unpack_wanted(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(codec); i++)
		if (str_ends(path, codec[i].suffix))
			return true;
	return false;
}

int unpack(const char *path, const void *in, size_t n, struct unpack_out *ret, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(codec); i++) {
		struct unpack_out out = { .max = ret->max };
		int rc;

		if (!str_ends(path, codec[i].suffix))
			continue;
		rc = codec[i].run(in, n, &out, e);
		if (rc) {
			free(out.buf);
			return err_add(e, rc, "unpack %s", path);
		}
		*ret = out;
		return 0;
	}
	return err_set(e, -EOPNOTSUPP, "unpack %s: unknown compression", path);
}
