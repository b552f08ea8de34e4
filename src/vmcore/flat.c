/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: the index of a flattened stream.
 * Sorted once; a look-up costs a few steps however many records there are.
 */
#include "vmcore/flat.h"

#include "base/bytes.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_HEAD 16
#define FLAT_SMALL  (1u << 18) /* records that may have any length */
#define FLAT_MEAN   64u        /* bytes that more of them have on average, at least */
#define DEPTH       64         /* records over one byte that are looked at */

static uint64_t be(const uint8_t *p)
{
	return be64toh(get_u64(p));
}

bool flat_is(const uint8_t sign[FLAT_SIGN])
{
	static const char name[16] = "makedumpfile";

	return memcmp(sign, name, sizeof(name)) == 0 && be(sign + 16) == 1 && be(sign + 24) == 1;
}

static int add(struct flat *f, const struct flat_record *r, struct err *e)
{
	/* The room doubles with every power of two. */
	if (f->n >= 64 ? (f->n & (f->n - 1)) == 0 : f->n == 0) {
		size_t room = f->n ? f->n * 2 : 64;
		struct flat_record *more;

		if (f->n >= FLAT_RECORDS)
			return err_set(e, -EFBIG, "flattened stream: more than %u records", FLAT_RECORDS);
		more = realloc(f->record, room * sizeof(*more));
		if (!more)
			return err_set(e, -ENOMEM, "flattened stream: no memory for %zu records", room);
		f->record = more;
	}
	/* The index has 32 bytes for each: streams of records that small come from no writer. */
	f->bytes += r->len;
	if (f->n >= FLAT_SMALL && f->bytes / f->n < FLAT_MEAN)
		return err_set(e, -EFBIG, "flattened stream: %zu records of less than %u bytes on average", f->n,
			       FLAT_MEAN);
	f->record[f->n++] = *r;
	if (r->off + r->len > f->size)
		f->size = r->off + r->len;
	return 0;
}

/* In one place of the file the one that comes later in the stream stands last: it wins. */
static int by_offset(const void *pa, const void *pb)
{
	const struct flat_record *a = pa, *b = pb;

	if (a->off != b->off)
		return a->off < b->off ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

static void sort(struct flat *f)
{
	uint64_t top = 0;

	if (f->n)
		qsort(f->record, f->n, sizeof(*f->record), by_offset);
	for (size_t i = 0; i < f->n; i++) {
		uint64_t end = f->record[i].off + f->record[i].len;

		top = end > top ? end : top;
		f->record[i].top = top;
	}
}

/* One record head at AT. 1: *RET is a record; 0: the end. */
static int head_read(struct flat *f, const uint8_t head[RECORD_HEAD], uint64_t at, uint64_t size,
		     struct flat_record *ret)
{
	uint64_t off = be(head), len = be(head + 8);

	if (off == UINT64_MAX && len == UINT64_MAX)
		return 0;
	f->cut = true;
	if (len == 0 || !range_ok(off, len, FLAT_FILE_MAX))
		return 0;
	f->cut = !range_ok(at + RECORD_HEAD, len, size);
	*ret = (struct flat_record){ .off = off, .len = len, .at = at + RECORD_HEAD };
	if (f->cut)
		ret->len = size - ret->at;
	return ret->len != 0;
}

int flat_scan(struct flat *ret, flat_read read, void *arg, uint64_t size, struct err *e)
{
	struct flat f = { 0 };
	uint8_t head[RECORD_HEAD];
	struct flat_record r;
	int rc = 0, more = 1;

	for (uint64_t at = FLAT_HEAD; rc == 0 && more && !f.cut; at += RECORD_HEAD + r.len) {
		if (!range_ok(at, RECORD_HEAD, size)) {
			f.cut = true;
			break;
		}
		rc = read(arg, at, head, sizeof(head));
		if (rc < 0) {
			errno = -rc;
			rc = err_sys(e, "flattened stream: read at 0x%" PRIx64, at);
			break;
		}
		r.len = 0;
		more = head_read(&f, head, at, size, &r);
		if (more)
			rc = add(&f, &r, e);
	}
	if (rc < 0) {
		flat_free(&f);
		return rc;
	}
	sort(&f);
	*ret = f;
	return 0;
}

/* How many records begin at or below OFF. */
static size_t upto(const struct flat *f, uint64_t off)
{
	size_t low = 0, high = f->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (f->record[mid].off <= off)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

int flat_find(const struct flat *f, uint64_t off, uint64_t *at, uint64_t *len)
{
	size_t i = upto(f, off);
	uint64_t until = i < f->n ? f->record[i].off : UINT64_MAX;
	const struct flat_record *best = NULL;

	for (unsigned depth = 0; i-- > 0 && f->record[i].top > off; depth++) {
		const struct flat_record *r = &f->record[i];

		if (depth == DEPTH)
			return -EINVAL;
		if (r->off + r->len > off && (!best || r->at > best->at))
			best = r;
	}
	if (!best) {
		*len = until == UINT64_MAX ? UINT64_MAX : until - off;
		return 0;
	}
	*at = best->at + (off - best->off);
	*len = best->off + best->len - off;
	if (*len > until - off)
		*len = until - off;
	return 1;
}

void flat_free(struct flat *f)
{
	free(f->record);
	f->record = NULL;
	f->n = 0;
}
