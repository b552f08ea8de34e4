/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a whole input into the file that was begun.
 * Reads to the end of the input, whatever it is: a file, a pipe, a device.
 */
#include "sink/sink_copy.h"

#include "base/fdio.h"
#include "base/zero.h"

#include <errno.h>
#include <stdlib.h>

#define BUFFER (1u << 20)
#define HOLE   65536u /* zeros that are worth a hole */

static size_t hole_size(size_t n)
{
	return n < HOLE ? n : HOLE;
}

static int put_sparse(struct sink *out, uint64_t off, const char *p, size_t n, struct err *e)
{
	int rc = 0;

	for (size_t at = 0, end = 0; rc == 0 && at < n; at = end) {
		end = at;
		while (end < n && !page_is_zero(p + end, hole_size(n - end)))
			end += hole_size(n - end);
		if (end > at)
			rc = out->ops->write(out, off + at, p + at, end - at, e);
		while (end < n && page_is_zero(p + end, hole_size(n - end)))
			end += hole_size(n - end);
	}
	return rc;
}

int sink_copy(struct sink *out, int fd, bool sparse, uint64_t *total, struct err *e)
{
	char *buf = malloc(BUFFER);
	size_t n = BUFFER;
	int rc = buf ? 0 : err_set(e, -ENOMEM, "no memory");

	*total = 0;
	sparse = sparse && out->ops->caps & SINK_SEEK;
	while (rc == 0 && n == BUFFER) {
		rc = fd_read(fd, buf, BUFFER, &n);
		if (rc) {
			errno = -rc;
			rc = err_sys(e, "read the input");
		} else if (n) {
			rc = sparse ? put_sparse(out, *total, buf, n, e) : out->ops->write(out, *total, buf, n, e);
		}
		*total += rc == 0 ? n : 0;
	}
	free(buf);
	return rc;
}
