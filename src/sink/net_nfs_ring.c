/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: blocks on their way to an NFS server.
 * A block is given up when the server has it on stable storage, and not before. No I/O: the caller sends.
 */
#include "sink/net_nfs_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILLING_MAX 3 /* places of a dump that grow at the same time: head, table, data */

int nfs_ring_init(struct nfs_ring *r, unsigned n, uint32_t size, unsigned depth, struct err *e)
{
	memset(r, 0, sizeof(*r));
	r->n = n < NFS_BLOCKS ? n : NFS_BLOCKS;
	r->size = size;
	r->depth = depth;
	r->mem = malloc((size_t)r->n * size);
	if (!r->mem)
		return err_set(e, -ENOMEM, "no memory for %u blocks of %u KiB", r->n, size >> 10);
	/* Touched now: who looks later how much memory is free does not count these bytes as such. */
	memset(r->mem, 1, (size_t)r->n * size);
	for (unsigned i = 0; i < r->n; i++)
		r->block[i].data = r->mem + (size_t)i * size;
	return 0;
}

void nfs_ring_free(struct nfs_ring *r)
{
	free(r->mem);
	r->mem = NULL;
}

static void release(struct nfs_block *b)
{
	b->state = BLOCK_FREE;
	b->len = b->done = 0;
}

void nfs_ring_clear(struct nfs_ring *r)
{
	for (unsigned i = 0; i < r->n; i++)
		release(&r->block[i]);
	r->flying = 0;
	r->committing = r->flush = false;
}

static bool meets(const struct nfs_block *b, uint64_t off, size_t n)
{
	return b->state != BLOCK_FREE && b->off < off + n && off < b->off + b->len;
}

bool nfs_ring_meets(const struct nfs_ring *r, uint64_t off, size_t n)
{
	for (unsigned i = 0; i < r->n; i++) {
		const struct nfs_block *b = &r->block[i];

		if (!meets(b, off, n))
			continue;
		/* All of it inside a block that nobody has seen yet: written over in place. */
		if (b->state == BLOCK_FILL && off >= b->off && off + n <= b->off + b->len)
			return false;
		return true;
	}
	return false;
}

static unsigned count(const struct nfs_ring *r, enum nfs_block_state state)
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->n; i++)
		n += r->block[i].state == state;
	return n;
}

/* The block in STATE that was added to longest ago. */
static struct nfs_block *oldest(struct nfs_ring *r, enum nfs_block_state state)
{
	struct nfs_block *b = NULL;

	for (unsigned i = 0; i < r->n; i++)
		if (r->block[i].state == state && (!b || r->block[i].used < b->used))
			b = &r->block[i];
	return b;
}

/* The block that is filling and holds the byte at OFF or, with AT_END, ends there. */
static struct nfs_block *filling(struct nfs_ring *r, uint64_t off, bool at_end)
{
	for (unsigned i = 0; i < r->n; i++) {
		struct nfs_block *b = &r->block[i];

		if (b->state == BLOCK_FILL && off >= b->off && off - b->off < b->len + at_end)
			return b;
	}
	return NULL;
}

/* The block for a byte at OFF: one that holds it, one that ends there, or a new one. */
static struct nfs_block *block_for(struct nfs_ring *r, uint64_t off)
{
	struct nfs_block *b = filling(r, off, false);

	if (!b)
		b = filling(r, off, true);
	if (b)
		return b;
	b = oldest(r, BLOCK_FREE);
	if (b && count(r, BLOCK_FILL) >= FILLING_MAX)
		oldest(r, BLOCK_FILL)->state = BLOCK_READY;
	if (b) {
		b->state = BLOCK_FILL;
		b->off = off;
		b->len = b->done = 0;
	}
	return b;
}

/* Bytes that B can hold: blocks end at multiples of their size. */
static uint32_t room_at(const struct nfs_ring *r, const struct nfs_block *b)
{
	return r->size - (uint32_t)(b->off % r->size);
}

size_t nfs_ring_put(struct nfs_ring *r, uint64_t off, const void *buf, size_t n)
{
	size_t put = 0;

	while (put < n) {
		struct nfs_block *b = block_for(r, off + put);
		size_t at, part;

		if (!b)
			break;
		at = (size_t)(off + put - b->off);
		part = room_at(r, b) - at < n - put ? room_at(r, b) - at : n - put;
		memcpy(b->data + at, (const char *)buf + put, part);
		put += part;
		b->len = at + part > b->len ? (uint32_t)(at + part) : b->len;
		b->used = ++r->clock;
		if (b->len == room_at(r, b))
			b->state = BLOCK_READY;
	}
	return put;
}

struct nfs_block *nfs_ring_next(struct nfs_ring *r)
{
	struct nfs_block *b;

	if (r->flying >= r->depth)
		return NULL;
	b = oldest(r, BLOCK_READY);
	if (b)
		return b;
	/* With every block in use and none of them moving, a part of one is better than standing still. */
	if (!r->flush && (r->flying || r->committing || count(r, BLOCK_FREE) || count(r, BLOCK_WRITTEN)))
		return NULL;
	b = oldest(r, BLOCK_FILL);
	if (b)
		b->state = BLOCK_READY;
	return b;
}

void nfs_ring_sent(struct nfs_ring *r, struct nfs_block *b)
{
	b->state = BLOCK_SENT;
	r->flying++;
}

void nfs_ring_unsent(struct nfs_ring *r, struct nfs_block *b, bool drop)
{
	r->flying--;
	b->state = BLOCK_READY;
	if (drop)
		release(b);
}

int nfs_ring_written(struct nfs_ring *r, struct nfs_block *b, const struct nfs_written *w)
{
	bool first = b->done == 0;

	nfs_ring_unsent(r, b, false);
	if (w->count == 0 || w->count > b->len - b->done) {
		release(b);
		return w->count ? -EPROTO : -EIO;
	}
	/* The rest went to another instance of the server than the beginning: that may be lost. */
	if (!first && memcmp(b->verf, w->verf, NFS_VERF_SIZE) != 0) {
		b->done = 0;
		return 0;
	}
	memcpy(b->verf, w->verf, NFS_VERF_SIZE);
	b->done += w->count;
	if (b->done < b->len)
		return 0;
	if (w->stable && first)
		release(b);
	else
		b->state = BLOCK_WRITTEN;
	return 0;
}

bool nfs_ring_wants_commit(const struct nfs_ring *r)
{
	unsigned written = count(r, BLOCK_WRITTEN);

	if (r->committing || written == 0)
		return false;
	if (written >= r->n / 2)
		return true;
	if (r->flying || count(r, BLOCK_READY))
		return false;
	return count(r, r->flush ? BLOCK_FILL : BLOCK_FREE) == 0;
}

void nfs_ring_commit(struct nfs_ring *r)
{
	for (unsigned i = 0; i < r->n; i++)
		if (r->block[i].state == BLOCK_WRITTEN)
			r->block[i].state = BLOCK_COMMIT;
	r->committing = true;
}

void nfs_ring_committed(struct nfs_ring *r, const uint8_t verf[NFS_VERF_SIZE])
{
	r->committing = false;
	for (unsigned i = 0; i < r->n; i++) {
		struct nfs_block *b = &r->block[i];

		if (b->state != BLOCK_COMMIT)
			continue;
		if (!verf) {
			b->state = BLOCK_WRITTEN;
		} else if (memcmp(b->verf, verf, NFS_VERF_SIZE) == 0) {
			release(b);
		} else {
			b->state = BLOCK_READY;
			b->done = 0;
		}
	}
}

bool nfs_ring_takes(const struct nfs_ring *r)
{
	return count(r, BLOCK_FREE) > 0;
}

bool nfs_ring_empty(const struct nfs_ring *r)
{
	return count(r, BLOCK_FREE) == r->n;
}

uint64_t nfs_ring_owed(const struct nfs_ring *r)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < r->n; i++) {
		const struct nfs_block *b = &r->block[i];

		if (b->state == BLOCK_FILL || b->state == BLOCK_READY || b->state == BLOCK_SENT)
			sum += b->len - b->done;
	}
	return sum;
}
