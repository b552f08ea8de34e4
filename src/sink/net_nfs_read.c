/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: reading back from an NFS server.
 * Several READs at once, so that the time measured is that of the link; a connection that breaks is made anew.
 */
#include "sink/net_nfs_link.h"

#include "base/clock.h"

#include <errno.h>
#include <string.h>

#define PARTS     8
#define PART_SIZE (256u << 10)

/* A round of READs that are under way together. */
struct round {
	struct nfs_call part[PARTS];
	unsigned flying;
};

static void on_part(struct nfs_call *c)
{
	((struct round *)c->arg)->flying--;
}

/* Asks for the N bytes at OFF, as far as one round goes. Gives how many calls were sent. */
static unsigned send_parts(struct nfs_link *l, struct round *r, uint64_t off, char *buf, size_t n)
{
	unsigned sent = 0;

	while (n && sent < PARTS) {
		struct nfs_call *c = &r->part[sent];

		*c = (struct nfs_call){ .done = on_part, .link = l, .arg = r, .to = buf };
		c->room = n < PART_SIZE ? (uint32_t)n : PART_SIZE;
		if (l->proto->read(c, off))
			break;
		r->flying++;
		sent++;
		off += c->room;
		buf += c->room;
		n -= c->room;
	}
	return sent;
}

/* The bytes that arrived without a gap; *RC tells why no more did, 0 when a part was lost or short. */
static size_t take_parts(const struct round *r, unsigned sent, int *rc)
{
	size_t done = 0;

	*rc = 0;
	for (unsigned i = 0; i < sent; i++) {
		const struct nfs_call *c = &r->part[i];

		if (c->lost)
			return done;
		if (c->status)
			*rc = nfs_link_errno(c->status);
		else if (!c->w.count)
			*rc = -ENODATA;
		if (*rc)
			return done;
		done += c->w.count;
		if (c->w.count < c->room)
			return done;
	}
	return done;
}

int nfs_link_read(struct nfs_link *l, uint64_t off, void *buf, size_t n, int64_t until, struct err *e)
{
	char *to = buf;

	while (n) {
		struct round r = { .flying = 0 };
		unsigned sent;
		size_t done;
		int rc = nfs_link_up(l, until, e);

		if (rc)
			return rc;
		sent = send_parts(l, &r, off, to, n);
		if (!sent)
			return err_set(e, -ENOMEM, "no memory for a READ");
		while (r.flying && !l->broken && clock_ms() < until)
			nfs_link_turn(l, until);
		/* The calls must not outlive their place. */
		if (r.flying)
			nfs_link_down(l);
		done = take_parts(&r, sent, &rc);
		if (rc && rc != -EAGAIN)
			return err_set(e, rc, "READ: %s", rc == -ENODATA ? "the file is shorter" : strerror(-rc));
		if (clock_ms() >= until && done < n)
			return err_set(e, -ETIMEDOUT, "no answer from the server");
		if (!done)
			nfs_link_rest(until);
		off += done;
		to += done;
		n -= done;
	}
	return 0;
}
