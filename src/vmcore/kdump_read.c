/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: how threads read pages of a kdump-compressed dump.
 * Each reader remembers where it was last: pages in order cost one read each.
 */
#include "vmcore/kdump_read.h"

#include "base/bytes.h"
#include "base/zero.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void reader_free(const struct kdump *k, struct reader *r)
{
	if (!r)
		return;
	if (r->unpack)
		k->unpack->close(r->unpack);
	free(r->page);
	free(r->packed);
	free(r);
}

static struct reader *reader_make(const struct kdump *k)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->chunk = UINT64_MAX;
	r->page = malloc(k->part[0].h.block);
	r->packed = malloc(k->part[0].h.block);
	r->unpack = k->unpack->open();
	if (r->page && r->packed && r->unpack)
		return r;
	reader_free(k, r);
	return NULL;
}

struct reader *reader_get(struct kdump *k, struct err *e)
{
	struct reader *r;

	pthread_mutex_lock(&k->lock);
	while (!k->idle && k->nreaders == KDUMP_READERS)
		pthread_cond_wait(&k->returned, &k->lock);
	r = k->idle;
	if (r)
		k->idle = r->next;
	else
		k->nreaders++;
	pthread_mutex_unlock(&k->lock);
	if (r)
		return r;
	r = reader_make(k);
	if (r)
		return r;
	pthread_mutex_lock(&k->lock);
	k->nreaders--;
	pthread_mutex_unlock(&k->lock);
	pthread_cond_signal(&k->returned);
	err_set(e, -ENOMEM, "kdump: no memory to unpack pages");
	return NULL;
}

void reader_put(struct kdump *k, struct reader *r)
{
	pthread_mutex_lock(&k->lock);
	r->next = k->idle;
	k->idle = r;
	pthread_mutex_unlock(&k->lock);
	pthread_cond_signal(&k->returned);
}

int chunk_load(const struct kdump *k, struct reader *r, uint64_t c, struct err *e)
{
	const struct kdump_part *p = &k->part[0];
	int rc;

	if (r->chunk == c)
		return 0;
	r->chunk = UINT64_MAX;
	rc = kdump_bits(p, p->h.bitmap2, c * CHUNK, CHUNK, r->bits, e);
	if (rc == 0)
		r->chunk = c;
	return rc;
}

/* Descriptor INDEX of part N. NULL with *RC 0: the file ends before it. */
static const uint8_t *desc_load(const struct kdump *k, struct reader *r, unsigned n, uint64_t index, int *rc,
				struct err *e)
{
	const struct kdump_part *p = &k->part[n];
	uint64_t have = (p->file->size - p->h.table) / KDUMP_DESC;

	*rc = 0;
	if (r->ndesc == 0 || r->desc_part != n || index < r->desc_first || index - r->desc_first >= r->ndesc) {
		r->ndesc = 0;
		if (have > p->kept)
			have = p->kept;
		if (index >= have)
			return NULL;
		have = have - index < DESCS ? have - index : DESCS;
		*rc = dfile_read(p->file, p->h.table + index * KDUMP_DESC, r->desc,
				 (size_t)have * KDUMP_DESC, e);
		if (*rc < 0) {
			err_add(e, *rc, "page descriptors");
			return NULL;
		}
		r->desc_part = n;
		r->desc_first = index;
		r->ndesc = (unsigned)have;
	}
	return r->desc + (index - r->desc_first) * KDUMP_DESC;
}

int page_find(const struct kdump *k, struct reader *r, uint64_t pfn, uint64_t rank, struct kdump_page *ret,
	      struct err *e)
{
	const uint8_t *raw;
	unsigned n = 0;
	int rc;

	*ret = (struct kdump_page){ .pfn = pfn, .state = KDUMP_AWAY };
	while (n < k->nparts && (pfn < k->part[n].h.from || pfn >= k->part[n].h.to))
		n++;
	if (n == k->nparts)
		return 0;
	ret->part = n;
	ret->state = KDUMP_LOST;
	if (k->part[n].torn) {
		ret->state = KDUMP_DAMAGED;
		ret->why = KDUMP_TORN;
		return 0;
	}
	raw = desc_load(k, r, n, rank - k->part[n].below, &rc, e);
	ret->cut = !raw && rc == 0;
	if (!raw)
		return rc;
	rc = kdump_desc_parse(raw, k->part[n].h.block, k->part[n].file->size, &ret->desc, &ret->why);
	if (rc == 0 && ret->desc.offset < k->part[n].h.table + k->part[n].kept * KDUMP_DESC) {
		ret->why = "its data lies in the headers";
		rc = -EINVAL;
	}
	/* A file that was cut has lost what its table still tells. */
	if (rc == 0)
		ret->state = KDUMP_HELD;
	else if (rc == -EINVAL)
		ret->state = KDUMP_DAMAGED;
	else
		ret->cut = rc == -ERANGE;
	return 0;
}

/* The content of P into r->page. */
static int page_load(const struct kdump *k, struct reader *r, const struct kdump_page *p, struct err *e)
{
	const struct kdump_part *part = &k->part[p->part];
	const struct kdump_desc *d = &p->desc, *last = &r->page_desc;
	int rc;

	if (last->size && r->page_part == p->part && last->offset == d->offset && last->size == d->size &&
	    last->flags == d->flags)
		return 0;
	r->page_desc.size = 0;
	rc = dfile_read(part->file, d->offset, d->flags ? r->packed : r->page, d->size, e);
	if (rc < 0)
		return err_add(e, rc, "page frame %" PRIu64, p->pfn);
	if (d->flags && k->unpack->page(r->unpack, d->flags, r->packed, d->size, r->page, part->h.block) < 0)
		return err_set(e, -EIO, "page frame %" PRIu64 ": its %u bytes do not unpack", p->pfn, d->size);
	/* A writer that packs makes a page of zeros smaller, or lets it share the first one. */
	if (!d->flags && part->h.status & PAGE_PACKED && d->offset != part->low && page_is_zero(r->page, d->size))
		return err_set(e, -EIO, "page frame %" PRIu64 ": only zeros are left of its data", p->pfn);
	r->page_part = p->part;
	r->page_desc = *d;
	return 0;
}

/* Why PFN, which is not in bitmap2, cannot be read. */
static int page_absent(const struct kdump *k, uint64_t pfn, struct err *e)
{
	const struct kdump_part *p = &k->part[0];
	uint8_t bits = 0;
	int rc = kdump_bits(p, p->h.bitmap1, align_down(pfn, 8), 8, &bits, e);

	if (rc < 0)
		return rc;
	if (bits >> (pfn & 7) & 1)
		return err_set(e, -ENODATA, "page frame %" PRIu64 " was left out of the dump", pfn);
	return err_set(e, -EFAULT, "page frame %" PRIu64 " is no memory", pfn);
}

int page_read(const struct kdump *k, struct reader *r, uint64_t pfn, struct err *e)
{
	struct kdump_page p;
	uint64_t bit = pfn % CHUNK, rank;
	int rc;

	if (pfn >= k->part[0].h.max_mapnr)
		return err_set(e, -EFAULT, "page frame %" PRIu64 " is no memory", pfn);
	rc = chunk_load(k, r, pfn / CHUNK, e);
	if (rc < 0)
		return rc;
	if (!(r->bits[bit / 8] >> (bit & 7) & 1))
		return page_absent(k, pfn, e);
	rank = k->index.rank[pfn / CHUNK] + kdump_count(r->bits, bit);
	rc = page_find(k, r, pfn, rank, &p, e);
	if (rc < 0)
		return rc;
	switch (p.state) {
	case KDUMP_HELD: return page_load(k, r, &p, e);
	case KDUMP_LOST:
		return err_set(e, -ENODATA, "page frame %" PRIu64 " was lost: the dump is incomplete", pfn);
	case KDUMP_AWAY:
		return err_set(e, -ENODATA, "page frame %" PRIu64 " is in a part of the dump that is missing", pfn);
	case KDUMP_DAMAGED: break;
	}
	return err_set(e, -EIO, "page frame %" PRIu64 ": its descriptor is damaged: %s", pfn, p.why);
}

void readers_free(struct kdump *k)
{
	while (k->idle) {
		struct reader *r = k->idle;

		k->idle = r->next;
		reader_free(k, r);
	}
}
