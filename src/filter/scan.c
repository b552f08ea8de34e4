/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: classes of a range of pages, block by block.
 * A struct page that cannot be read costs the pages of 4 KiB of them, which are kept; it never ends the scan.
 */
#include "filter/scan.h"

#include "base/bytes.h"
#include "base/fault.h"
#include "filter/kmem.h"

#include <string.h>

void scan_init(struct scan *s, const struct filter *f, uint64_t first, uint64_t end, unsigned look)
{
	s->f = f;
	s->end = end;
	s->look = look;
	s->carry = (struct carry){ .until = first };
	s->unreadable = s->distrusted = 0;
	s->map = NULL;
	s->len = 0;
	s->va = s->unmappable = 0;
}

void scan_close(struct scan *s)
{
	if (s->map)
		s->f->src->ops->unmap(s->f->src, s->map, s->map_len);
	s->map = NULL;
	s->len = 0;
}

/* Physical address of VA and how many bytes, WANT at most, follow it: neighbouring leaves are joined. */
static bool extent_find(struct scan *s, uint64_t va, uint64_t want, uint64_t *pa, uint64_t *len)
{
	uint64_t more, n;

	if (kmem_find(s->f->src, va, pa, len) < 0)
		return false;
	while (*len < want && kmem_find(s->f->src, va + *len, &more, &n) == 0 && more == *pa + *len && n)
		*len += n;
	*len = *len < want ? *len : want;
	return true;
}

/* Maps the struct pages from VA on up to the next multiple of SCAN_WINDOW. False: they are to be copied. */
static bool window_open(struct scan *s, uint64_t va)
{
	struct source *src = s->f->src;
	uint64_t want = SCAN_WINDOW - va % SCAN_WINDOW, pa, len, off, there, skip;
	const void *p;

	scan_close(s);
	s->va = va;
	s->unmappable = va + SCAN_COPY - va % SCAN_COPY;
	if (!extent_find(s, va, want, &pa, &len) || !src->ops->where(src, pa, &off, &there))
		return false;
	len = len < there ? len : there;
	skip = off % SCAN_COPY;
	/* What is mapped has to end with the struct pages: a fraction of a page at the end is copied. */
	if (len + skip < SCAN_COPY * 2)
		return false;
	s->map_len = (size_t)((len + skip) & ~(uint64_t)(SCAN_COPY - 1));
	if (src->ops->map_file(src, off - skip, s->map_len, &p, NULL) < 0) {
		s->unmappable = va + len;
		return false;
	}
	s->map = p;
	s->at = s->map + skip;
	s->len = s->map_len - skip;
	s->unmappable = va;
	return true;
}

/* How many whole struct pages from VA on are mapped, N at most; 0: copy. */
static unsigned window_have(struct scan *s, uint64_t va, unsigned n)
{
	unsigned size = s->f->layout.at.size;
	size_t left;

	if (va >= s->va && va < s->unmappable)
		return 0;
	if ((!s->map || va < s->va || va - s->va >= s->len) && !window_open(s, va))
		return 0;
	left = (s->len - (size_t)(va - s->va)) / size;
	return left < n ? (unsigned)left & ~1u : n;
}

struct word {
	const uint8_t *at;
	uint64_t *to;
};

static int word_copy(void *arg)
{
	const struct word *w = arg;

	*w->to = get_u64(w->at);
	return 0;
}

bool scan_flags(struct scan *s, uint64_t pfn, uint64_t *ret)
{
	const struct filter *f = s->f;
	const struct page_run *r = f->model.n ? model_find(&f->model, pfn) : NULL;
	struct word w = { .to = ret };
	uint64_t va;

	if (!r || r->pfn > pfn)
		return false;
	va = r->va + (pfn - r->pfn) * f->layout.at.size;
	w.at = window_have(s, va, 1) ? s->at + (va - s->va) + f->layout.at.flags : NULL;
	if ((!w.at || fault_try(word_copy, &w) < 0) &&
	    kmem_read(f->src, va + f->layout.at.flags, ret, sizeof(*ret)) < 0)
		return false;
	return *ret != UINT64_MAX;
}

static void done(struct scan *s, const struct piece *q)
{
	s->carry = q->carry;
	s->distrusted += q->distrusted;
}

/* Copies the struct pages of a few pages from VA on and classifies those. Gives how many. */
static unsigned copied(struct scan *s, struct piece q, uint64_t va, unsigned n)
{
	unsigned size = s->f->layout.at.size, fit = (unsigned)(SCAN_COPY - va % SCAN_COPY) / size;

	/* Where they lie across pages: an even number, so that a head is seen with its second page. */
	if (SCAN_COPY % size || !fit)
		fit = SCAN_COPY / size & ~1u;
	q.n = fit < n ? fit : n;
	if (kmem_read(s->f->src, va, s->copy, (size_t)q.n * size) < 0) {
		memset(q.class, PAGE_UNKNOWN, q.n);
		s->unreadable += q.n;
		return q.n;
	}
	q.at = s->copy;
	(void)classify(&q);
	done(s, &q);
	return q.n;
}

/* Classifies the first pages of Q, whose struct pages lie at VA. Gives how many. */
static unsigned piece_scan(struct scan *s, struct piece q, uint64_t va)
{
	struct piece again = q;

	q.n = window_have(s, va, q.n);
	if (q.n == 0)
		return copied(s, again, va, again.n);
	q.at = s->at + (va - s->va);
	if (fault_try(classify, &q) < 0)
		return copied(s, again, va, again.n);
	done(s, &q);
	return q.n;
}

/* Pages of a block whose class is known and that need no look. 0: none. */
static unsigned skipped(const struct scan *s, uint64_t pfn, unsigned n, uint8_t *class)
{
	if (s->carry.look || pfn >= s->carry.until)
		return 0;
	if (s->carry.until - pfn < n)
		n = (unsigned)(s->carry.until - pfn);
	memset(class, s->carry.class, n);
	return n;
}

/* Classifies the first of N pages from PFN on. Gives how many. */
static unsigned some(struct scan *s, uint64_t pfn, unsigned n, uint8_t *class)
{
	const struct page_run *r = model_find(&s->f->model, pfn);
	uint64_t border = !r ? UINT64_MAX : r->pfn > pfn ? r->pfn
							 : r->pfn + r->n;

	if (border - pfn < n)
		n = (unsigned)(border - pfn);
	if (!r || r->pfn > pfn) {
		memset(class, PAGE_UNKNOWN, n);
		return n;
	}
	return piece_scan(s,
			  (struct piece){ .layout = &s->f->layout,
					  .pfn = pfn,
					  .n = n,
					  .end = s->end,
					  .class = class,
					  .look = s->look,
					  .carry = s->carry },
			  r->va + (pfn - r->pfn) * s->f->layout.at.size);
}

void scan_block(struct scan *s, uint64_t pfn, unsigned n, uint8_t *class)
{
	while (n) {
		unsigned part = skipped(s, pfn, n, class);

		if (!part)
			part = some(s, pfn, n, class);
		pfn += part;
		class += part;
		n -= part;
	}
}
