/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: one dump on a raw partition.
 * Two threads write whole pieces past the page cache while the next one is filled. The first block of a dump stays
 * zeros until the last one is durable: a stream that is found is whole.
 */
#include "sink/sink_raw.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/crc32.h"
#include "base/fdio.h"
#include "base/str.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PIECE   (1u << 20)
#define PIECES  4
#define THREADS 2
/* Between two notes in the label of how far a dump is durable: doubled each time up to the last. */
#define NOTE_FIRST_MS 250
#define NOTE_LAST_MS  4000

enum piece_state { FREE,
		   FULL,
		   BUSY };

struct piece {
	uint8_t *p;
	uint64_t at; /* on the device */
	size_t len;  /* whole blocks */
	enum piece_state state;
};

struct sink_raw {
	struct sink s;
	struct raw_dev *d;
	uint64_t seq;
	/* the file that was begun */
	bool begun;
	enum raw_kind kind;
	uint64_t off, room, pos;
	uint32_t crc;
	int64_t next_note, note_ms;
	uint8_t head[RAW_BLOCK]; /* of a dump: kept back */
	uint8_t *memory;
	/* the threads' */
	pthread_mutex_t lock;
	pthread_cond_t change;
	struct piece piece[PIECES];
	unsigned fill; /* the piece that is being filled */
	size_t used;   /* bytes in it */
	pthread_t thread[THREADS];
	unsigned nthread;
	bool stop;
	int failed; /* -errno of the first write that failed */
};

static struct sink_raw *self(struct sink *s)
{
	return (struct sink_raw *)s;
}

static struct raw_dump *dump_of(struct sink_raw *r)
{
	return raw_dump_find(&r->d->label, r->seq);
}

static struct raw_part *part_of(struct sink_raw *r)
{
	return &dump_of(r)->part[r->kind];
}

const char *sink_raw_name(struct sink *s)
{
	return dump_of(self(s))->name;
}

/* ---- the threads ---- */

/* The full piece that comes first, or NULL. With the lock. */
static struct piece *first_full(struct sink_raw *r)
{
	struct piece *best = NULL;

	for (unsigned i = 0; i < PIECES; i++)
		if (r->piece[i].state == FULL && (!best || r->piece[i].at < best->at))
			best = &r->piece[i];
	return best;
}

static void *write_pieces(void *arg)
{
	struct sink_raw *r = arg;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		struct piece *p = first_full(r);
		int rc;

		if (!p && r->stop)
			break;
		if (!p) {
			pthread_cond_wait(&r->change, &r->lock);
			continue;
		}
		p->state = BUSY;
		pthread_mutex_unlock(&r->lock);
		rc = fd_pwrite(r->d->fd, p->p, p->len, p->at);
		pthread_mutex_lock(&r->lock);
		p->state = FREE;
		if (rc && !r->failed)
			r->failed = rc;
		pthread_cond_broadcast(&r->change);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

static void end_threads(struct sink_raw *r)
{
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_cond_broadcast(&r->change);
	pthread_mutex_unlock(&r->lock);
	while (r->nthread)
		pthread_join(r->thread[--r->nthread], NULL);
	free(r->memory);
	r->memory = NULL;
}

static int begin_threads(struct sink_raw *r, struct err *e)
{
	int rc;

	if (posix_memalign((void **)&r->memory, RAW_BLOCK, (size_t)PIECE * PIECES))
		return err_set(e, -ENOMEM, "%s: no memory", r->d->path);
	for (unsigned i = 0; i < PIECES; i++)
		r->piece[i] = (struct piece){ .p = r->memory + (size_t)i * PIECE };
	r->fill = 0;
	r->used = 0;
	r->failed = 0;
	r->stop = false;
	while (r->nthread < THREADS) {
		rc = pthread_create(&r->thread[r->nthread], NULL, write_pieces, r);
		if (rc && r->nthread)
			return 0; /* one writes as well */
		if (rc) {
			end_threads(r);
			return err_set(e, -rc, "%s: no thread to write with", r->d->path);
		}
		r->nthread++;
	}
	return 0;
}

/* Hands the piece that was filled to the threads and waits for an empty one. */
static int turn(struct sink_raw *r)
{
	struct piece *p = &r->piece[r->fill];
	int rc;

	p->len = (size_t)align_up(r->used, RAW_BLOCK);
	memset(p->p + r->used, 0, p->len - r->used);
	p->at = r->off + r->pos - r->used;
	r->used = 0;
	pthread_mutex_lock(&r->lock);
	p->state = FULL;
	pthread_cond_broadcast(&r->change);
	r->fill = (r->fill + 1) % PIECES;
	while (r->piece[r->fill].state != FREE)
		pthread_cond_wait(&r->change, &r->lock);
	rc = r->failed;
	pthread_mutex_unlock(&r->lock);
	return rc;
}

static int drain(struct sink_raw *r)
{
	int rc;

	if (r->used)
		(void)turn(r);
	pthread_mutex_lock(&r->lock);
	for (unsigned i = 0; i < PIECES; i++)
		while (r->piece[i].state != FREE)
			pthread_cond_wait(&r->change, &r->lock);
	rc = r->failed;
	pthread_mutex_unlock(&r->lock);
	return rc;
}

/* Bytes of the file in front of which every one is written. */
static uint64_t written(struct sink_raw *r)
{
	uint64_t done = r->off + r->pos - r->used;

	pthread_mutex_lock(&r->lock);
	for (unsigned i = 0; i < PIECES; i++)
		if (r->piece[i].state != FREE && r->piece[i].at < done)
			done = r->piece[i].at;
	if (r->failed)
		done = r->off;
	pthread_mutex_unlock(&r->lock);
	return done - r->off;
}

/* ---- files ---- */

static int raw_space(struct sink *s, uint64_t *ret, struct err *e)
{
	struct sink_raw *r = self(s);
	struct raw_room room = { .len = r->begun ? r->room - r->pos : 0 };

	if (!r->begun && raw_place(&r->d->label, RAW_VMCORE, r->seq, &room))
		return err_set(e, -ENOSPC, "%s is full of dumps that nobody recovered", r->d->path);
	*ret = room.len;
	return 0;
}

static int find_kind(const char *name, enum raw_kind *ret)
{
	for (unsigned i = 0; i < RAW_KINDS; i++)
		if (strcmp(raw_kind_name((enum raw_kind)i), name) == 0) {
			*ret = (enum raw_kind)i;
			return 0;
		}
	return -EOPNOTSUPP;
}

/* What lies in the room, parts of which no byte is known to be durable too: what comes must not be taken for them. */
static void give_up(struct raw_label *l, const struct raw_room *room)
{
	for (unsigned i = 0; i < l->ndump; i++)
		for (unsigned k = 0; k < RAW_KINDS; k++) {
			struct raw_part *p = &l->dump[i].part[k];
			uint64_t end = p->off + (p->len ? p->len : 1);

			if (raw_part_live(p) && p->off < room->off + room->len && end > room->off)
				p->state = RAW_OVERWRITTEN;
		}
}

/*
 * Takes the stale beginning of a stream away. The label lets go of the dump it belongs to before: one whose beginning
 * is missing is taken for one that another program has recovered.
 */
static int clear_room(struct sink_raw *r, struct err *e)
{
	bool stream = false;
	int rc = raw_dev_stream(r->d, r->off, &stream, e);

	if (rc || !stream)
		return rc;
	if (r->off == 0)
		rc = raw_dev_know_head(r->d, e);
	if (rc == 0)
		rc = raw_dev_store(r->d, e);
	return rc ? rc : raw_dev_forget(r->d, r->off, e);
}

/* A stale beginning of a stream goes first; then the label says what is coming; then the bytes. */
static int prepare(struct sink_raw *r, struct err *e)
{
	struct raw_label *l = &r->d->label;
	struct raw_room room;
	int rc = raw_place(l, r->kind, r->seq, &room);

	if (rc)
		return err_set(e, rc, "%s: no room for %s: it is full of dumps that nobody recovered", r->d->path,
			       raw_kind_name(r->kind));
	r->off = room.off;
	r->room = room.len;
	give_up(l, &room);
	*part_of(r) = (struct raw_part){ .state = RAW_NONE };
	if (r->kind == RAW_VMCORE) {
		rc = clear_room(r, e);
		l->head_known = l->head_known && room.off != 0;
	}
	*part_of(r) = (struct raw_part){ .state = RAW_WRITING, .off = room.off };
	return rc ? rc : raw_dev_store(r->d, e);
}

static int raw_begin(struct sink *s, const char *temp, const char *name, struct err *e)
{
	struct sink_raw *r = self(s);
	int rc;

	(void)temp;
	if (r->begun)
		return err_set(e, -EBUSY, "begin %s: a file is still open", name);
	if (find_kind(name, &r->kind))
		return err_set(e, -EOPNOTSUPP, "%s: a raw partition has no place for it", name);
	r->pos = 0;
	r->crc = 0;
	r->note_ms = NOTE_FIRST_MS;
	r->next_note = deadline_in(r->note_ms);
	rc = prepare(r, e);
	if (rc == 0)
		rc = begin_threads(r, e);
	r->begun = rc == 0;
	return rc;
}

/* The dump begins anew in the same room: the label forgets how far it was. */
static int raw_empty(struct sink *s, struct err *e)
{
	struct sink_raw *r = self(s);

	r->used = 0;
	(void)drain(r);
	r->failed = 0;
	r->pos = 0;
	r->crc = 0;
	part_of(r)->len = 0;
	return raw_dev_store(r->d, e);
}

static int note_progress(struct sink_raw *r, struct err *e)
{
	uint64_t done = written(r);

	r->note_ms = r->note_ms < NOTE_LAST_MS ? 2 * r->note_ms : NOTE_LAST_MS;
	r->next_note = deadline_in(r->note_ms);
	if (done <= part_of(r)->len)
		return 0;
	part_of(r)->len = done;
	return raw_dev_store(r->d, e);
}

/* Keeps the first block of a dump back: the device gets zeros for it. */
static void keep_back(struct sink_raw *r, uint8_t *at, size_t n)
{
	size_t part = RAW_BLOCK - r->pos < n ? (size_t)(RAW_BLOCK - r->pos) : n;

	memcpy(r->head + r->pos, at, part);
	memset(at, 0, part);
}

static int failed(struct sink_raw *r, int rc, struct err *e)
{
	errno = -rc;
	return err_sys(e, "write %s to %s", raw_kind_name(r->kind), r->d->path);
}

static int raw_write(struct sink *s, uint64_t off, const void *buf, size_t n, struct err *e)
{
	struct sink_raw *r = self(s);
	const uint8_t *p = buf;

	if (off != r->pos)
		return err_set(e, -ESPIPE, "%s takes bytes in order", s->dir);
	if (n > r->room - r->pos)
		return err_set(e, -ENOSPC, "%s: %llu MiB of room are full", r->d->path,
			       (unsigned long long)r->room >> 20);
	r->crc = crc32_add(r->crc, p, n);
	while (n) {
		size_t room = PIECE - r->used, part = n < room ? n : room;
		uint8_t *to = r->piece[r->fill].p + r->used;
		int rc;

		memcpy(to, p, part);
		if (r->kind == RAW_VMCORE && r->pos < RAW_BLOCK)
			keep_back(r, to, part);
		r->used += part;
		r->pos += part;
		p += part;
		n -= part;
		rc = r->used == PIECE ? turn(r) : 0;
		if (rc)
			return failed(r, rc, e);
	}
	return clock_ms() < r->next_note ? 0 : note_progress(r, e);
}

static int store_end(struct sink_raw *r, enum raw_state state, struct err *e)
{
	part_of(r)->state = state;
	part_of(r)->len = r->pos;
	part_of(r)->crc = r->crc;
	return raw_dev_store(r->d, e);
}

/*
 * The end of a file, good or bad: all of it durable, then its beginning, then the label. A stream with an end and a
 * beginning is taken for a whole one, so of one that is not the label says so before its beginning is there.
 */
static int end_file(struct sink_raw *r, enum raw_state state, struct err *e)
{
	int rc = drain(r);

	r->begun = false;
	end_threads(r);
	if (rc)
		return failed(r, rc, e);
	rc = raw_dev_sync(r->d, e);
	if (rc == 0 && r->kind == RAW_VMCORE && state != RAW_COMPLETE)
		rc = store_end(r, state, e);
	if (rc == 0 && r->kind == RAW_VMCORE && r->pos >= RAW_BLOCK)
		rc = raw_dev_write(r->d, r->off, r->head, RAW_BLOCK, e);
	if (rc == 0 && r->kind == RAW_VMCORE && r->off == 0)
		rc = raw_dev_know_head(r->d, e);
	return rc ? rc : store_end(r, state, e);
}

static int raw_commit(struct sink *s, uint64_t size, struct err *e)
{
	struct sink_raw *r = self(s);

	if (size != r->pos) {
		(void)end_file(r, RAW_INCOMPLETE, NULL);
		return err_set(e, -ESPIPE, "%s got %llu bytes of %llu", s->dir, (unsigned long long)r->pos,
			       (unsigned long long)size);
	}
	return end_file(r, RAW_COMPLETE, e);
}

static int raw_abandon(struct sink *s, struct err *e)
{
	return self(s)->begun ? end_file(self(s), RAW_INCOMPLETE, e) : 0;
}

static void raw_free(struct sink *s)
{
	struct sink_raw *r = self(s);

	if (!s)
		return;
	if (r->begun)
		end_threads(r);
	pthread_cond_destroy(&r->change);
	pthread_mutex_destroy(&r->lock);
	raw_dev_free(r->d);
	free(r);
}

static const struct sink_ops raw_ops = {
	.scheme = "raw",
	.caps = SINK_SPACE | SINK_DURABLE,
	.space = raw_space,
	.begin = raw_begin,
	.empty = raw_empty,
	.write = raw_write,
	.commit = raw_commit,
	.abandon = raw_abandon,
	.free = raw_free,
};

/* A stream of ours at byte 0, finished when the power failed, is known from now on, whatever becomes of its entry. */
static int know_stream(struct raw_dev *d, struct err *e)
{
	bool stream = false;
	int rc = d->label.head_known ? 0 : raw_dev_stream(d, 0, &stream, e);

	return rc || !stream ? rc : raw_dev_know_head(d, e);
}

static int take_dump(struct sink_raw *r, const char *name, int64_t crash_time, bool fresh, struct err *e)
{
	struct raw_dump *dump;
	int rc;

	if (r->d->labelled) {
		rc = know_stream(r->d, e);
	} else {
		rc = raw_dev_label(r->d, e);
		if (rc == 0)
			rc = raw_dev_know_head(r->d, e);
		if (rc == 0)
			rc = raw_dev_store_both(r->d, e);
	}
	if (rc)
		return rc;
	dump = fresh ? raw_dump_add(&r->d->label, name, crash_time) : raw_dump_named(&r->d->label, name);
	if (!dump)
		return err_set(e, fresh ? -EINVAL : -ENOENT, "%s: no dump can be called %.60s", r->d->path, name);
	r->seq = dump->seq;
	return 0;
}

int sink_raw_open(struct sink **ret, struct raw_dev *d, const char *name, int64_t crash_time, bool fresh,
		  struct err *e)
{
	struct sink_raw *r = calloc(1, sizeof(*r));
	int rc;

	if (!r) {
		raw_dev_free(d);
		return err_set(e, -ENOMEM, "sink: no memory");
	}
	r->s.ops = &raw_ops;
	r->d = d;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->change, NULL);
	rc = take_dump(r, name, crash_time, fresh, e);
	if (rc) {
		raw_free(&r->s);
		return rc;
	}
	(void)str_fmt(r->s.dir, sizeof(r->s.dir), "raw %s, for %s", d->path, sink_raw_name(&r->s));
	*ret = &r->s;
	return 0;
}
