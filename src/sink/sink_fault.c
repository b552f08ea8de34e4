/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: faults on purpose.
 * A failing write still passes on the bytes before the fault, as a full disk does.
 */
#include "sink/sink_fault.h"

#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct faulty {
	struct sink s;
	struct sink_ops ops; /* what the wrapped sink can do */
	struct sink *below;
	struct sink_fault how;
};

static struct faulty *self(struct sink *s)
{
	return (struct faulty *)s;
}

static int fault_space(struct sink *s, uint64_t *ret, struct err *e)
{
	if (self(s)->how.fail_space == 0)
		return self(s)->below->ops->space(self(s)->below, ret, e);
	errno = -self(s)->how.fail_space;
	return err_sys(e, "space");
}

static int fault_begin(struct sink *s, const char *temp, const char *name, struct err *e)
{
	return self(s)->below->ops->begin(self(s)->below, temp, name, e);
}

static int fault_write(struct sink *s, uint64_t off, const void *buf, size_t n, struct err *e)
{
	struct faulty *f = self(s);
	struct timespec nap = { f->how.stall_ms / 1000, f->how.stall_ms % 1000 * 1000000L };
	size_t room = off >= f->how.fail_at ? 0 : f->how.fail_at - off < n ? (size_t)(f->how.fail_at - off)
									   : n;
	int rc;

	if (f->how.stall_ms)
		nanosleep(&nap, NULL);
	rc = room ? f->below->ops->write(f->below, off, buf, room, e) : 0;
	if (rc || room == n)
		return rc;
	errno = -f->how.code;
	return err_sys(e, "write at byte %llu", (unsigned long long)f->how.fail_at);
}

static int fault_empty(struct sink *s, struct err *e)
{
	return self(s)->below->ops->empty(self(s)->below, e);
}

/* The room that a full disk would not have. */
static int fault_reserve(struct sink *s, uint64_t off, uint64_t n, struct err *e)
{
	struct faulty *f = self(s);

	if (off <= f->how.fail_at && n <= f->how.fail_at - off)
		return f->below->ops->reserve(f->below, off, n, e);
	errno = -f->how.code;
	return err_sys(e, "room up to byte %llu", (unsigned long long)(off + n));
}

static int fault_extend(struct sink *s, uint64_t size, struct err *e)
{
	return self(s)->below->ops->extend(self(s)->below, size, e);
}

static int fault_commit(struct sink *s, uint64_t size, struct err *e)
{
	struct faulty *f = self(s);

	if (f->how.fail_commit == 0)
		return f->below->ops->commit(f->below, size, e);
	(void)f->below->ops->abandon(f->below, NULL);
	errno = -f->how.fail_commit;
	return err_sys(e, "commit");
}

static int fault_abandon(struct sink *s, struct err *e)
{
	return self(s)->below->ops->abandon(self(s)->below, e);
}

static void fault_free(struct sink *s)
{
	if (!s)
		return;
	self(s)->below->ops->free(self(s)->below);
	free(s);
}

int sink_fault_wrap(struct sink **inout, const struct sink_fault *how, struct err *e)
{
	struct faulty *f = calloc(1, sizeof(*f));
	const struct sink_ops *o = (*inout)->ops;

	if (!f)
		return err_set(e, -ENOMEM, "sink: no memory");
	f->ops = (struct sink_ops){
		.scheme = "fault",
		.caps = o->caps,
		.space = o->space ? fault_space : NULL,
		.begin = fault_begin,
		.empty = o->empty ? fault_empty : NULL,
		.write = fault_write,
		.reserve = o->reserve ? fault_reserve : NULL,
		.extend = o->extend ? fault_extend : NULL,
		.commit = fault_commit,
		.abandon = fault_abandon,
		.free = fault_free,
	};
	f->s.ops = &f->ops;
	f->below = *inout;
	f->how = *how;
	memcpy(f->s.dir, f->below->dir, sizeof(f->s.dir));
	*inout = &f->s;
	return 0;
}
