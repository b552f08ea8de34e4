/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a file of limited size.
 * It can do what the wrapped sink can: its table of operations is made to measure.
 */
#include "sink/sink_limit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct limited {
	struct sink s;
	struct sink_ops ops;
	struct sink *below;
	uint64_t limit;
};

static struct limited *self(struct sink *s)
{
	return (struct limited *)s;
}

static int check(struct limited *l, uint64_t off, uint64_t n, struct err *e)
{
	if (off <= l->limit && n <= l->limit - off)
		return 0;
	return err_set(e, -ENOSPC, "the file has reached its limit of %llu bytes", (unsigned long long)l->limit);
}

static int limit_space(struct sink *s, uint64_t *ret, struct err *e)
{
	return self(s)->below->ops->space(self(s)->below, ret, e);
}

static int limit_begin(struct sink *s, const char *temp, const char *name, struct err *e)
{
	return self(s)->below->ops->begin(self(s)->below, temp, name, e);
}

static int limit_empty(struct sink *s, struct err *e)
{
	return self(s)->below->ops->empty(self(s)->below, e);
}

static int limit_write(struct sink *s, uint64_t off, const void *buf, size_t n, struct err *e)
{
	int rc = check(self(s), off, n, e);

	return rc ? rc : self(s)->below->ops->write(self(s)->below, off, buf, n, e);
}

static int limit_reserve(struct sink *s, uint64_t off, uint64_t n, struct err *e)
{
	int rc = check(self(s), off, n, e);

	return rc ? rc : self(s)->below->ops->reserve(self(s)->below, off, n, e);
}

static int limit_extend(struct sink *s, uint64_t size, struct err *e)
{
	int rc = check(self(s), 0, size, e);

	return rc ? rc : self(s)->below->ops->extend(self(s)->below, size, e);
}

static int limit_commit(struct sink *s, uint64_t size, struct err *e)
{
	return self(s)->below->ops->commit(self(s)->below, size, e);
}

static int limit_abandon(struct sink *s, struct err *e)
{
	return self(s)->below->ops->abandon(self(s)->below, e);
}

static void limit_free(struct sink *s)
{
	if (!s)
		return;
	self(s)->below->ops->free(self(s)->below);
	free(s);
}

int sink_limit_wrap(struct sink **inout, uint64_t limit, struct err *e)
{
	struct limited *l = calloc(1, sizeof(*l));
	const struct sink_ops *o = (*inout)->ops;

	if (!l)
		return err_set(e, -ENOMEM, "sink: no memory");
	l->ops = (struct sink_ops){
		.scheme = o->scheme,
		.caps = o->caps,
		.space = o->space ? limit_space : NULL,
		.begin = limit_begin,
		.empty = o->empty ? limit_empty : NULL,
		.write = limit_write,
		.reserve = o->reserve ? limit_reserve : NULL,
		.extend = o->extend ? limit_extend : NULL,
		.commit = limit_commit,
		.abandon = limit_abandon,
		.free = limit_free,
	};
	l->s.ops = &l->ops;
	l->below = *inout;
	l->limit = limit;
	memcpy(l->s.dir, l->below->dir, sizeof(l->s.dir));
	*inout = &l->s;
	return 0;
}
