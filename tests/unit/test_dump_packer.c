/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dump: pages through mapped windows, by reading, and when neither works. */
#include "dump/packer.h"

#include "base/bytes.h"

#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE  4096u
#define PAGES 3000u /* of memory; they lie from page 1 of the file on */
#define GAP   1500u /* from here on one page farther, as another segment does */

/* A vmcore in memory that counts what is asked of it. */
struct fake {
	struct source s;
	uint8_t *file;
	bool maps;     /* false: map_file() refuses */
	uint64_t lost; /* this page can be read by no way: PAGES for none */
	int why;       /* what reading it gives */
	unsigned mapped, held_maps, read;
};

static uint64_t place(uint64_t pfn)
{
	return (pfn + (pfn < GAP ? 1 : 2)) * PAGE;
}

static int map_file(struct source *s, uint64_t off, size_t n, const void **ret, struct err *e)
{
	struct fake *f = (struct fake *)s;
	uint8_t *p;

	(void)e;
	if (!f->maps)
		return -EOPNOTSUPP;
	CHECK(off % PAGE == 0 && n % PAGE == 0 && n && off + n <= s->info.file_size);
	p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(p, f->file + off, n);
	f->mapped++;
	f->held_maps++;
	*ret = p;
	return 0;
}

static void unmap(struct source *s, const void *p, size_t n)
{
	((struct fake *)s)->held_maps--;
	munmap((void *)p, n);
}

static int read_pa(struct source *s, uint64_t pa, void *buf, size_t n, struct err *e)
{
	struct fake *f = (struct fake *)s;

	(void)e;
	f->read++;
	for (size_t at = 0; at < n; at += PAGE) {
		if ((pa + at) / PAGE == f->lost)
			return f->why;
		memcpy((uint8_t *)buf + at, f->file + place((pa + at) / PAGE), PAGE);
	}
	return 0;
}

static bool where(struct source *s, uint64_t pa, uint64_t *off, uint64_t *len)
{
	uint64_t pfn = pa / PAGE, end = pfn < GAP ? GAP : PAGES;

	(void)s;
	if (pfn >= PAGES)
		return false;
	*off = place(pfn);
	*len = (end - pfn) * PAGE;
	return true;
}

static const struct source_ops ops = { .map_file = map_file, .unmap = unmap, .read_pa = read_pa, .where = where };

static void fake_open(struct fake *f, bool maps, uint64_t lost)
{
	*f = (struct fake){ .s = { .ops = &ops }, .maps = maps, .lost = lost, .why = -EIO };
	f->s.info.file_size = place(PAGES - 1) + PAGE;
	f->file = calloc(1, f->s.info.file_size);
	for (uint64_t pfn = 0; pfn < PAGES; pfn++)
		if (pfn % 7)
			for (unsigned i = 0; i < PAGE; i += 8)
				put_u64(f->file + place(pfn) + i, pfn << 32 | i);
}

/* Packs every STEP-th page and looks at each. */
static void pack_every(struct fake *f, unsigned step, struct pack_stat *sum)
{
	static uint8_t room[BATCH_PAGES * 2 * PAGE];
	const struct pack_plan plan = { .src = &f->s, .page_size = PAGE, .batch_pages = BATCH_PAGES, .zero = true };
	struct packer p;
	uint64_t pfn = 0;

	memset(sum, 0, sizeof(*sum));
	CHECK_INT(packer_init(&p, &plan, NULL), 0);
	while (pfn < PAGES) {
		struct batch b = { .data = room };
		struct pack_stat st;
		const uint8_t *at = room;

		for (; b.n < BATCH_PAGES && pfn < PAGES; pfn += step)
			b.pfn[b.n++] = pfn;
		packer_run(&p, 0, &b, &st);
		for (unsigned i = 0; i < b.n; at += b.size[i++]) {
			bool empty = b.pfn[i] % 7 == 0 || b.pfn[i] == f->lost;

			CHECK_INT(b.flag[i], b.pfn[i] == f->lost ? BATCH_LOST : 0);
			CHECK_INT(b.size[i], empty ? 0 : PAGE);
			CHECK(empty || memcmp(at, f->file + place(b.pfn[i]), PAGE) == 0);
		}
		CHECK_INT(at - room, (long)b.len);
		sum->zero += st.zero;
		sum->unreadable += st.unreadable;
		sum->lost += st.lost;
		sum->stored += st.stored;
		CHECK(f->held_maps <= 1);
	}
	packer_free(&p);
	CHECK_INT(f->held_maps, 0);
}

static void mapped(void)
{
	struct pack_stat st;
	struct fake f;

	fake_open(&f, true, PAGES);
	pack_every(&f, 1, &st);
	CHECK_INT(st.zero, (PAGES + 6) / 7);
	CHECK_INT(st.zero + st.stored, PAGES);
	CHECK_INT(st.unreadable, 0);
	/* 12 MiB, each window once; nothing is read but the few pages before a border. */
	CHECK_INT(f.mapped, 6);
	CHECK(f.read < 60);
	/* One page in each window is read, not mapped. */
	f.mapped = f.read = 0;
	pack_every(&f, 512, &st);
	CHECK(f.mapped <= 1);
	CHECK(f.read >= 5);
	free(f.file);
}

/* A source that cannot be mapped is asked once a window. */
static void refused(void)
{
	struct pack_stat st;
	struct fake f;

	fake_open(&f, false, PAGES);
	pack_every(&f, 1, &st);
	CHECK_INT(st.zero + st.stored, PAGES);
	CHECK(f.read > 0);
	CHECK_INT(f.mapped, 0);
	free(f.file);
}

/* A page that cannot be read costs itself, and never becomes one of zeros. */
static void lost(void)
{
	struct pack_stat st;
	struct fake f;

	fake_open(&f, false, 1000);
	pack_every(&f, 1, &st);
	CHECK_INT(st.unreadable, 1);
	CHECK_INT(st.lost, 0);
	CHECK_INT(st.zero, (PAGES + 6) / 7);
	CHECK_INT(st.zero + st.stored, PAGES - 1);
	f.why = -ENODATA;
	pack_every(&f, 1, &st);
	CHECK_INT(st.unreadable, 0);
	CHECK_INT(st.lost, 1);
	free(f.file);
}

int main(void)
{
	mapped();
	refused();
	lost();
	return check_done();
}
