/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a directory of an NFS server, version 3 or 4.0, without the kernel's client.
 * What a server has only in its memory is kept here until it is committed: a server that restarts loses nothing.
 */
#include "sink/net_nfs.h"

#include "base/clock.h"
#include "base/str.h"
#include "sink/net_nfs_link.h"
#include "sink/net_nfs_ring.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_MS  30000
#define STALL_MS    120000
#define MEMORY      (8u << 20)
#define BLOCK_MIN   (64u << 10)
#define PATIENCE_MS 300 /* before a busy server is asked again */
#define FRESH_TRIES 100

struct sink_nfs {
	struct sink s;
	const struct nfs_target *to;
	struct nfs_link link;
	struct nfs_ring ring;
	struct nfs_call write[NFS_BLOCKS]; /* one for each block of the ring */
	struct nfs_call commit;
	int64_t pause;    /* the server asked for patience until then */
	int64_t progress; /* when the server did something for us last */
	bool open;
	uint64_t ino;   /* of the file */
	uint64_t size;  /* bytes up to the last that was given to write() */
	int rc;         /* the first failure since begin() or empty() */
	bool told;      /* somebody heard of it */
	bool dead;      /* nothing will work any more */
	char why[192];  /* its sentence */
	char path[512]; /* the directory below the export: "" or "/dir" */
	char temp[NAME_MAX + 1], name[NAME_MAX + 1];
};

static struct sink_nfs *self(struct sink *s)
{
	return (struct sink_nfs *)s;
}

static int64_t stall_ms(const struct nfs_target *to)
{
	int64_t ms = to->stall_ms ? to->stall_ms : to->opt.stall_ms;

	return ms ? ms : STALL_MS;
}

static int64_t patience(const struct sink_nfs *f)
{
	return clock_ms() + stall_ms(f->to);
}

/* ---- answers ---- */

/* Remembers the first failure; a target that is only full takes bytes for other places of the file. */
static void fail(struct sink_nfs *f, int rc, const char *what)
{
	bool full = rc == -ENOSPC || rc == -EDQUOT || rc == -EFBIG;

	f->dead |= !full;
	if (f->rc) {
		f->told &= full;
		return;
	}
	f->rc = rc;
	f->told = false;
	(void)str_fmt(f->why, sizeof(f->why), "%s", what);
}

/* A status that is no success. True: the call is to be made again. */
static bool refused(struct sink_nfs *f, const struct nfs_call *c, const char *what)
{
	int rc = nfs_link_errno(c->status);
	char text[96];

	if (rc == -EAGAIN) {
		f->pause = clock_ms() + PATIENCE_MS;
		return true;
	}
	(void)str_fmt(text, sizeof(text), "%s: %s (status %u)", what, strerror(-rc), c->status);
	fail(f, rc, text);
	return false;
}

static void on_written(struct nfs_call *c)
{
	struct sink_nfs *f = c->arg;
	struct nfs_block *b = &f->ring.block[c - f->write];
	int rc;

	if (c->lost) {
		nfs_ring_unsent(&f->ring, b, false);
		return;
	}
	if (c->status) {
		nfs_ring_unsent(&f->ring, b, !refused(f, c, "WRITE"));
		return;
	}
	f->progress = clock_ms();
	rc = nfs_ring_written(&f->ring, b, &c->w);
	if (rc)
		fail(f, rc, rc == -EIO ? "WRITE: the server took nothing" : "WRITE: the server took more than there was");
}

static void on_committed(struct nfs_call *c)
{
	struct sink_nfs *f = c->arg;

	if (!c->lost && !c->status)
		f->progress = clock_ms();
	nfs_ring_committed(&f->ring, c->lost || c->status ? NULL : c->w.verf);
	if (!c->lost && c->status)
		(void)refused(f, c, "COMMIT");
}

/* ---- the ring and the connection ---- */

static int send_block(struct sink_nfs *f, struct nfs_block *b)
{
	struct nfs_call *c = &f->write[b - f->ring.block];
	uint32_t n = b->len - b->done;
	int rc;

	n = n < f->link.wsize ? n : f->link.wsize;
	c->done = on_written;
	c->link = &f->link;
	c->arg = f;
	rc = f->link.proto->write(c, b->off + b->done, b->data + b->done, n);
	if (rc == 0)
		nfs_ring_sent(&f->ring, b);
	return rc;
}

static int send_commit(struct sink_nfs *f)
{
	struct nfs_call *c = &f->commit;
	int rc;

	c->done = on_committed;
	c->link = &f->link;
	c->arg = f;
	rc = f->link.proto->commit(c);
	if (rc == 0)
		nfs_ring_commit(&f->ring);
	return rc;
}

/* Sends what may be sent. -ENOMEM. */
static int send_all(struct sink_nfs *f)
{
	struct nfs_block *b;
	int rc = 0;

	if (clock_ms() < f->pause)
		return 0;
	while (rc == 0 && (b = nfs_ring_next(&f->ring)))
		rc = send_block(f, b);
	if (rc == 0 && nfs_ring_wants_commit(&f->ring))
		rc = send_commit(f);
	return rc;
}

/* One turn: sends, then waits until UNTIL for an answer; a broken connection is made anew. */
static int turn(struct sink_nfs *f, int64_t until, struct err *e)
{
	int rc;

	if (f->link.nfs && f->link.broken)
		nfs_link_down(&f->link);
	rc = f->link.nfs ? 0 : nfs_link_up(&f->link, until, e);
	if (rc)
		return rc;
	rc = send_all(f);
	if (rc == 0)
		nfs_link_turn(&f->link, f->pause > clock_ms() && f->pause < until ? f->pause : until);
	/* Without memory for another call, those that are under way give theirs back. */
	else if (f->ring.flying || f->ring.committing)
		nfs_link_turn(&f->link, until);
	else
		return err_set(e, rc, "no memory for a WRITE");
	return 0;
}

/* Says what went wrong, once; everything after that fails the same way when nothing can work any more. */
static int tell(struct sink_nfs *f, struct err *e)
{
	f->told = true;
	return err_set(e, f->rc, "%s/%s: %s", f->s.dir, f->temp, f->why);
}

/* Turns until the ring takes bytes again or, with FLUSH, is empty. */
static int drain(struct sink_nfs *f, bool flush, struct err *e)
{
	int64_t start = clock_ms();
	struct err own = { 0 };
	int rc = 0;

	f->ring.flush = flush;
	while (rc == 0 && !f->dead && (flush ? !nfs_ring_empty(&f->ring) : !nfs_ring_takes(&f->ring))) {
		int64_t since = f->progress > start ? f->progress : start, until = since + stall_ms(f->to);

		if (clock_ms() >= until)
			rc = err_set(&own, -ETIMEDOUT, "the server did nothing for %lld seconds", (long long)stall_ms(f->to) / 1000);
		else
			rc = turn(f, until, &own);
	}
	f->ring.flush = false;
	if (rc)
		fail(f, rc, own.text);
	return f->rc && (f->dead || !f->told) ? tell(f, e) : 0;
}

/* ---- what a sink does ---- */

static int nfs_space(struct sink *s, uint64_t *ret, struct err *e)
{
	struct sink_nfs *f = self(s);
	uint64_t owed = nfs_ring_owed(&f->ring), left;
	int rc;

	if (f->dead)
		return tell(f, e);
	rc = nfs_link_space(&f->link, &left, patience(f), e);
	if (rc)
		return err_add(e, rc, "space of %s", s->dir);
	*ret = left > owed ? left - owed : 0;
	return 0;
}

static int full_path(const struct sink_nfs *f, char *path, size_t n, const char *name, struct err *e)
{
	return str_fmt(path, n, "%s/%s", f->path, name) ? err_set(e, -ENAMETOOLONG, "%s: name too long", name) : 0;
}

static void forget(struct sink_nfs *f)
{
	nfs_ring_clear(&f->ring);
	f->rc = 0;
	f->told = f->dead = false;
	f->pause = 0;
	f->size = 0;
}

static int open_file(struct sink_nfs *f, const char *path, struct err *e)
{
	int64_t until = patience(f);
	struct nfs_seen seen;
	int rc = nfs_link_stat(&f->link, path, &seen, until, e);
	bool create = rc == -ENOENT;

	if (rc && !create)
		return rc;
	if (!create && !seen.regular)
		return err_set(e, -EEXIST, "is no regular file");
	rc = nfs_link_open(&f->link, path, create, until, e);
	if (rc == 0 && create)
		rc = nfs_link_stat(&f->link, path, &seen, until, e);
	if (rc == 0)
		f->ino = seen.ino;
	return rc;
}

static int nfs_begin(struct sink *s, const char *temp, const char *name, struct err *e)
{
	struct sink_nfs *f = self(s);
	char path[sizeof(f->path) + NAME_MAX + 2];
	int rc;

	if (f->open)
		return err_set(e, -EBUSY, "begin %s: %s is still open", name, f->name);
	if (str_fmt(f->temp, sizeof(f->temp), "%s", temp) || str_fmt(f->name, sizeof(f->name), "%s", name))
		return err_set(e, -ENAMETOOLONG, "begin %s: name too long", name);
	forget(f);
	rc = full_path(f, path, sizeof(path), temp, e);
	if (rc == 0)
		rc = open_file(f, path, e);
	if (rc)
		return err_add(e, rc, "create %s/%s", s->dir, temp);
	f->open = true;
	return 0;
}

/* A call about the open file that is made until it is answered. */
enum ask {
	ASK_RESIZE,
	ASK_SIZE,
};

struct asked {
	struct nfs_call c;
	bool done;
};

static void on_asked(struct nfs_call *c)
{
	((struct asked *)c->arg)->done = true;
}

static int ask_once(struct sink_nfs *f, struct asked *a, enum ask what, uint64_t size, int64_t until)
{
	const struct nfs_proto *p = f->link.proto;
	int rc;

	memset(a, 0, sizeof(*a));
	a->c.done = on_asked;
	a->c.link = &f->link;
	a->c.arg = a;
	rc = what == ASK_RESIZE ? p->set_size(&a->c, size) : p->get_size(&a->c);
	while (rc == 0 && !a->done && !f->link.broken && clock_ms() < until)
		nfs_link_turn(&f->link, until);
	/* The call must not outlive its place. */
	if (rc == 0 && !a->done)
		nfs_link_down(&f->link);
	return rc;
}

/* Sets the size of the open file to *SIZE, or gets it there. */
static int ask(struct sink_nfs *f, enum ask what, uint64_t *size, struct err *e)
{
	int64_t until = patience(f);
	struct asked a;
	int rc;

	for (;;) {
		rc = nfs_link_up(&f->link, until, e);
		if (rc == 0 && ask_once(f, &a, what, *size, until))
			rc = err_set(e, -ENOMEM, "no memory for a call");
		if (rc)
			return rc;
		if (!a.c.lost && !a.c.status)
			break;
		if (!a.c.lost && nfs_link_errno(a.c.status) != -EAGAIN)
			return err_set(e, nfs_link_errno(a.c.status), "%s (status %u)",
				       strerror(-nfs_link_errno(a.c.status)), a.c.status);
		if (clock_ms() >= until)
			return err_set(e, -ETIMEDOUT, "no answer from the server");
		nfs_link_rest(until);
	}
	if (what == ASK_SIZE)
		*size = a.c.size;
	return 0;
}

static int resize(struct sink_nfs *f, uint64_t size, struct err *e)
{
	int rc = ask(f, ASK_RESIZE, &size, e);

	return err_add(e, rc, "set the size of %s/%s", f->s.dir, f->temp);
}

static int nfs_empty(struct sink *s, struct err *e)
{
	struct sink_nfs *f = self(s);
	int rc;

	/* Answers that are still to come belong to bytes nobody wants: the connection ends with them. */
	if (!nfs_ring_empty(&f->ring))
		nfs_link_down(&f->link);
	forget(f);
	rc = resize(f, 0, e);
	f->dead = rc != 0;
	if (rc)
		fail(f, rc, "could not be emptied");
	return rc;
}

static int nfs_write(struct sink *s, uint64_t off, const void *buf, size_t n, struct err *e)
{
	struct sink_nfs *f = self(s);
	const char *from = buf;
	int rc = 0;

	if (f->dead || (f->rc && !f->told))
		return tell(f, e);
	if (nfs_ring_meets(&f->ring, off, n))
		rc = drain(f, true, e);
	f->size = off + n > f->size ? off + n : f->size;
	while (rc == 0 && n) {
		size_t took = nfs_ring_put(&f->ring, off, from, n);

		off += took;
		from += took;
		n -= took;
		if (n)
			rc = drain(f, false, e);
	}
	/* What is ready goes on its way now; answers that are there are heard. A broken link is for those who wait. */
	if (rc == 0 && f->link.nfs && !f->link.broken && send_all(f) == 0)
		nfs_link_turn(&f->link, 0);
	return rc;
}

static int nfs_extend(struct sink *s, uint64_t size, struct err *e)
{
	struct sink_nfs *f = self(s);
	uint64_t now = 0;
	int rc;

	if (f->size >= size)
		return 0;
	rc = ask(f, ASK_SIZE, &now, e);
	if (rc)
		return err_add(e, rc, "size of %s/%s", s->dir, f->temp);
	return now < size ? resize(f, size, e) : 0;
}

/* The server has all of SIZE bytes, and no more, where a power cut does not reach them. */
static int settle(struct sink_nfs *f, uint64_t size, struct err *e)
{
	uint64_t now = 0;
	int rc = drain(f, true, e);

	if (rc == 0 && f->rc)
		rc = tell(f, e);
	if (rc)
		return rc;
	rc = ask(f, ASK_SIZE, &now, e);
	if (rc == 0 && now != size) {
		rc = resize(f, size, e);
		if (rc == 0)
			rc = ask(f, ASK_SIZE, &now, e);
	}
	if (rc)
		return err_add(e, rc, "finish %s/%s", f->s.dir, f->temp);
	if (now != size)
		return err_set(e, -EIO, "%s/%s has %llu bytes at the server instead of %llu", f->s.dir, f->temp,
			       (unsigned long long)now, (unsigned long long)size);
	return 0;
}

/* The file is not ours any more. Calls about it that are under way end with the connection. */
static void let_go(struct sink_nfs *f)
{
	if (f->ring.flying || f->ring.committing)
		nfs_link_down(&f->link);
	f->open = false;
}

static int nfs_commit(struct sink *s, uint64_t size, struct err *e)
{
	struct sink_nfs *f = self(s);
	char temp[sizeof(f->path) + NAME_MAX + 2], name[sizeof(f->path) + NAME_MAX + 2];
	int rc = settle(f, size, e);

	let_go(f);
	if (rc || strcmp(f->temp, f->name) == 0)
		return rc;
	rc = full_path(f, temp, sizeof(temp), f->temp, e);
	if (rc == 0)
		rc = full_path(f, name, sizeof(name), f->name, e);
	if (rc == 0)
		rc = nfs_link_rename(&f->link, temp, name, f->ino, patience(f), e);
	return rc ? err_add(e, rc, "rename %s/%s to %s", s->dir, f->temp, f->name) : 0;
}

static int nfs_abandon(struct sink *s, struct err *e)
{
	struct sink_nfs *f = self(s);
	int rc;

	if (!f->open)
		return 0;
	rc = drain(f, true, e);
	let_go(f);
	return rc;
}

static void nfs_free(struct sink *s)
{
	struct sink_nfs *f = self(s);

	if (!s)
		return;
	nfs_link_down(&f->link);
	nfs_ring_free(&f->ring);
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
	.free = nfs_free,
};

/* ---- opening ---- */

/* One directory; an existing one is fine unless it has to be NEW. -EEXIST. */
static int make_dir(struct sink_nfs *f, const char *path, bool new, int64_t until, struct err *e)
{
	struct nfs_seen seen;
	int rc = nfs_link_stat(&f->link, path, &seen, until, e);

	if (rc == 0 && seen.dir && !new)
		return 0;
	if (rc == 0)
		return err_set(e, seen.dir ? -EEXIST : -ENOTDIR, "%s: it exists", path);
	if (rc == -ENOENT)
		rc = nfs_link_mkdir(&f->link, path, until, e);
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
	for (n = strlen(want); n > 1 && want[n - 1] == '/'; n--)
		want[n - 1] = '\0';
	rc = make_parents(f, want, until, e);
	for (int i = 0; rc == 0 && i < FRESH_TRIES; i++) {
		(void)str_fmt(f->path, sizeof(f->path), i ? "%s.%d" : "%s", want, i);
		rc = make_dir(f, f->path, f->to->fresh, until, e);
		if (rc != -EEXIST || !f->to->fresh)
			return rc;
		rc = 0;
	}
	return rc ? rc : err_set(e, -EEXIST, "mkdir %s: %d names are taken", want, FRESH_TRIES);
}

/*
 * The budget holds blocks, and the copies that the library makes of those on their way: twelfths of it, eight for blocks and
 * four for copies, unless that would leave less than a useful size.
 */
static int make_ring(struct sink_nfs *f, struct err *e)
{
	uint32_t memory = f->to->memory ? f->to->memory : MEMORY, size = NFS_BLOCK_MAX;
	unsigned n, depth;

	while (size > BLOCK_MIN && (size > f->link.wsize || memory / size < 12))
		size /= 2;
	n = memory / size * 2 / 3;
	n = n < 4 ? 4 : n < NFS_BLOCKS ? n
				       : NFS_BLOCKS;
	depth = n / 2;
	return nfs_ring_init(&f->ring, n, size, depth, e);
}

static int open_nfs(struct sink_nfs *f, struct err *e)
{
	const struct nfs_target *to = f->to;
	int64_t until = clock_ms() + (to->connect_ms ? to->connect_ms : CONNECT_MS);
	bool v6 = strchr(to->host, ':');
	int rc = nfs_link_up(&f->link, until, e);

	if (rc == 0)
		rc = make_path(f, to->dir ? to->dir : "", until, e);
	if (rc == 0)
		rc = make_ring(f, e);
	if (rc)
		return err_add(e, rc, "nfs %s%s%s:%s", v6 ? "[" : "", to->host, v6 ? "]" : "", to->export);
	if (str_fmt(f->s.dir, sizeof(f->s.dir), "%s%s%s:%s%s", v6 ? "[" : "", to->host, v6 ? "]" : "", to->export, f->path))
		return err_set(e, -ENAMETOOLONG, "nfs: name of the target too long");
	return 0;
}

int sink_nfs_open(struct sink **ret, const struct nfs_target *to, struct err *e)
{
	struct sink_nfs *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return err_set(e, -ENOMEM, "sink: no memory");
	f->s.ops = &nfs_ops;
	f->to = f->link.to = to;
	rc = open_nfs(f, e);
	if (rc) {
		nfs_free(&f->s);
		return rc;
	}
	*ret = &f->s;
	return 0;
}
