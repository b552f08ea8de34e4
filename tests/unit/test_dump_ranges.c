/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: memory divided among files.
 * A source that is told nothing of its pages: all that it holds are kept.
 */
#include "check.h"

#include "dump/ranges.h"
#include "iface/format.h"

#include <errno.h>

#define FILES 8

/* Every pfn below `dense`, then one of 16. */
struct sparse {
	struct source source;
	uint64_t dense;
};

static bool there(const struct sparse *s, uint64_t pfn)
{
	return pfn < s->source.info.max_pfn && (pfn < s->dense || pfn % 16 == 0);
}

static void held(struct source *s, uint64_t first, uint64_t n, uint8_t *bits)
{
	memset(bits, 0, (n + 7) / 8);
	for (uint64_t i = 0; i < n; i++)
		if (there((struct sparse *)s, first + i))
			bits[i / 8] |= (uint8_t)(1u << i % 8);
}

static int no_read(struct source *s, uint64_t at, void *buf, size_t n, struct err *e)
{
	(void)s, (void)at, (void)buf, (void)n;
	return err_set(e, -EFAULT, "nothing is there");
}

static int no_translate(struct source *s, uint64_t va, uint64_t *pa, uint64_t *len, struct err *e)
{
	(void)s, (void)va, (void)pa, (void)len;
	return err_set(e, -EOPNOTSUPP, "no page tables");
}

static bool nowhere(struct source *s, uint64_t pa, uint64_t *off, uint64_t *len)
{
	(void)s, (void)pa, (void)off, (void)len;
	return false;
}

static const struct source_ops ops = {
	.name = "sparse",
	.read_pa = no_read,
	.read_va = no_read,
	.where = nowhere,
	.held = held,
	.existed = held,
	.translate = no_translate,
};

static struct sparse make(uint64_t pages, uint64_t dense)
{
	return (struct sparse){
		.source = { .ops = &ops, .info = { .page_size = 4096, .max_pfn = pages, .vmcoreinfo = "" } },
		.dense = dense,
	};
}

static uint64_t pages_in(const struct sparse *s, uint64_t from, uint64_t to)
{
	uint64_t n = 0;

	for (; from < to; from++)
		n += there(s, from);
	return n;
}

static void check_shares(uint64_t pages, uint64_t dense, unsigned n, uint64_t align)
{
	struct sparse s = make(pages, dense);
	uint64_t bound[FILES + 1], all = pages_in(&s, 0, pages), share = all / n;
	struct err e = { 0 };

	CHECK_INT(ranges_make(&s.source, 31, n, align, bound, &e), 0);
	CHECK_INT(bound[0], 0);
	CHECK_INT(bound[n], pages);
	for (unsigned i = 0; i < n; i++) {
		uint64_t here = pages_in(&s, bound[i], bound[i + 1]);

		CHECK(bound[i] < bound[i + 1]);
		CHECK_INT(bound[i] % align, 0);
		CHECK(here + 2 * align + 64 >= share && here <= share + 2 * align + 64);
	}
}

static void check_small(void)
{
	struct sparse s = make(64 * 3, 0), none = make(1000, 0);
	uint64_t bound[FILES + 1];
	struct err e = { 0 };

	CHECK_INT(ranges_make(&s.source, 0, 4, 64, bound, &e), -ERANGE);
	CHECK_STR(e.text, "split: the memory is too small for 4 files");
	CHECK_INT(ranges_make(&s.source, 0, 3, 64, bound, &e), 0);
	CHECK_INT(bound[1], 64);
	CHECK_INT(bound[2], 128);
	/* all pages at one end: no file is without pfns */
	none.dense = 64;
	CHECK_INT(ranges_make(&none.source, 0, 8, 64, bound, &e), 0);
	for (unsigned i = 0; i < 8; i++)
		CHECK(bound[i] < bound[i + 1]);
}

int main(void)
{
	check_shares(5000, 5000, 2, 64);
	check_shares(5001, 1000, 5, 64);
	check_shares(3 * KEEP_ALIGN + 77, KEEP_ALIGN + 1000, 3, 64);
	check_shares(3 * KEEP_ALIGN, 3 * KEEP_ALIGN, 3, 64);
	check_shares(3 * KEEP_ALIGN, 100, 8, 4096);
	check_small();
	return check_done();
}
