/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a directory of an NFS server, version 3 or 4.0, without the kernel's client.
 * What a server has only in its memory is kept here until it is committed: a server that restarts loses nothing.
 */
#include "sink/net_nfs.h"

#include "base/clock.h"
#include "base/meminfo.h"
#include "base/str.h"
#include "sink/net_nfs_flow.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_MS  30000
#define STALL_MS    120000
#define MEMORY      (8u << 20)
#define MEMORY_MOST (16u << 20) /* a server a millisecond away takes eight blocks at once as fast as thirty-two */
#define SHARE       10          /* of the free memory */
#define BLOCK_MIN   (64u << 10)
#define BLOCKS_MIN  4
#define BLOCKS_GOOD 8 /* half of them under way, half waiting for a COMMIT */
#define FRESH_TRIES 100
#define HOST_ROOM   256
#define DIR_ROOM    512
#define PATH_ROOM   (DIR_ROOM + NAME_MAX + 1)

struct sink_nfs {
	struct sink s;
	struct nfs_target to; /* what it points to is below */
	struct sockaddr_storage addr[NFS_ADDRS];
	char host[HOST_ROOM], export[DIR_ROOM];
	struct nfs_flow flow;
	bool open;
	uint64_t ino;        /* of the file */
	uint64_t size;       /* bytes up to the last that was given to write() */
	char path[DIR_ROOM]; /* the directory below the export: "" or "/dir" */
	char temp[NAME_MAX + 1], name[NAME_MAX + 1];
};

static struct sink_nfs *self(struct sink *s)
{
	return (struct sink_nfs *)s;
}

/* ---- what a sink does ---- */

/* Puts the name of the open file in front of a failure. */
static int named(const struct sink_nfs *f, int rc, const char *what, struct err *e)
{
	return rc ? err_add(e, rc, "%s %s/%s", what, f->s.dir, f->temp) : 0;
}

static int nfs_space(struct sink *s, uint64_t *ret, struct err *e)
{
	struct sink_nfs *f = self(s);
	uint64_t owed = nfs_ring_owed(&f->flow.ring), left;
	int rc;

	if (f->flow.dead)
		return named(f, nfs_flow_tell(&f->flow, e), "write", e);
	rc = nfs_link_space(&f->flow.link, &left, nfs_flow_until(&f->flow), e);
	if (rc)
		return err_add(e, rc, "space of %s", s->dir);
	*ret = left > owed ? left - owed : 0;
	return 0;
}

static int full_path(const struct sink_nfs *f, char *path, size_t n, const char *name, struct err *e)
{
	return str_fmt(path, n, "%s/%s", f->path, name) ? err_set(e, -ENAMETOOLONG, "%s: name too long", name) : 0;
}

static int open_file(struct sink_nfs *f, const char *path, struct err *e)
{
	int64_t until = nfs_flow_until(&f->flow);
	struct nfs_seen seen;
	int rc = nfs_link_stat(&f->flow.link, path, &seen, until, e);
	bool create = rc == -ENOENT;

	if (rc && !create)
		return rc;
	if (!create && !seen.regular)
		return err_set(e, -EEXIST, "is no regular file");
	rc = nfs_link_open(&f->flow.link, path, create, until, e);
	if (rc == 0 && create)
		rc = nfs_link_stat(&f->flow.link, path, &seen, until, e);
	if (rc == 0)
		f->ino = seen.ino;
	return rc;
}

static int nfs_begin(struct sink *s, const char *temp, const char *name, struct err *e)
{
	struct sink_nfs *f = self(s);
	char path[PATH_ROOM];
	int rc;

	if (f->open)
		return err_set(e, -EBUSY, "begin %s: %s is still open", name, f->name);
	if (str_fmt(f->temp, sizeof(f->temp), "%s", temp) || str_fmt(f->name, sizeof(f->name), "%s", name))
		return err_set(e, -ENAMETOOLONG, "begin %s: name too long", name);
	nfs_flow_forget(&f->flow);
	f->size = 0;
	rc = full_path(f, path, sizeof(path), temp, e);
	if (rc == 0)
		rc = open_file(f, path, e);
	if (rc)
		return err_add(e, rc, "create %s/%s", s->dir, temp);
	f->open = true;
	return 0;
}

static int nfs_empty(struct sink *s, struct err *e)
{
	struct sink_nfs *f = self(s);
	int rc;

	nfs_flow_forget(&f->flow);
	f->size = 0;
	rc = nfs_flow_resize(&f->flow, 0, e);
	if (rc)
		nfs_flow_fail(&f->flow, rc, "it could not be emptied");
	return named(f, rc, "empty", e);
}

/* Hands over as many bytes as there is room for, then waits for room. */
static int put_all(struct sink_nfs *f, uint64_t off, const char *buf, size_t n, struct err *e)
{
	for (;;) {
		size_t took = nfs_ring_put(&f->flow.ring, off, buf, n);
		int rc;

		off += took;
		buf += took;
		n -= took;
		if (!n)
			return 0;
		rc = nfs_flow_drain(&f->flow, false, e);
		if (rc)
			return rc;
	}
}

static int nfs_write(struct sink *s, uint64_t off, const void *buf, size_t n, struct err *e)
{
	struct sink_nfs *f = self(s);
	int rc = 0;

	if (f->flow.dead || (f->flow.rc && !f->flow.told))
		rc = nfs_flow_tell(&f->flow, e);
	else if (nfs_ring_meets(&f->flow.ring, off, n))
		rc = nfs_flow_drain(&f->flow, true, e);
	if (rc == 0)
		rc = put_all(f, off, buf, n, e);
	if (rc)
		return named(f, rc, "write", e);
	f->size = off + n > f->size ? off + n : f->size;
	nfs_flow_push(&f->flow);
	return 0;
}

static int nfs_extend(struct sink *s, uint64_t size, struct err *e)
{
	struct sink_nfs *f = self(s);
	uint64_t now = 0;
	int rc;

	if (f->size >= size)
		return 0;
	rc = nfs_flow_size(&f->flow, &now, e);
	if (rc == 0 && now < size)
		rc = nfs_flow_resize(&f->flow, size, e);
	return named(f, rc, "set the size of", e);
}

/* The server has all of SIZE bytes, and no more, where a power cut does not reach them. */
static int settle(struct sink_nfs *f, uint64_t size, struct err *e)
{
	uint64_t now = 0;
	int rc = nfs_flow_drain(&f->flow, true, e);

	if (rc == 0 && f->flow.rc)
		rc = nfs_flow_tell(&f->flow, e);
	if (rc)
		return named(f, rc, "write", e);
	rc = nfs_flow_size(&f->flow, &now, e);
	if (rc == 0 && now != size) {
		rc = nfs_flow_resize(&f->flow, size, e);
		if (rc == 0)
			rc = nfs_flow_size(&f->flow, &now, e);
	}
	if (rc)
		return named(f, rc, "size of", e);
	if (now != size)
		return err_set(e, -EIO, "%s/%s has %llu bytes at the server instead of %llu", f->s.dir, f->temp,
			       (unsigned long long)now, (unsigned long long)size);
	return 0;
}

static int nfs_commit(struct sink *s, uint64_t size, struct err *e)
{
	struct sink_nfs *f = self(s);
	char temp[PATH_ROOM], name[PATH_ROOM];
	int rc = settle(f, size, e);

	f->open = false;
	if (rc || strcmp(f->temp, f->name) == 0)
		return rc;
	rc = full_path(f, temp, sizeof(temp), f->temp, e);
	if (rc == 0)
		rc = full_path(f, name, sizeof(name), f->name, e);
	if (rc == 0)
		rc = nfs_link_rename(&f->flow.link, temp, name, f->ino, nfs_flow_until(&f->flow), e);
	return rc ? err_add(e, rc, "rename %s/%s to %s", s->dir, f->temp, f->name) : 0;
}

static int nfs_abandon(struct sink *s, struct err *e)
{
	struct sink_nfs *f = self(s);
	int rc;

	if (!f->open)
		return 0;
	rc = nfs_flow_drain(&f->flow, true, e);
	f->open = false;
	return named(f, rc, "write", e);
}

static int nfs_read(struct sink *s, const char *name, uint64_t off, void *buf, size_t n, struct err *e)
{
	struct sink_nfs *f = self(s);
	int64_t until = nfs_flow_until(&f->flow);
	char path[PATH_ROOM];
	int rc = f->open ? err_set(e, -EBUSY, "%s is still open", f->name) : full_path(f, path, sizeof(path), name, e);

	if (rc == 0)
		rc = nfs_link_open(&f->flow.link, path, false, until, e);
	if (rc == 0)
		rc = nfs_link_read(&f->flow.link, off, buf, n, until, e);
	return rc ? err_add(e, rc, "read %s/%s", s->dir, name) : 0;
}

static int nfs_remove(struct sink *s, const char *name, struct err *e)
{
	struct sink_nfs *f = self(s);
	int64_t until = nfs_flow_until(&f->flow);
	char path[PATH_ROOM];
	int rc;

	if (!name) {
		rc = f->path[0] ? nfs_link_remove(&f->flow.link, f->path, true, until, e)
				: err_set(e, -EBUSY, "it is the export itself");
		return rc ? err_add(e, rc, "remove %s", s->dir) : 0;
	}
	rc = full_path(f, path, sizeof(path), name, e);
	if (rc == 0)
		rc = nfs_link_remove(&f->flow.link, path, false, until, e);
	return rc ? err_add(e, rc, "remove %s/%s", s->dir, name) : 0;
}

static void nfs_free(struct sink *s)
{
	struct sink_nfs *f = self(s);

	if (!s)
		return;
	nfs_link_down(&f->flow.link);
	nfs_ring_free(&f->flow.ring);
	free(f);
}

static const struct sink_ops nfs_ops = {
	.scheme = "nfs",
	.caps = SINK_SEEK | SINK_RENAME | SINK_SPACE | SINK_DURABLE,
	.space = nfs_space,
	.begin = nfs_begin,
	.empty = nfs_empty,
	.write = nfs_write,
	.extend = nfs_extend,
	.commit = nfs_commit,
	.abandon = nfs_abandon,
	.read = nfs_read,
	.remove = nfs_remove,
	.free = nfs_free,
};

/* ---- opening ---- */

/* One directory; an existing one is fine unless it has to be NEW. -EEXIST. */
static int make_dir(struct sink_nfs *f, const char *path, bool new, int64_t until, struct err *e)
{
	struct nfs_seen seen;
	int rc = nfs_link_stat(&f->flow.link, path, &seen, until, e);

	if (rc == 0 && seen.dir && !new)
		return 0;
	if (rc == 0)
		return err_set(e, seen.dir ? -EEXIST : -ENOTDIR, "mkdir %s: it exists%s", path,
			       seen.dir ? "" : ", and is no directory");
	if (rc == -ENOENT)
		rc = nfs_link_mkdir(&f->flow.link, path, until, e);
	return rc ? err_add(e, rc, "mkdir %s", path) : 0;
}

/* Every directory above the last component of PATH. */
static int make_parents(struct sink_nfs *f, char *path, int64_t until, struct err *e)
{
	int rc = 0;

	for (char *p = strchr(path + 1, '/'); rc == 0 && p; p = strchr(p + 1, '/')) {
		*p = '\0';
		rc = make_dir(f, path, false, until, e);
		*p = '/';
	}
	return rc;
}

static int make_path(struct sink_nfs *f, const char *dir, int64_t until, struct err *e)
{
	char want[sizeof(f->path)];
	size_t n;
	int rc;

	dir += strspn(dir, "/");
	if (!*dir)
		return 0;
	if (str_fmt(want, sizeof(want) - 4, "/%s", dir))
		return err_set(e, -ENAMETOOLONG, "mkdir: name of %zu bytes", strlen(dir));
	n = 0;
	for (const char *p = want; *p; p++)
		if (*p != '/' || (p[1] && p[1] != '/'))
			want[n++] = *p;
	want[n] = '\0';
	rc = make_parents(f, want, until, e);
	for (int i = 0; rc == 0 && i < FRESH_TRIES; i++) {
		(void)str_fmt(f->path, sizeof(f->path), i ? "%s.%d" : "%s", want, i);
		rc = make_dir(f, f->path, f->to.fresh, until, e);
		if (rc != -EEXIST || !f->to.fresh)
			return rc;
		rc = 0;
	}
	return rc ? rc : err_set(e, -EEXIST, "mkdir %s: %d names are taken", want, FRESH_TRIES);
}

/* Bytes for blocks: more where there is plenty. */
static uint32_t ring_memory(const struct nfs_target *to)
{
	uint64_t share = memory_available() / SHARE;

	if (to->memory)
		return to->memory;
	if (share < MEMORY)
		return MEMORY;
	return share < MEMORY_MOST ? (uint32_t)share : MEMORY_MOST;
}

/* The library sends data from where it is (config/libs/patches), so blocks are all there is to pay. */
static int make_ring(struct sink_nfs *f, struct err *e)
{
	uint32_t memory = ring_memory(&f->to), size = NFS_BLOCK_MAX;
	unsigned n;

	while (size > BLOCK_MIN && (size > f->flow.link.wsize || memory / size < BLOCKS_GOOD))
		size /= 2;
	n = memory / size;
	n = n > BLOCKS_MIN ? n : BLOCKS_MIN;
	n = n < NFS_BLOCKS ? n : NFS_BLOCKS;
	return nfs_ring_init(&f->flow.ring, n, size, n / 2, e);
}

static int open_nfs(struct sink_nfs *f, const char *dir, struct err *e)
{
	const struct nfs_target *to = &f->to;
	int64_t until = clock_ms() + (to->connect_ms ? to->connect_ms : CONNECT_MS);
	bool v6 = strchr(to->host, ':');
	int rc = nfs_link_up(&f->flow.link, until, e);

	if (rc == 0)
		rc = make_path(f, dir, until, e);
	if (rc == 0)
		rc = make_ring(f, e);
	if (rc)
		return err_add(e, rc, "nfs %s%s%s:%s", v6 ? "[" : "", to->host, v6 ? "]" : "", to->export);
	if (str_fmt(f->s.dir, sizeof(f->s.dir), "%s%s%s:%s%s", v6 ? "[" : "", to->host, v6 ? "]" : "", to->export,
		    f->path))
		return err_set(e, -ENAMETOOLONG, "nfs: name of the target too long");
	return 0;
}

static int copy_target(struct sink_nfs *f, const struct nfs_target *to, struct err *e)
{
	f->to = *to;
	f->to.dir = NULL;
	if (str_fmt(f->host, sizeof(f->host), "%s", to->host) ||
	    str_fmt(f->export, sizeof(f->export), "%s", to->export))
		return err_set(e, -ENAMETOOLONG, "nfs: name of the server or of its export too long");
	if (f->export[0] != '/')
		return err_set(e, -EINVAL, "nfs %s: the export '%s' does not begin with '/'", f->host, f->export);
	f->to.naddr = to->naddr < NFS_ADDRS ? to->naddr : NFS_ADDRS;
	for (unsigned i = 0; i < f->to.naddr; i++)
		f->addr[i] = to->addr[i];
	f->to.host = f->host;
	f->to.export = f->export;
	f->to.addr = f->addr;
	return 0;
}

int sink_nfs_open(struct sink **ret, const struct nfs_target *to, struct err *e)
{
	struct sink_nfs *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return err_set(e, -ENOMEM, "sink: no memory");
	f->s.ops = &nfs_ops;
	f->flow.link.to = &f->to;
	f->flow.stall_ms = to->stall_ms ? to->stall_ms : to->opt.stall_ms ? to->opt.stall_ms
									  : STALL_MS;
	rc = copy_target(f, to, e);
	if (rc == 0)
		rc = open_nfs(f, to->dir ? to->dir : "", e);
	if (rc) {
		nfs_free(&f->s);
		return rc;
	}
	*ret = &f->s;
	return 0;
}

int sink_nfs_try(const struct nfs_target *to, struct err *e)
{
	struct sink_nfs *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return err_set(e, -ENOMEM, "sink: no memory");
	f->flow.link.to = &f->to;
	rc = copy_target(f, to, e);
	if (rc == 0)
		rc = nfs_link_up(&f->flow.link, clock_ms() + (to->connect_ms ? to->connect_ms : CONNECT_MS), e);
	nfs_link_down(&f->flow.link);
	free(f);
	return rc ? err_add(e, rc, "nfs %s:%s", to->host, to->export) : 0;
}
