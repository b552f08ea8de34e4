/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: a stream on a partition becomes a file.
 * A thread reads the partition past the page cache while the caller sums what came and writes the file. The last
 * bytes, the end mark with them, are withheld until the checksum of all is known to be right: a damaged dump never
 * looks whole.
 */
#include "host/savecore.h"

#include "base/bytes.h"
#include "base/crc32.h"
#include "base/fdio.h"
#include "base/flat.h"
#include "base/str.h"
#include "dump/rebuild.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PIECE (4u << 20) /* read at once: several requests are on their way to the disk */
#define TEMP  "vmcore-incomplete"

/* A piece of the stream on its way from the disk to the file. */
struct slot {
	uint8_t *p; /* PIECE bytes, aligned */
	size_t n;
	bool full;
};

struct feed {
	const struct savecore_stream *in;
	struct slot slot[2]; /* one is read into while the other is summed and written */
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool stop; /* the taker has ended: no more is read */
	int rc;    /* of the disk, or -EBADMSG: the checksum is wrong; with its sentence */
	struct err e;
	/* the taker's */
	unsigned turn;    /* the slot it is at */
	size_t used, end; /* bytes of it that were taken, that may be */
	uint64_t at;      /* where in the stream it ends */
	uint32_t crc;
};

/* Bytes of the next piece: whole blocks, but the last one, which holds the end mark undivided. */
static size_t piece_size(uint64_t left)
{
	size_t n = left < PIECE ? (size_t)left : PIECE;

	return left > n && left - n < FLAT_RECORD ? n - RAW_BLOCK : n;
}

static int read_piece(struct feed *f, struct slot *to, uint64_t at, struct err *e)
{
	const struct savecore_stream *in = f->in;
	size_t got = 0;
	int rc = fd_pread(in->d->fd, to->p, (size_t)align_up(to->n, RAW_BLOCK), in->off + at, &got);

	if (rc == 0 && got < to->n)
		rc = -EIO;
	if (rc) {
		errno = -rc;
		return err_sys(e, "read %s", in->d->path);
	}
	if (at == 0 && in->head && to->n >= RAW_BLOCK)
		flat_head_fill(to->p);
	return 0;
}

/* Waits until SLOT is as FULL says. False: the other side has stopped. */
static bool await(struct feed *f, const struct slot *slot, bool full)
{
	bool ok;

	pthread_mutex_lock(&f->lock);
	while (slot->full != full && !f->stop && !f->rc)
		pthread_cond_wait(&f->change, &f->lock);
	ok = slot->full == full && !f->stop;
	pthread_mutex_unlock(&f->lock);
	return ok;
}

/* SLOT is FULL now, or nothing more comes: RC and E. */
static void pass(struct feed *f, struct slot *slot, bool full, int rc, const struct err *e)
{
	pthread_mutex_lock(&f->lock);
	slot->full = full;
	if (rc) {
		f->rc = rc;
		f->e = *e;
	}
	pthread_cond_broadcast(&f->change);
	pthread_mutex_unlock(&f->lock);
}

static void *read_thread(void *arg)
{
	struct feed *f = arg;
	struct err e = { 0 };
	uint64_t at = 0;
	int rc = 0;

	for (unsigned i = 0; at < f->in->len && rc == 0; i ^= 1) {
		struct slot *slot = &f->slot[i];

		if (!await(f, slot, false))
			return NULL;
		slot->n = piece_size(f->in->len - at);
		rc = read_piece(f, slot, at, &e);
		at += slot->n;
		pass(f, slot, rc == 0, rc, &e);
	}
	return NULL;
}

/* The next piece is there to be taken; of the last one with a wrong checksum all but the end mark. False: no more. */
static bool next_piece(struct feed *f)
{
	struct slot *slot = &f->slot[f->turn];
	const struct savecore_stream *in = f->in;
	struct err e = { 0 };

	if (f->at == in->len || !await(f, slot, true))
		return false;
	f->at += slot->n;
	f->used = 0;
	f->end = slot->n;
	if (!in->check)
		return true;
	f->crc = crc32_add(f->crc, slot->p, slot->n);
	if (f->at < in->len || f->crc == in->crc)
		return true;
	f->end = slot->n > FLAT_RECORD ? slot->n - FLAT_RECORD : 0;
	pass(f, slot, true,
	     err_set(&e, -EBADMSG, "the checksum of the dump is %08x, the label says %08x", f->crc, in->crc), &e);
	return true;
}

static int take(void *arg, void *buf, size_t n, size_t *got)
{
	struct feed *f = arg;
	uint8_t *to = buf;

	for (*got = 0; *got < n;) {
		size_t part = f->end - f->used;

		if (part == 0) {
			if (!next_piece(f))
				return 0;
			continue;
		}
		part = part < n - *got ? part : n - *got;
		memcpy(to + *got, f->slot[f->turn].p + f->used, part);
		*got += part;
		f->used += part;
		if (f->used < f->end)
			continue;
		pass(f, &f->slot[f->turn], false, 0, NULL);
		f->turn ^= 1;
		f->used = f->end = 0;
	}
	return 0;
}

static int rebuild(struct feed *f, struct sink *out, const char *name, struct err *e)
{
	const struct rebuild_in in = { .read = take, .arg = f };
	struct rebuild_stat st;
	pthread_t reader;
	int rc = pthread_create(&reader, NULL, read_thread, f);

	if (rc)
		return err_set(e, -rc, "no thread to read with");
	rc = rebuild_from(&in, out, TEMP, name, &st, e);
	pthread_mutex_lock(&f->lock);
	f->stop = true;
	pthread_cond_broadcast(&f->change);
	pthread_mutex_unlock(&f->lock);
	pthread_join(reader, NULL);
	if (rc == -ENODATA && f->rc) {
		rc = f->rc;
		*e = f->e;
	}
	return rc;
}

int savecore_rebuild(const struct savecore_stream *in, const struct savecore_place *p, const char *name,
		     struct err *e)
{
	struct feed f = { .in = in };
	struct sink *out = NULL;
	void *memory = NULL;
	bool compare = strcmp(name, TEMP) != 0 && savecore_has(p, name);
	int rc = compare ? savecore_compare(p, name, &out, e) : savecore_sink(p, &out, e);

	if (rc)
		return rc;
	if (posix_memalign(&memory, RAW_BLOCK, 2 * (size_t)PIECE)) {
		rc = err_set(e, -ENOMEM, "no memory");
	} else {
		f.slot[0].p = memory;
		f.slot[1].p = f.slot[0].p + PIECE;
		pthread_mutex_init(&f.lock, NULL);
		pthread_cond_init(&f.change, NULL);
		rc = rebuild(&f, out, name, e);
		pthread_cond_destroy(&f.change);
		pthread_mutex_destroy(&f.lock);
	}
	if (rc == -ENOSPC && out->ops->remove)
		(void)out->ops->remove(out, TEMP, NULL);
	free(memory);
	out->ops->free(out);
	return rc;
}
