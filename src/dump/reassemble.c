/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: the parts of a split dump become one file.
 * The source made of all parts judges them; packed pages are copied from where their descriptors say, once they
 * have been seen to unpack.
 */
#include "dump/rebuild.h"

#include "base/bits.h"
#include "base/zero.h"
#include "codec/codec.h"
#include "format/kdump_out.h"
#include "vmcore/carry.h"
#include "vmcore/kdump.h"
#include "vmcore/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE_MAX (64u << 10)

struct part {
	struct dfile *file; /* of the source */
	struct kdump_head h;
	uint64_t zero_at; /* a page of zeros lies here, the first data of the file; 0: there is none */
};

struct reassemble {
	struct keep keep; /* all of bitmap2 in one window */
	uint8_t *bits;
	struct source *src;
	struct part part[KDUMP_PARTS];
	unsigned nparts;
	uint64_t kept, fed; /* pages of bitmap2; of them those seen so far */
	struct format *format;
	struct batch batch;
	uint8_t *page; /* what a packed page unpacks to */
	struct rebuild_stat *st;
	uint8_t *carry;
	struct err *e;
};

static int load(struct keep *k, uint64_t first, const uint8_t **bits, struct err *e)
{
	(void)first;
	(void)e;
	*bits = ((struct reassemble *)k)->bits;
	return 0;
}

/*
 * The files that the source has opened and judged: a second look by name could find others, with larger pages than
 * there is room for.
 */
static int take_parts(struct reassemble *r, struct err *e)
{
	for (struct part *p = r->part; r->nparts < KDUMP_PARTS; p++) {
		p->file = kdump_file(r->src, r->nparts, &p->h);
		if (!p->file)
			break;
		r->nparts++;
		if (p->h.block > PAGE_SIZE_MAX)
			return err_set(e, -EINVAL, "pages of %u bytes", p->h.block);
	}
	return 0;
}

static int by_range(const void *pa, const void *pb)
{
	const struct part *a = pa, *b = pb;

	if (a->h.from != b->h.from)
		return a->h.from < b->h.from ? -1 : 1;
	return (a->h.to > b->h.to) - (a->h.to < b->h.to);
}

/* The ranges must follow each other from the first pfn to the last. */
static int check_ranges(struct reassemble *r, struct err *e)
{
	uint64_t end = 0;

	qsort(r->part, r->nparts, sizeof(r->part[0]), by_range);
	for (unsigned i = 0; i < r->nparts; i++) {
		if (r->part[i].h.from != end)
			return err_set(e, -EINVAL, "no file has page frames %llu to %llu: a part is missing",
				       (unsigned long long)end, (unsigned long long)r->part[i].h.from - 1);
		end = r->part[i].h.to;
	}
	if (end != r->part[0].h.max_mapnr)
		return err_set(e, -EINVAL, "no file has page frames %llu to %llu: the last part is missing",
			       (unsigned long long)end, (unsigned long long)r->part[0].h.max_mapnr - 1);
	return 0;
}

static int mark_page(void *arg, const struct kdump_page *p)
{
	struct reassemble *r = arg;

	bit_set(r->bits, p->pfn);
	r->kept++;
	return 0;
}

/* Whether the first data of part P is the page of zeros that all pages of zeros share. */
static bool find_zero(struct reassemble *r, struct part *p)
{
	uint64_t at = p->h.table + r->kept * KDUMP_DESC;

	if (dfile_read(p->file, at, r->batch.data, p->h.block, NULL) || !page_is_zero(r->batch.data, p->h.block))
		return false;
	p->zero_at = at;
	return true;
}

static int open_all(struct reassemble *r, const char *const *paths, unsigned n, struct err *e)
{
	struct kdump_about about;
	int rc = source_open(&r->src, paths, n, &codec_unpack, e);

	if (rc)
		return rc;
	if (r->src->info.kind != SOURCE_KDUMP)
		return err_set(e, -EINVAL, "%s is no part of a split dump", paths[0]);
	kdump_about(r->src, &about);
	if (!about.split)
		return err_set(e, -EINVAL, "%s is no part of a split dump", paths[0]);
	rc = take_parts(r, e);
	if (rc == 0)
		rc = check_ranges(r, e);
	if (rc)
		return rc;
	r->keep.pfns = r->keep.window = about.max_mapnr;
	r->keep.load = load;
	r->bits = calloc(1, (size_t)(about.max_mapnr / 8 + 1));
	r->batch.data = malloc((size_t)BATCH_PAGES * r->part[0].h.block);
	r->page = malloc(r->part[0].h.block);
	if (!r->bits || !r->batch.data || !r->page)
		return err_set(e, -ENOMEM, "reassemble: no memory");
	return kdump_pages(r->src, mark_page, r, e);
}

static int send_batch(struct reassemble *r)
{
	struct batch *b = &r->batch;
	int rc = b->n ? r->format->ops->put(r->format, b, r->e) : 0;

	if (rc == 0) {
		r->st->pages += b->n;
		r->st->written += b->len;
	}
	b->index += b->n;
	b->n = 0;
	b->len = 0;
	return rc;
}

static struct part *part_of(struct reassemble *r, uint64_t pfn)
{
	unsigned i = 0;

	while (i + 1 < r->nparts && pfn >= r->part[i].h.to)
		i++;
	return &r->part[i];
}

/* Puts the bytes of page P behind those of the batch. False: they cannot be read, or do not make a page. */
static bool fetch_page(struct reassemble *r, const struct part *from, const struct kdump_page *p)
{
	struct batch *b = &r->batch;

	return p->desc.size && p->desc.size <= from->h.block &&
	       dfile_read(from->file, p->desc.offset, b->data + b->len, p->desc.size, NULL) == 0 &&
	       r->src->ops->read_pa(r->src, p->pfn * from->h.block, r->page, from->h.block, NULL) == 0;
}

/* Appends page P to the batch; what cannot be read or unpacked is lost, as what its part has lost already. */
static int copy_page(void *arg, const struct kdump_page *p)
{
	struct reassemble *r = arg;
	struct batch *b = &r->batch;
	struct part *from = part_of(r, p->pfn);
	bool zero = from->zero_at && p->state == KDUMP_HELD && p->desc.offset == from->zero_at;
	uint64_t index = r->fed++;
	int rc = 0;

	if (!b->n)
		b->index = index;
	if (p->state != KDUMP_HELD || (!zero && !fetch_page(r, from, p))) {
		r->st->lost++;
		return send_batch(r);
	}
	b->pfn[b->n] = p->pfn;
	b->size[b->n] = zero ? 0 : p->desc.size;
	b->flag[b->n] = zero ? 0 : p->desc.flags;
	b->len += b->size[b->n++];
	if (b->n == BATCH_PAGES)
		rc = send_batch(r);
	return rc;
}

static int write_file(struct reassemble *r, struct sink *out, struct err *e)
{
	struct dump_head h = {
		.src = r->src,
		.keep = &r->keep,
		.kept = r->kept,
		.level = r->src->info.level,
		.status = r->part[0].h.status & ~KDUMP_INCOMPLETE,
		.keep_to = r->keep.pfns,
	};
	uint64_t size;
	int rc, rc2;

	h.carry = r->carry = carry_make(&r->src->info, h.level, &h.carry_len);
	if (!r->carry)
		return err_set(e, -ENOMEM, "reassemble: no memory");
	for (unsigned i = 0; i < r->nparts; i++)
		h.zero |= find_zero(r, &r->part[i]);
	rc = r->format->ops->begin(r->format, &h, out, e);
	if (rc)
		return rc;
	r->e = e;
	rc = kdump_pages(r->src, copy_page, r, e);
	if (rc == 0)
		rc = send_batch(r);
	r->st->incomplete = rc || r->src->info.incomplete || r->st->lost;
	rc2 = r->format->ops->finish(r->format, !r->st->incomplete, &size, rc ? NULL : e);
	r->st->size = size;
	return rc ? rc : rc2;
}

static int write_out(struct reassemble *r, struct sink *out, const char *name, struct err *e)
{
	int rc = format_kdump_open(&r->format, e);

	if (rc == 0)
		rc = out->ops->begin(out, name, name, e);
	if (rc)
		return rc;
	rc = write_file(r, out, e);
	if (rc == 0)
		return out->ops->commit(out, r->st->size, e);
	(void)out->ops->abandon(out, NULL);
	return rc;
}

int reassemble_run(const char *const *paths, unsigned n, struct sink *out, const char *name,
		   struct rebuild_stat *st, struct err *e)
{
	struct reassemble *r;
	int rc;

	memset(st, 0, sizeof(*st));
	if (n == 0 || n > KDUMP_PARTS)
		return err_set(e, -EINVAL, "%u parts", n);
	r = calloc(1, sizeof(*r));
	if (!r)
		return err_set(e, -ENOMEM, "reassemble: no memory");
	r->st = st;
	rc = open_all(r, paths, n, e);
	if (rc == 0)
		rc = write_out(r, out, name, e);
	if (r->format)
		r->format->ops->free(r->format);
	if (r->src)
		r->src->ops->free(r->src);
	free(r->batch.data);
	free(r->page);
	free(r->bits);
	free(r->carry);
	free(r);
	return rc;
}
