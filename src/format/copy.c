/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: the plain copy.
 * Windows are taken from the mapping of /proc/vmcore. A page that is not there raises SIGBUS, so that nothing but a
 * copy touches the mapping: a sink that was left in the middle of a packet would go on with half of it.
 */
#include "format/copy.h"

#include "base/bytes.h"
#include "base/fault.h"
#include "base/zero.h"
#include "format/copy_mark.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PAGE        4096u
#define MAP_WINDOW  (4u << 20) /* fewer would spend more on mmap than on copying */
#define READ_WINDOW (1u << 20)

struct copy {
	struct source *src;
	struct sink *out;
	struct copy_stat *st;
	uint8_t *buf;            /* READ_WINDOW bytes */
	struct copy_holes holes; /* what could not be read */
	uint64_t room;           /* bytes that may still be written before the free space is looked at again */
};

/* Bytes from P, in whole pages, that are all zero (WANT) or all not. The last piece may be short. */
static size_t run_length(const uint8_t *p, size_t n, bool want)
{
	size_t i = 0;

	while (n - i >= PAGE && page_is_zero(p + i, PAGE) == want)
		i += PAGE;
	/* The end of the file need not fill a page; it is data. */
	if (!want && n - i < PAGE)
		i = n;
	return i;
}

static int put_window(struct copy *c, uint64_t off, const uint8_t *p, size_t n, struct err *e)
{
	while (n) {
		size_t zero = run_length(p, n, true), data;
		int rc;

		c->st->zero += zero;
		data = run_length(p + zero, n - zero, false);
		if (data) {
			rc = c->out->ops->write(c->out, off + zero, p + zero, data, e);
			if (rc)
				return rc;
			c->st->written += data;
		}
		off += zero + data;
		p += zero + data;
		n -= zero + data;
	}
	return 0;
}

/* One page at a time: what cannot be read becomes a hole. */
static int put_pages(struct copy *c, uint64_t off, size_t n, struct err *e)
{
	_Alignas(64) uint8_t page[PAGE];

	for (size_t i = 0; i < n; i += PAGE) {
		size_t len = n - i < PAGE ? n - i : PAGE;
		int rc;

		memset(page, 0, sizeof(page));
		if (c->src->ops->read_file(c->src, off + i, page, len, NULL)) {
			c->st->unreadable += len;
			copy_hole_add(&c->holes, off + i, off + i + len);
			continue;
		}
		rc = put_window(c, off + i, page, len, e);
		if (rc)
			return rc;
	}
	return 0;
}

/* A run of zeros and the data behind it, out of a mapping. */
struct piece {
	const uint8_t *p;
	size_t n, zero, data;
	uint8_t *to; /* READ_WINDOW bytes */
};

/* Left in the middle where a page is not there. */
static int piece_copy(void *arg)
{
	struct piece *q = arg;
	size_t most;

	q->zero = run_length(q->p, q->n, true);
	most = q->n - q->zero < READ_WINDOW ? q->n - q->zero : READ_WINDOW;
	q->data = run_length(q->p + q->zero, most, false);
	memcpy(q->to, q->p + q->zero, q->data);
	return 0;
}

/* 1: a page is not there. */
static int put_pieces(struct copy *c, uint64_t off, const uint8_t *p, size_t n, struct err *e)
{
	while (n) {
		struct piece q = { .p = p, .n = n, .to = c->buf };
		int rc = fault_try(piece_copy, &q);

		if (rc)
			return 1;
		c->st->zero += q.zero;
		if (q.data) {
			rc = c->out->ops->write(c->out, off + q.zero, q.to, q.data, e);
			if (rc)
				return rc;
			c->st->written += q.data;
		}
		off += q.zero + q.data;
		p += q.zero + q.data;
		n -= q.zero + q.data;
	}
	return 0;
}

/* -EAGAIN: this window cannot be taken from the mapping, nothing was lost. */
static int put_mapped(struct copy *c, uint64_t off, size_t n, struct err *e)
{
	const void *p;
	struct copy_stat before = *c->st;
	int rc = c->src->ops->map_file(c->src, off, align_up(n, PAGE), &p, NULL);

	if (rc)
		return -EAGAIN;
	rc = put_pieces(c, off, p, n, e);
	if (rc == 1) {
		*c->st = before;
		rc = -EAGAIN;
	}
	c->src->ops->unmap(c->src, p, align_up(n, PAGE));
	return rc;
}

static int put_read(struct copy *c, uint64_t off, size_t n, struct err *e)
{
	for (size_t i = 0, len; i < n; i += len) {
		int rc;

		len = n - i < READ_WINDOW ? n - i : READ_WINDOW;
		if (c->src->ops->read_file(c->src, off + i, c->buf, len, NULL))
			rc = put_pages(c, off + i, len, e);
		else
			rc = put_window(c, off + i, c->buf, len, e);
		if (rc)
			return rc;
	}
	return 0;
}

/* Makes *N, the next window, small enough for the target. -ENOSPC when not even a page fits. */
static int fit_space(struct copy *c, const struct copy_opts *how, size_t *n, struct err *e)
{
	uint64_t left;
	int rc;

	if (!how->keep_free || *n <= c->room)
		return 0;
	rc = c->out->ops->space(c->out, &left, e);
	if (rc == -ETIMEDOUT)
		return rc;
	if (rc) {
		c->room = *n; /* unknown: this window, then ask again */
		return 0;
	}
	c->room = left > how->keep_free ? align_down(left - how->keep_free, PAGE) : 0;
	if (*n > c->room)
		*n = (size_t)c->room;
	if (*n)
		return 0;
	errno = ENOSPC;
	return err_sys(e, "%llu KiB left on the target", (unsigned long long)(left >> 10));
}

static int copy_loop(struct copy *c, const struct copy_opts *how, struct err *e)
{
	int rc = 0;

	while (rc == 0 && c->st->done < c->st->total) {
		uint64_t left = c->st->total - c->st->done, off = c->st->done, before = c->st->written;
		size_t n = left < MAP_WINDOW ? (size_t)left : MAP_WINDOW;

		rc = fit_space(c, how, &n, e);
		if (rc == 0)
			rc = put_mapped(c, off, n, e);
		if (rc == -EAGAIN)
			rc = put_read(c, off, n, e);
		if (rc)
			break;
		c->st->done += n;
		c->room -= how->keep_free ? c->st->written - before : 0;
		if (how->tick)
			rc = how->tick(how->arg, c->st);
	}
	return rc;
}

int copy_run(struct source *src, struct sink *out, const struct copy_opts *how,
	     struct copy_stat *st, struct err *e)
{
	struct copy c = { .src = src, .out = out, .st = st };
	int rc;

	memset(st, 0, sizeof(*st));
	st->total = src->info.file_size;
	c.buf = aligned_alloc(64, READ_WINDOW);
	if (!c.buf)
		return err_set(e, -ENOMEM, "copy: no memory for a window of %u KiB", READ_WINDOW >> 10);
	rc = copy_loop(&c, how, e);
	if (c.holes.n) {
		bool listed = false;
		int rc2 = copy_mark(src, out, &c.holes, &listed, rc ? NULL : e);

		rc = rc ? rc : rc2;
		st->unlisted = listed ? 0 : st->unreadable;
	}
	free(c.buf);
	return rc;
}
