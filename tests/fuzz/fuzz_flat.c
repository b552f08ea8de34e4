/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: flattened streams.
 * The input is the records: wherever a byte of the file is said to be lies inside the stream, and a gap ends
 * where a record begins. A stream that is not told to be cut has its end mark, and is cut without any byte of it.
 */
#include "vmcore/flat.h"

#include <endian.h>
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

static uint64_t be(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

/* Where the end mark of a stream ends that is not cut, counted from its first record. */
static size_t end_find(const uint8_t *d, size_t n)
{
	for (size_t at = 0;;) {
		if (n - at < 16)
			abort();
		if (be(d + at) == UINT64_MAX && be(d + at + 8) == UINT64_MAX)
			return at + 16;
		if (be(d + at + 8) > n - at - 16)
			abort();
		at += 16 + (size_t)be(d + at + 8);
	}
}

static void cut_is_cut(const uint8_t *d, size_t n)
{
	size_t end = end_find(d, n);
	const size_t cut[] = { end - 1, end - 8, end - 16, (end - 16) / 2, 0 };

	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		struct stream s = { d, cut[i] };
		struct flat f;

		if (flat_scan(&f, read_mem, &s, FLAT_HEAD + s.n, NULL) < 0)
			continue;
		if (!f.cut)
			abort();
		flat_free(&f);
	}
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
	if (!f.cut)
		cut_is_cut(d, n);
	flat_free(&f);
	return 0;
}
