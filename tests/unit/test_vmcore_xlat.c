/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: page tables of the crashed kernel.
 * Tables are built entry by entry: every leaf size, four and five levels, holes, loops, damage.
 */
#include "check.h"

#include "vmcore/xlat.h"

#include <elf.h>
#include <errno.h>

#define PAGES 8

/* Physical memory from 0 on: page tables only. */
struct tables {
	uint64_t entry[PAGES][512];
	unsigned reads;
	int fail; /* what a read of page 5 gives */
};

static int read_entry(void *arg, uint64_t pa, void *buf, size_t n)
{
	struct tables *t = arg;

	t->reads++;
	if (pa >= sizeof(t->entry) || n > sizeof(t->entry) - pa)
		return -EFAULT;
	if (pa >> 12 == 5 && t->fail)
		return t->fail;
	memcpy(buf, (uint8_t *)t->entry + pa, n);
	return 0;
}

static const struct xlat four = { .levels = 4, .top = 0x1000, .mask = 0x000ffffffffff000 };

/* Page 1: PGD, 2: PUD, 3: PMD, 4 and 5: PTE. */
static struct tables sound(void)
{
	struct tables t = { 0 };

	t.entry[1][511] = 0x2063;
	t.entry[2][510] = 0x3063;
	t.entry[2][509] = 0x7fc0000000 | 0x1e3; /* 1 GiB */
	t.entry[3][8] = 0x1400000 | 0x1e3;      /* 2 MiB, global */
	t.entry[3][9] = 0x4063;
	t.entry[3][10] = 0x5063;
	t.entry[4][0] = 0x8000000000123163; /* no execution */
	t.entry[4][1] = 0x124163;
	t.entry[4][2] = 0x125163;
	t.entry[4][3] = 0x777163;
	t.entry[4][511] = 0x999163;
	return t;
}

static int walk(const struct xlat *x, struct tables *t, uint64_t va, uint64_t *pa, uint64_t *len)
{
	*pa = 1;
	*len = 2;
	return xlat_walk(x, read_entry, t, va, pa, len);
}

static void found(struct tables *t, uint64_t va, uint64_t want, uint64_t want_len)
{
	uint64_t pa, len;

	CHECK_INT(walk(&four, t, va, &pa, &len), 0);
	CHECK(pa == want);
	CHECK(len == want_len);
}

static void refused(const struct xlat *x, struct tables *t, uint64_t va, int rc)
{
	uint64_t pa, len;

	CHECK_INT(walk(x, t, va, &pa, &len), rc);
	CHECK(pa == 1 && len == 2);
}

static void test_leaves(void)
{
	struct tables t = sound();

	found(&t, 0xffffffff7fffffff, 0x7fffffffff, 1);
	found(&t, 0xffffffff40000000, 0x7fc0000000, 1 << 30);
	found(&t, 0xffffffff81000010, 0x1400010, 0x1ffff0);
	/* Three leaves that follow each other; the last one of a table stands alone. */
	found(&t, 0xffffffff81200234, 0x123234, 0x2dcc);
	found(&t, 0xffffffff81203000, 0x777000, 0x1000);
	found(&t, 0xffffffff813ff008, 0x999008, 0xff8);
}

static void test_refusals(void)
{
	struct tables t = sound();
	struct xlat none = { 0 }, five = four;

	refused(&four, &t, 0xffffffff81204000, -EFAULT);
	refused(&four, &t, 0, -EFAULT);
	/* Not canonical: the bits above the 47th differ. */
	refused(&four, &t, 0xff7fffff81000000, -EFAULT);
	refused(&none, &t, 0xffffffff81000000, -EOPNOTSUPP);
	t.fail = -ENODATA;
	refused(&four, &t, 0xffffffff81400000, -ENODATA);
	/* A table outside of memory, a leaf where there can be none. */
	t.entry[3][10] = 0x123456063;
	refused(&four, &t, 0xffffffff81400000, -EFAULT);
	t.entry[1][511] = 0x20e3;
	refused(&four, &t, 0xffffffff81000000, -EFAULT);
	/* A table that leads into itself ends like any other. */
	t = sound();
	t.entry[1][511] = 0x1063;
	five.levels = 5;
	t.reads = 0;
	refused(&five, &t, 0xffffffffffe00000, -EFAULT);
	CHECK_INT(t.reads, 5);
}

static void test_five_levels(void)
{
	struct tables t = sound();
	struct xlat five = four;
	uint64_t pa, len;

	five.levels = 5;
	five.top = 0x6000;
	five.mask &= ~(1ull << 47);
	t.entry[6][511] = 1ull << 47 | 0x1063;
	CHECK_INT(walk(&five, &t, 0xffffffff81000000, &pa, &len), 0);
	CHECK(pa == 0x1400000 && len == 0x200000);
	refused(&five, &t, 0xff11000000000000, -EFAULT);
	refused(&five, &t, 0xfe11000000000000, -EFAULT);
}

static void test_first(void)
{
	struct tables t = sound();
	struct xlat none = { 0 };
	uint64_t va = 0xffff800000000000, pa = 1;

	CHECK_INT(xlat_first(&four, read_entry, &t, &va, &pa), 0);
	CHECK(va == 0xffffffff40000000 && pa == 0x7fc0000000);
	va = 0xffffffff81202fff;
	CHECK_INT(xlat_first(&four, read_entry, &t, &va, &pa), 0);
	CHECK(va == 0xffffffff81202fff && pa == 0x125fff);
	va = 0xffffffff81204000;
	CHECK_INT(xlat_first(&four, read_entry, &t, &va, &pa), 0);
	CHECK(va == 0xffffffff813ff000 && pa == 0x999000);
	/* Nothing more up to the end of addresses. */
	va = 0xffffffff81400000;
	CHECK_INT(xlat_first(&four, read_entry, &t, &va, &pa), -EFAULT);
	CHECK(va == 0xffffffff81400000);
	CHECK_INT(xlat_first(&none, read_entry, &t, &va, &pa), -EOPNOTSUPP);
	/* Tables that all lead to an empty one: it gives up. */
	for (unsigned i = 0; i < 512; i++)
		t.entry[1][i] = 0x2063, t.entry[2][i] = 0x3063, t.entry[3][i] = 0x5063;
	t.reads = 0;
	va = 0xffff800000000000;
	CHECK_INT(xlat_first(&four, read_entry, &t, &va, &pa), -EFAULT);
	CHECK(t.reads <= 4 * 4096);
}

static struct xlat find(uint16_t machine, const char *text)
{
	struct dump_info info = { .machine = machine, .phys_base = 0x2000000 };
	struct xlat x;

	info.vmcoreinfo = text;
	info.vmcoreinfo_len = strlen(text);
	xlat_find(&info, &x);
	return x;
}

static void test_find(void)
{
	struct xlat x = find(EM_X86_64, "SYMBOL(swapper_pg_dir)=ffffffff82a10000\n");

	CHECK_INT(x.levels, 4);
	CHECK(x.top == 0x4a10000);
	CHECK(x.mask == 0x000ffffffffff000);
	x = find(EM_X86_64, "SYMBOL(swapper_pg_dir)=1\nSYMBOL(init_top_pgt)=ffffffff80001000\n"
			    "NUMBER(pgtable_l5_enabled)=1\nNUMBER(sme_mask)=140737488355328\n");
	CHECK_INT(x.levels, 5);
	CHECK(x.top == 0x2001000);
	CHECK(x.mask == 0x000f7ffffffff000);
	CHECK_INT(find(EM_X86_64, "SYMBOL(init_top_pgt)=1000\n").levels, 0);
	CHECK_INT(find(EM_X86_64, "").levels, 0);
	CHECK_INT(find(EM_AARCH64, "SYMBOL(swapper_pg_dir)=ffffffff82a10000\n").levels, 0);
}

int main(void)
{
	test_leaves();
	test_refusals();
	test_five_levels();
	test_first();
	test_find();
	return check_done();
}
