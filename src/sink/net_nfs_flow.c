/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: the bytes of one open file on their way to an NFS server.
 * Connects a ring of blocks with a connection that may break; the first failure is kept until it was told.
 */
#include "sink/net_nfs_flow.h"

#include "base/clock.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

#define PATIENCE_MS 100 /* before a busy server is asked again */

int64_t nfs_flow_until(const struct nfs_flow *f)
{
	return clock_ms() + f->stall_ms;
}

void nfs_flow_forget(struct nfs_flow *f)
{
	if (f->ring.flying || f->ring.committing)
		nfs_link_down(&f->link);
	nfs_ring_clear(&f->ring);
	f->rc = 0;
	f->told = f->dead = false;
	f->pause = 0;
}

/* ---- answers ---- */

void nfs_flow_fail(struct nfs_flow *f, int rc, const char *why)
{
	bool full = rc == -ENOSPC || rc == -EDQUOT || rc == -EFBIG;

	f->dead |= !full;
	if (f->rc) {
		f->told &= full;
		return;
	}
	f->rc = rc;
	f->told = false;
	(void)str_fmt(f->why, sizeof(f->why), "%s", why);
}

/* A status that is no success. True: the call is to be made again. */
static bool refused(struct nfs_flow *f, const struct nfs_call *c, const char *what)
{
	int rc = nfs_link_errno(c->status);
	char text[96];

	if (rc == -EAGAIN) {
		f->pause = clock_ms() + PATIENCE_MS;
		return true;
	}
	(void)str_fmt(text, sizeof(text), "%s: %s (status %u)", what, strerror(-rc), c->status);
	nfs_flow_fail(f, rc, text);
	return false;
}

static void on_written(struct nfs_call *c)
{
	struct nfs_flow *f = c->arg;
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
		nfs_flow_fail(f, rc, rc == -EIO ? "WRITE: nothing was taken" : "WRITE: more was taken than given");
}

static void on_committed(struct nfs_call *c)
{
	struct nfs_flow *f = c->arg;

	if (!c->lost && !c->status)
		f->progress = clock_ms();
	nfs_ring_committed(&f->ring, c->lost || c->status ? NULL : c->w.verf);
	if (!c->lost && c->status)
		(void)refused(f, c, "COMMIT");
}

/* ---- the ring and the connection ---- */

static int send_block(struct nfs_flow *f, struct nfs_block *b)
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

static int send_commit(struct nfs_flow *f)
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
static int send_all(struct nfs_flow *f)
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
static int turn(struct nfs_flow *f, int64_t until, struct err *e)
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

void nfs_flow_push(struct nfs_flow *f)
{
	/* A broken connection is for those who wait. */
	if (f->link.nfs && !f->link.broken && send_all(f) == 0)
		nfs_link_turn(&f->link, 0);
}

int nfs_flow_tell(struct nfs_flow *f, struct err *e)
{
	f->told = true;
	return err_set(e, f->rc, "%s", f->why);
}

int nfs_flow_drain(struct nfs_flow *f, bool flush, struct err *e)
{
	int64_t start = clock_ms();
	struct err own = { 0 };
	int rc = 0;

	f->ring.flush = flush;
	while (rc == 0 && !f->dead && (flush ? !nfs_ring_empty(&f->ring) : !nfs_ring_takes(&f->ring))) {
		int64_t since = f->progress > start ? f->progress : start, until = since + f->stall_ms;

		if (clock_ms() >= until)
			rc = err_set(&own, -ETIMEDOUT, "no answer for %lld seconds", (long long)f->stall_ms / 1000);
		else
			rc = turn(f, until, &own);
	}
	f->ring.flush = false;
	if (rc)
		nfs_flow_fail(f, rc, own.text);
	return f->rc && (f->dead || !f->told) ? nfs_flow_tell(f, e) : 0;
}

/* ---- its size ---- */

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

static int ask_once(struct nfs_flow *f, struct asked *a, enum ask what, uint64_t size, int64_t until)
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

/* Sets the size of the open file to *SIZE, or gets it there, over as many connections as it takes. */
static int ask(struct nfs_flow *f, enum ask what, uint64_t *size, struct err *e)
{
	int64_t until = nfs_flow_until(f);
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

int nfs_flow_size(struct nfs_flow *f, uint64_t *ret, struct err *e)
{
	return ask(f, ASK_SIZE, ret, e);
}

int nfs_flow_resize(struct nfs_flow *f, uint64_t size, struct err *e)
{
	return ask(f, ASK_RESIZE, &size, e);
}
