/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: the flattened form.
 * A record's header lies in front of its bytes in one buffer: one write below for one record.
 */
#include "sink/sink_flat.h"

#include "base/flat.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_MAX (1u << 20)

struct flat {
	struct sink s;
	struct sink *below;
	uint64_t pos; /* bytes sent */
	uint64_t top; /* one above the highest offset written */
	uint64_t off; /* of the record that is being gathered */
	size_t len;   /* its bytes, 0: none */
	int failed;   /* -errno of the first failure below; nothing is sent after it */
	bool begun;
	uint8_t buf[FLAT_RECORD + RECORD_MAX];
};

static struct flat *self(struct sink *s)
{
	return (struct flat *)s;
}

static int send_bytes(struct flat *f, const void *p, size_t n, struct err *e)
{
	if (f->failed)
		return err_set(e, f->failed, "the stream to %s has failed", f->s.dir);
	f->failed = f->below->ops->write(f->below, f->pos, p, n, e);
	if (f->failed == 0)
		f->pos += n;
	return f->failed;
}

static int flush(struct flat *f, struct err *e)
{
	size_t len = f->len;

	if (!len)
		return 0;
	f->len = 0;
	flat_record_fill(f->buf, f->off, len);
	return send_bytes(f, f->buf, FLAT_RECORD + len, e);
}

static int flat_space(struct sink *s, uint64_t *ret, struct err *e)
{
	struct flat *f = self(s);

	return f->below->ops->space ? f->below->ops->space(f->below, ret, e)
				    : err_set(e, -EOPNOTSUPP, "%s does not tell its free space", s->dir);
}

static int begin_stream(struct flat *f, struct err *e)
{
	f->pos = f->top = f->off = f->len = 0;
	f->failed = 0;
	flat_head_fill(f->buf);
	return send_bytes(f, f->buf, FLAT_HEAD, e);
}

/* Where the stream can begin anew, so can what is in it. */
static int flat_empty(struct sink *s, struct err *e)
{
	struct flat *f = self(s);
	int rc = f->below->ops->empty(f->below, e);

	return rc ? rc : begin_stream(f, e);
}

static int flat_begin(struct sink *s, const char *temp, const char *name, struct err *e)
{
	struct flat *f = self(s);
	int rc = f->below->ops->begin(f->below, temp, name, e);

	if (rc)
		return rc;
	f->begun = true;
	return begin_stream(f, e);
}

static int flat_write(struct sink *s, uint64_t off, const void *buf, size_t n, struct err *e)
{
	struct flat *f = self(s);
	const uint8_t *p = (const uint8_t *)buf;
	int rc = f->failed ? send_bytes(f, NULL, 0, e) : 0;

	if (rc == 0 && f->len && off != f->off + f->len)
		rc = flush(f, e);
	while (rc == 0 && n) {
		size_t room = RECORD_MAX - f->len, part = n < room ? n : room;

		if (!f->len)
			f->off = off;
		memcpy(f->buf + FLAT_RECORD + f->len, p, part);
		f->len += part;
		off += part;
		p += part;
		n -= part;
		f->top = off > f->top ? off : f->top;
		if (f->len == RECORD_MAX)
			rc = flush(f, e);
	}
	return rc;
}

/* Sends what is left and the mark of the end; the file that comes out of it has SIZE bytes at least. */
static int finish(struct flat *f, uint64_t size, struct err *e)
{
	uint8_t mark[FLAT_RECORD];
	int rc = 0;

	f->begun = false;
	if (f->failed == 0 && size > f->top)
		rc = flat_write(&f->s, size - 1, "", 1, e);
	if (rc == 0)
		rc = flush(f, e);
	flat_record_fill(mark, UINT64_MAX, UINT64_MAX);
	return rc ? rc : send_bytes(f, mark, sizeof(mark), e);
}

static int flat_commit(struct sink *s, uint64_t size, struct err *e)
{
	struct flat *f = self(s);
	int rc = finish(f, size, e);

	if (rc == 0)
		return f->below->ops->commit(f->below, f->pos, e);
	(void)f->below->ops->abandon(f->below, NULL);
	return rc;
}

static int flat_abandon(struct sink *s, struct err *e)
{
	struct flat *f = self(s);
	int rc = f->begun ? finish(f, 0, e) : 0;
	int rc2 = f->below->ops->abandon(f->below, rc ? NULL : e);

	return rc ? rc : rc2;
}

static void flat_free(struct sink *s)
{
	if (!s)
		return;
	self(s)->below->ops->free(self(s)->below);
	free(s);
}

static const struct sink_ops flat_ops = {
	.scheme = "flat",
	.caps = SINK_SEEK | SINK_ONCE,
	.space = flat_space,
	.begin = flat_begin,
	.write = flat_write,
	.commit = flat_commit,
	.abandon = flat_abandon,
	.free = flat_free,
};

static const struct sink_ops flat_ops_anew = {
	.scheme = "flat",
	.caps = SINK_SEEK | SINK_ONCE,
	.space = flat_space,
	.begin = flat_begin,
	.empty = flat_empty,
	.write = flat_write,
	.commit = flat_commit,
	.abandon = flat_abandon,
	.free = flat_free,
};

int sink_flat_wrap(struct sink **inout, struct err *e)
{
	struct flat *f = calloc(1, sizeof(*f));

	if (!f)
		return err_set(e, -ENOMEM, "sink: no memory");
	f->below = *inout;
	f->s.ops = f->below->ops->empty ? &flat_ops_anew : &flat_ops;
	memcpy(f->s.dir, f->below->dir, sizeof(f->s.dir));
	*inout = &f->s;
	return 0;
}
