/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: the threads.
 * Slots form a ring in the order of the walk: [head, next) are in work, the one at head is written first.
 */
#include "dump/pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static unsigned slots(unsigned threads)
{
	/* Two a thread, so that one can be packed while another waits for its turn to be written. */
	return threads == 1 ? 1 : 2 * threads + 2;
}

static size_t slot_bytes(const struct pack_plan *plan)
{
	return (size_t)plan->batch_pages * plan->page_size + CODEC_ROOM(plan->page_size);
}

uint64_t pool_memory(const struct pack_plan *plan, unsigned threads)
{
	return threads * (packer_memory(plan) + sizeof(struct packer)) +
	       slots(threads) * (slot_bytes(plan) + sizeof(struct pool_slot));
}

int pool_init(struct pool *p, const struct pack_plan *plan, struct pick *pick, unsigned threads,
	      const struct pool_ops *ops, struct err *e)
{
	memset(p, 0, sizeof(*p));
	p->plan = plan;
	p->pick = pick;
	p->ops = *ops;
	p->threads = threads;
	p->nslot = slots(threads);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->moved, NULL);
	p->packer = calloc(threads, sizeof(*p->packer));
	p->slot = calloc(p->nslot, sizeof(*p->slot));
	p->data = malloc(p->nslot * slot_bytes(plan));
	p->id = calloc(threads, sizeof(*p->id));
	if (!p->packer || !p->slot || !p->data || !p->id)
		return err_set(e, -ENOMEM, "no memory for %u batches of pages", p->nslot);
	for (unsigned i = 0; i < p->nslot; i++)
		p->slot[i].b.data = p->data + i * slot_bytes(plan);
	for (unsigned i = 0; i < threads; i++) {
		int rc = packer_init(&p->packer[i], plan, e);

		if (rc)
			return rc;
	}
	return 0;
}

void pool_free(struct pool *p)
{
	if (!p->plan)
		return;
	for (unsigned i = 0; i < p->threads && p->packer; i++)
		packer_free(&p->packer[i]);
	free(p->packer);
	free(p->slot);
	free(p->data);
	free(p->id);
	pthread_cond_destroy(&p->moved);
	pthread_mutex_destroy(&p->lock);
	memset(p, 0, sizeof(*p));
}

/* Everything below up to pool_run() is called with the lock held, and holds it again when it returns. */

static void stop(struct pool *p, int rc)
{
	if (rc && !p->rc)
		p->rc = rc;
	pthread_cond_broadcast(&p->moved);
}

/* The next batch in a free slot, or NULL. */
static struct pool_slot *take(struct pool *p)
{
	struct pool_slot *s = &p->slot[p->next % p->nslot];

	if (p->walked || p->next - p->head == p->nslot)
		return NULL;
	if (!walk_next(p->walk, &s->b, p->plan->batch_pages)) {
		p->walked = true;
		pthread_cond_broadcast(&p->moved);
		return NULL;
	}
	s->done = false;
	s->step = pick_next(p->pick);
	p->next++;
	return s;
}

static void put_one(struct pool *p, struct pool_slot *s)
{
	struct err e = { 0 };
	int rc;

	pthread_mutex_unlock(&p->lock);
	rc = p->ops.put(p->ops.arg, &s->b, &s->st, s->step, &e);
	if (rc == 0)
		rc = p->ops.tick(p->ops.arg, &e);
	pthread_mutex_lock(&p->lock);
	if (rc && !p->rc && p->e)
		*p->e = e;
	p->head++;
	stop(p, rc);
}

/* Writes what is ready, unless another thread is at it: that one will see it. */
static void put_ready(struct pool *p)
{
	if (p->putting)
		return;
	p->putting = true;
	while (!p->rc && p->head < p->next && p->slot[p->head % p->nslot].done)
		put_one(p, &p->slot[p->head % p->nslot]);
	p->putting = false;
}

static void pack_one(struct pool *p, struct packer *packer, struct pool_slot *s)
{
	pthread_mutex_unlock(&p->lock);
	packer_run(packer, s->step, &s->b, &s->st);
	pthread_mutex_lock(&p->lock);
	pick_packed(p->pick, s->step, &s->st, p->plan->page_size);
	s->done = true;
}

static void *pool_thread(void *arg)
{
	struct pool *p = arg;
	struct packer *packer;

	pthread_mutex_lock(&p->lock);
	packer = &p->packer[p->ready++];
	while (!p->rc) {
		struct pool_slot *s = take(p);

		if (s) {
			pack_one(p, packer, s);
			put_ready(p);
		} else if (p->walked && p->head == p->next) {
			break;
		} else {
			pthread_cond_wait(&p->moved, &p->lock);
		}
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

int pool_run(struct pool *p, struct walk *w, struct err *e)
{
	unsigned made = 0;

	p->walk = w;
	p->walked = p->putting = false;
	p->head = p->next = 0;
	p->ready = 0;
	p->rc = 0;
	p->e = e;
	while (made + 1 < p->threads && pthread_create(&p->id[made], NULL, pool_thread, p) == 0)
		made++;
	(void)pool_thread(p);
	while (made)
		pthread_join(p->id[--made], NULL);
	return p->rc;
}
