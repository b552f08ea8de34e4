/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: flattened streams.
 * The input is the records: wherever a byte of the file is said to be lies inside the stream, and a gap ends
 * where a record begins.
 */
#include "vmcore/flat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

struct stream {
	const uint8_t *d;
	size_t n;
};

static int read_mem(void *arg, uint64_t off, void *buf, size_t n)
{
	const struct stream *s = arg;

	if (off < FLAT_HEAD || off - FLAT_HEAD > s->n || n > s->n - (off - FLAT_HEAD))
		abort();
	memcpy(buf, s->d + (off - FLAT_HEAD), n);
	return 0;
}

static void look(const struct flat *f, uint64_t off, uint64_t stream_size)
{
	uint64_t at = 0, len = 0, next_at, next_len;
	int rc = flat_find(f, off, &at, &len);

	if (rc < 0) {
		if (rc != -EINVAL || f->n < 64)
			abort();
		return;
	}
	if (len == 0)
		abort();
	if (rc == 1 && (at < FLAT_HEAD || at > stream_size || len > stream_size - at || off + len > f->size))
		abort();
	if (rc == 0 && len != UINT64_MAX && flat_find(f, off + len, &next_at, &next_len) == 0)
		abort();
	if (rc == 0 && len == UINT64_MAX && off < f->size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	struct stream s = { d, n };
	struct flat f;

	if (flat_scan(&f, read_mem, &s, FLAT_HEAD + n, NULL) < 0)
		return 0;
	if (f.size > FLAT_FILE_MAX)
		abort();
	for (size_t i = 0; i < f.n; i++) {
		look(&f, f.record[i].off, FLAT_HEAD + n);
		look(&f, f.record[i].off + f.record[i].len - 1, FLAT_HEAD + n);
		look(&f, f.record[i].off + f.record[i].len, FLAT_HEAD + n);
	}
	look(&f, 0, FLAT_HEAD + n);
	flat_free(&f);
	return 0;
}
