/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: is the file that is there the one that would be written?
 * A sink that reads: a dump is called recovered because of its bytes, never because of its name.
 */
#include "host/savecore.h"

#include "base/dumpdir.h"
#include "base/fdio.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE (256u << 10)

struct compare {
	struct sink s;
	int fd;
	char name[NAME_MAX + 1];
	uint8_t buf[PIECE];
};

static int differs(const struct compare *c, struct err *e)
{
	return err_set(e, -EEXIST, "%s/%s is there and is not this dump: both stay", c->s.dir, c->name);
}

static int compare_begin(struct sink *s, const char *temp, const char *name, struct err *e)
{
	(void)s;
	(void)temp;
	(void)name;
	(void)e;
	return 0;
}

static int compare_write(struct sink *s, uint64_t off, const void *buf, size_t n, struct err *e)
{
	struct compare *c = (struct compare *)s;
	const uint8_t *p = buf;

	while (n) {
		size_t part = n < PIECE ? n : PIECE, got = 0;

		if (fd_pread(c->fd, c->buf, part, off, &got) || got != part || memcmp(c->buf, p, part) != 0)
			return differs(c, e);
		p += part;
		off += part;
		n -= part;
	}
	return 0;
}

static int compare_commit(struct sink *s, uint64_t size, struct err *e)
{
	struct compare *c = (struct compare *)s;
	struct stat st;

	if (fstat(c->fd, &st) || (uint64_t)st.st_size != size)
		return differs(c, e);
	return fsync(c->fd) ? err_sys(e, "fsync %s/%s", c->s.dir, c->name) : 0;
}

static int compare_abandon(struct sink *s, struct err *e)
{
	(void)s;
	(void)e;
	return 0;
}

static void compare_free(struct sink *s)
{
	struct compare *c = (struct compare *)s;

	close(c->fd);
	free(c);
}

static const struct sink_ops compare_ops = {
	.scheme = "compare",
	.caps = SINK_SEEK,
	.begin = compare_begin,
	.write = compare_write,
	.commit = compare_commit,
	.abandon = compare_abandon,
	.free = compare_free,
};

int savecore_compare(const struct savecore_place *p, const char *name, struct sink **ret, struct err *e)
{
	struct compare *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return err_set(e, -ENOMEM, "no memory");
	c->s.ops = &compare_ops;
	rc = dumpdir_read(&c->fd, p->fd, name, NULL, e);
	if (rc) {
		free(c);
		return err_add(e, rc, "%s", p->path);
	}
	(void)str_fmt(c->name, sizeof(c->name), "%s", name);
	(void)str_fmt(c->s.dir, sizeof(c->s.dir), "%s", p->path);
	*ret = &c->s;
	return 0;
}
