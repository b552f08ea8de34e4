/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: an open descriptor.
 * SIGPIPE is blocked in the writing thread while it writes, and taken away when the write raised it.
 */
#include "sink/sink_stream.h"

#include "base/str.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct stream {
	struct sink s;
	int fd;
	uint64_t pos; /* bytes written */
	bool begun;
};

static struct stream *self(struct sink *s)
{
	return (struct stream *)s;
}

static int stream_space(struct sink *s, uint64_t *ret, struct err *e)
{
	(void)ret;
	return err_set(e, -EOPNOTSUPP, "%s does not tell its free space", s->dir);
}

static int stream_begin(struct sink *s, const char *temp, const char *name, struct err *e)
{
	(void)temp;
	if (self(s)->begun)
		return err_set(e, -EBUSY, "begin %s: %s takes one file", name, s->dir);
	self(s)->begun = true;
	return 0;
}

/* All N bytes, waiting where FD does not. 0 or -errno. */
static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t w = write(fd, p, n);

		if (w > 0) {
			p += w;
			n -= (size_t)w;
		} else if (w == 0) {
			return -EIO;
		} else if (errno == EAGAIN) {
			struct pollfd pf = { .fd = fd, .events = POLLOUT };

			if (poll(&pf, 1, -1) < 0 && errno != EINTR)
				return -errno;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

static int stream_write(struct sink *s, uint64_t off, const void *buf, size_t n, struct err *e)
{
	struct stream *f = self(s);
	struct timespec now = { 0 };
	sigset_t pipe, old, pending;
	int rc;

	if (off != f->pos)
		return err_set(e, -ESPIPE, "write to %s: byte %llu after byte %llu", s->dir, (unsigned long long)off,
			       (unsigned long long)f->pos);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, &old);
	sigpending(&pending);
	rc = write_all(f->fd, buf, n);
	/* One that was pending before is not ours to take. */
	if (rc == -EPIPE && !sigismember(&pending, SIGPIPE))
		while (sigtimedwait(&pipe, NULL, &now) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc) {
		errno = -rc;
		return err_sys(e, "write to %s", s->dir);
	}
	f->pos += n;
	return 0;
}

static int stream_end(struct sink *s, struct err *e)
{
	/* Pipes and terminals have nothing to sync. */
	if (fsync(self(s)->fd) && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
		return err_sys(e, "fsync %s", s->dir);
	return 0;
}

static int stream_commit(struct sink *s, uint64_t size, struct err *e)
{
	if (size != self(s)->pos)
		return err_set(e, -ESPIPE, "%s got %llu bytes of %llu", s->dir, (unsigned long long)self(s)->pos,
			       (unsigned long long)size);
	return stream_end(s, e);
}

static void stream_free(struct sink *s)
{
	free(s);
}

static const struct sink_ops stream_ops = {
	.scheme = "stream",
	.caps = 0,
	.space = stream_space,
	.begin = stream_begin,
	.write = stream_write,
	.commit = stream_commit,
	.abandon = stream_end,
	.free = stream_free,
};

int sink_stream_open(struct sink **ret, int fd, const char *name, struct err *e)
{
	struct stream *f = calloc(1, sizeof(*f));

	if (!f)
		return err_set(e, -ENOMEM, "sink: no memory");
	f->s.ops = &stream_ops;
	f->fd = fd;
	(void)str_fmt(f->s.dir, sizeof(f->s.dir), "%s", name);
	*ret = &f->s;
	return 0;
}
