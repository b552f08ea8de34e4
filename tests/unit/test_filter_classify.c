/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: the class of a page by its words, and how far a block of pages is believed.
 * Every test is a dump that lost pages, or kept useless ones, when the rule was missing.
 */
#include "check.h"

#include "filter/classify.h"

#include <elf.h>
#include <stdlib.h>

#define N         2048u
#define LRU       (1ull << 5)
#define HEAD      (1ull << 6)
#define PRIVATE   (1ull << 14)
#define SWAPCACHE (1ull << 10)
#define SWAPBACK  (1ull << 17)
#define POISON    (1ull << 20)
#define SLAB_BIT  (1ull << 9)
#define ANON      0xffff888100000001ull
#define INODE     0xffff888100000000ull
#define NONE      UINT32_MAX

static uint8_t pages[N * 64], class[N];
static struct page_layout layout;
static struct piece piece;

static void put(unsigned i, unsigned at, uint64_t v)
{
	memcpy(pages + i * 64 + at, &v, 8);
}

static void set(unsigned i, uint64_t flags, uint64_t mapping, uint32_t mapcount)
{
	memset(pages + i * 64, 0, 64);
	put(i, 0, flags);
	put(i, 24, mapping);
	memcpy(pages + i * 64 + 48, &mapcount, 4);
}

static void free_block(unsigned i, uint64_t order)
{
	set(i, 0, 0, 0xf0000000);
	put(i, 40, order);
}

/* Tails of a compound page of N pages at I, order in the second one as since 6.6. */
static void tails(unsigned i, unsigned n, unsigned order)
{
	for (unsigned k = 1; k < n; k++) {
		set(i + k, k == 1 ? order : 0, 0, NONE);
		put(i + k, 8, (0xffffea0000000000 + i * 64) | 1);
	}
}

static void start(void)
{
	static const char text[] =
		"OSRELEASE=6.12.1\nSIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page.mapping)=24\n"
		"OFFSET(page._mapcount)=48\nOFFSET(page.private)=40\nOFFSET(page.compound_head)=8\n"
		"LENGTH(zone.free_area)=11\nNUMBER(PG_lru)=5\nNUMBER(PG_private)=14\nNUMBER(PG_swapcache)=10\n"
		"NUMBER(PG_swapbacked)=17\nNUMBER(PG_hwpoison)=20\nNUMBER(PG_head_mask)=64\n"
		"NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"
		"NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\nNUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\n"
		"NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)=-150994944\n";
	struct notes notes = { 0 };

	layout_parse(&layout, text, sizeof(text) - 1, EM_X86_64, &notes);
	CHECK_INT(notes.n, 0);
	for (unsigned i = 0; i < N; i++)
		set(i, 0, 0, NONE);
	memset(class, 0xee, sizeof(class));
	piece = (struct piece){ .layout = &layout, .at = pages, .n = N, .end = N, .class = class };
}

static void run(void)
{
	CHECK_INT(classify(&piece), 0);
}

/* How many of the N pages from I on are of class C, until the first that is not. */
static unsigned span(unsigned i, enum page_class c)
{
	unsigned n = 0;

	for (; i < N && class[i] == c; i++)
		n++;
	return n;
}

static void test_single(void)
{
	static const struct {
		uint64_t flags, mapping;
		uint32_t mapcount;
		enum page_class class;
	} row[] = {
		{ 0, 0, NONE, PAGE_KERNEL },
		{ LRU | SWAPBACK, ANON, 0, PAGE_USER },
		{ SWAPBACK, ANON, 0, PAGE_USER },    /* isolated from the LRU */
		{ LRU, ANON + 2, 3, PAGE_USER },     /* KSM */
		{ 0, INODE + 2, NONE, PAGE_KERNEL }, /* movable by its driver */
		{ 0, 0x4001, NONE, PAGE_KERNEL },    /* no kernel address: another field */
		{ LRU, INODE, NONE, PAGE_CACHE },
		{ LRU, INODE, 2, PAGE_CACHE }, /* mapped files are cache */
		{ LRU | PRIVATE, INODE, NONE, PAGE_CACHE_PRIVATE },
		{ PRIVATE, 0, NONE, PAGE_KERNEL },
		{ SWAPCACHE | SWAPBACK, INODE, NONE, PAGE_CACHE },
		{ SWAPCACHE, INODE, NONE, PAGE_KERNEL }, /* the bit's other meanings */
		{ SWAPCACHE | SWAPBACK | LRU, ANON, NONE, PAGE_USER },
		{ 0, ANON, 0xf5000000, PAGE_SLAB },
		{ LRU, ANON, 0xf5abcdef, PAGE_SLAB }, /* the low 24 bits are the owner's */
		{ 0, 0, 0xf2000000, PAGE_TABLE },
		{ LRU, ANON, 0xf2000000, PAGE_TABLE },
		{ 0, 0, 0xf1000000, PAGE_OFFLINE },
		{ LRU, ANON, 0xf6000010, PAGE_KERNEL }, /* zsmalloc: never judged by mapping */
		{ LRU, ANON, 0xf8000000, PAGE_KERNEL }, /* large kmalloc */
		{ LRU, INODE, 0xf9000000, PAGE_KERNEL },
		{ LRU, ANON, 0xfe000000, PAGE_KERNEL }, /* types yet to come */
		{ LRU, ANON, 0xffffff80, PAGE_KERNEL }, /* an underflow */
		{ 0, 0, 0xf4000000, PAGE_UNKNOWN },     /* hugetlb that is not compound */
		{ POISON, 0, NONE, PAGE_HWPOISON },
		{ POISON | LRU, ANON, 0, PAGE_HWPOISON },
		{ POISON, 0, 0xf5000000, PAGE_HWPOISON },
		{ UINT64_MAX, UINT64_MAX, NONE, PAGE_UNKNOWN }, /* never set up, not poisoned */
	};
	unsigned n = sizeof(row) / sizeof(row[0]);

	start();
	for (unsigned i = 0; i < n; i++)
		set(i, row[i].flags, row[i].mapping, row[i].mapcount);
	run();
	for (unsigned i = 0; i < n; i++)
		if (class[i] != row[i].class) {
			fprintf(stderr, "row %u\n", i);
			CHECK_INT(class[i], row[i].class);
		}
	CHECK_INT(span(n, PAGE_KERNEL), N - n);
}

/* Kernels before 6.10: a flag, not a type. Its fields lay over mapping since 6.2, over _mapcount before 4.18. */
static void test_slab_flag(void)
{
	start();
	layout.slab = SLAB_BIT;
	layout.slabs = (struct page_type){ 0, 1 };
	layout.buddy = (struct page_type){ UINT32_MAX, 0xffffff7f };
	set(0, SLAB_BIT | LRU, ANON, 0xffffff7f);
	set(1, SLAB_BIT, ANON, 0xffffffef);
	set(2, 0, 0, 0xffffff7f);
	put(2, 40, 1);
	set(4, 0, 0, 0xfffffeff); /* offline, but not by its key: typed, kept */
	run();
	CHECK_INT(class[0], PAGE_SLAB);
	CHECK_INT(class[1], PAGE_SLAB);
	CHECK_INT(class[2], PAGE_FREE);
	CHECK_INT(class[3], PAGE_FREE);
	CHECK_INT(class[4], PAGE_KERNEL);
}

static void test_free(void)
{
	start();
	free_block(0, 10);
	free_block(1024, 3);
	set(1025, LRU, ANON, 0); /* stale words inside a free block mean nothing */
	free_block(1032, 0);
	run();
	CHECK_INT(span(0, PAGE_FREE), 1024 + 8 + 1);
	CHECK_INT(piece.distrusted, 0);
}

/* An order that cannot be drops nothing, not even the page itself. */
static void test_free_distrust(void)
{
	static const struct {
		unsigned at;
		uint64_t order;
	} row[] = {
		{ 16, 11 },         /* as many as LENGTH(zone.free_area) */
		{ 32, 52 },         /* seen on s390x */
		{ 48, UINT64_MAX }, /* no shift by it */
		{ 66, 2 },          /* not aligned */
		{ 1, 1 },
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		start();
		free_block(row[i].at, row[i].order);
		run();
		CHECK_INT(class[row[i].at], PAGE_UNKNOWN);
		CHECK_INT(class[row[i].at + 1], PAGE_KERNEL);
		CHECK_INT(piece.distrusted, 1);
	}
	/* Beyond the end of the range. */
	start();
	piece.end = 1500;
	free_block(1024, 9);
	run();
	CHECK_INT(class[1024], PAGE_UNKNOWN);
	CHECK_INT(piece.distrusted, 1);
}

static void test_unaccepted(void)
{
	start();
	set(0, 0, 0, 0xf7000000);
	set(1024 + 512, 0, 0, 0xf7000000);
	run();
	CHECK_INT(span(0, PAGE_UNACCEPTED), 1024);
	CHECK_INT(class[1536], PAGE_UNKNOWN);
	/* Without LENGTH(zone.free_area) the size of such a block is not known. */
	start();
	layout.free_orders = 0;
	set(0, 0, 0, 0xf7000000);
	run();
	CHECK_INT(class[0], PAGE_UNKNOWN);
	CHECK_INT(class[1], PAGE_KERNEL);
}

static void test_compound(void)
{
	start();
	set(0, LRU | HEAD | SWAPBACK, ANON, NONE);
	tails(0, 512, 9);
	set(512, HEAD, 0, 0xf5000000);
	tails(512, 8, 3);
	set(520, LRU | HEAD | PRIVATE, INODE, NONE);
	tails(520, 4, 2);
	set(524, HEAD, 0, NONE);
	tails(524, 2, 1);
	set(1024, HEAD, INODE, 0xf4000000);
	tails(1024, 512, 9);
	run();
	CHECK_INT(span(0, PAGE_USER), 512);
	CHECK_INT(span(512, PAGE_SLAB), 8);
	CHECK_INT(span(520, PAGE_CACHE_PRIVATE), 4);
	CHECK_INT(span(524, PAGE_KERNEL), 500);
	CHECK_INT(span(1024, PAGE_HUGETLB), 512);
	CHECK_INT(span(1536, PAGE_KERNEL), 512);
	CHECK_INT(piece.distrusted, 0);
}

/* A head is believed when its tails are there, as many as it says, and it is where such a page can be. */
static void test_compound_distrust(void)
{
	for (unsigned i = 0; i < 8; i++) {
		unsigned at = i == 0 ? 516 : 512, order = i == 1 ? 3 : i == 2 ? 2
							       : i == 3       ? 0
							       : i == 4       ? 19
									      : 3;

		start();
		set(at, LRU | HEAD, ANON, NONE);
		tails(at, 8, order);
		if (i == 1)
			set(at + 7, LRU, INODE, NONE); /* the last one is none */
		if (i == 5)
			set(at + 1, 3, 0, NONE); /* the second one is none */
		if (i == 6)
			put(at + 7, 8, 0xffffea0000000041); /* the last one has another head */
		if (i == 7)
			piece.end = 519;
		run();
		CHECK_INT(class[at], PAGE_UNKNOWN);
		CHECK_INT(class[at + 2], PAGE_UNKNOWN); /* a tail without a head */
		CHECK_INT(piece.distrusted, 1);
	}
	start();
	layout.order = ORDER_UNKNOWN;
	set(512, LRU | HEAD, ANON, NONE);
	tails(512, 8, 3);
	run();
	CHECK_INT(span(512, PAGE_UNKNOWN), 8);
	/* A free page that still has the bit of a compound one. */
	start();
	free_block(512, 3);
	put(512, 0, HEAD);
	run();
	CHECK_INT(class[512], PAGE_UNKNOWN);
	/* The second page is behind the end of what can be seen. */
	start();
	piece.n = 1;
	set(0, LRU | HEAD, ANON, NONE);
	run();
	CHECK_INT(class[0], PAGE_UNKNOWN);
}

/* Where older kernels keep the order and the mark of hugetlb. */
static void test_compound_old(void)
{
	start();
	layout.order = ORDER_BYTE;
	layout.order_at = 17;
	layout.huge = HUGE_BYTE;
	layout.huge_at = 16;
	layout.huge_value = 2;
	set(512, HEAD, 0, NONE);
	tails(512, 512, 0);
	put(513, 16, 0x0902);
	run();
	CHECK_INT(span(512, PAGE_HUGETLB), 512);
	start();
	layout.order = ORDER_HALF;
	layout.order_at = 18;
	layout.huge = HUGE_HALF;
	layout.huge_at = 16;
	layout.huge_value = 2;
	set(512, HEAD, 0, NONE);
	tails(512, 512, 0);
	put(513, 16, 9u << 16 | 2);
	/* 258: a destructor of two bytes is not its low one */
	set(1024, HEAD, 0, NONE);
	tails(1024, 2, 0);
	put(1025, 16, 1u << 16 | 258);
	run();
	CHECK_INT(span(512, PAGE_HUGETLB), 512);
	CHECK_INT(span(1024, PAGE_KERNEL), 1024);
	start();
	layout.huge = HUGE_FLAGS;
	layout.huge_value = 1 << 8;
	set(512, HEAD, 0, NONE);
	tails(512, 512, 9 | 1 << 8);
	run();
	CHECK_INT(span(512, PAGE_HUGETLB), 512);
}

/* A page without its bit 0 word cannot be told from a tail: such a layout believes no compound page. */
static void test_no_head_field(void)
{
	start();
	layout.at.head = PAGE_NO_FIELD;
	set(0, LRU | HEAD, ANON, NONE);
	tails(0, 8, 3);
	free_block(512, 9);
	run();
	CHECK_INT(class[0], PAGE_UNKNOWN);
	CHECK_INT(span(512, PAGE_FREE), 512);
}

static void test_poison(void)
{
	/* A tail of a kept compound page. */
	start();
	piece.look = 1u << PAGE_KERNEL | 1u << PAGE_SLAB;
	set(0, HEAD, 0, 0xf5000000);
	tails(0, 8, 3);
	set(5, POISON, 0, NONE);
	put(5, 8, 0xffffea0000000001);
	run();
	CHECK_INT(span(0, PAGE_SLAB), 5);
	CHECK_INT(class[5], PAGE_HWPOISON);
	CHECK_INT(span(6, PAGE_SLAB), 2);
	/* The head itself: alone, unless it is of hugetlb, where it stands for an unknown page of it. */
	start();
	piece.look = 1u << PAGE_USER;
	set(0, HEAD | LRU | POISON, ANON, NONE);
	tails(0, 8, 3);
	set(512, HEAD | POISON, INODE, 0xf4000000);
	tails(512, 512, 9);
	run();
	CHECK_INT(class[0], PAGE_HWPOISON);
	CHECK_INT(span(1, PAGE_USER), 7);
	CHECK_INT(span(512, PAGE_HWPOISON), 512);
	/* A kept free block; and a tail whose head was not seen. */
	start();
	piece.look = 1u << PAGE_FREE;
	free_block(0, 4);
	set(9, POISON, 0, NONE);
	set(33, POISON, 0, NONE);
	put(33, 8, 0xffffea0000000801);
	run();
	CHECK_INT(span(0, PAGE_FREE), 9);
	CHECK_INT(class[9], PAGE_HWPOISON);
	CHECK_INT(class[33], PAGE_HWPOISON);
	/* The block is dropped whole: nobody reads its pages, nobody looks. */
	start();
	free_block(0, 4);
	set(9, POISON, 0, NONE);
	run();
	CHECK_INT(span(0, PAGE_FREE), 16);
}

/* Pieces of any size give what one piece gives: a block goes on from one to the next. */
static void test_pieces(void)
{
	static uint8_t whole[N];

	start();
	set(0, LRU | HEAD, ANON, NONE);
	tails(0, 512, 9);
	free_block(512, 9);
	set(1024, HEAD, 0, 0xf5000000);
	tails(1024, 64, 6);
	free_block(1280, 8);
	run();
	memcpy(whole, class, N);
	for (unsigned size = 2; size <= 1024; size *= 2) {
		struct carry carry = { 0 };

		memset(class, 0xee, N);
		for (unsigned i = 0; i < N; i += size) {
			struct piece q = { .layout = &layout,
					   .at = pages + i * 64,
					   .pfn = i,
					   .n = size,
					   .end = N,
					   .class = class + i,
					   .carry = carry };

			CHECK_INT(classify(&q), 0);
			carry = q.carry;
		}
		CHECK(memcmp(class, whole, N) == 0);
	}
}

/* Another size of struct page takes another way through the same rules. */
static void test_other_size(void)
{
	static uint8_t wide[N / 2 * 128];

	start();
	set(0, LRU | HEAD, ANON, NONE);
	tails(0, 4, 2);
	free_block(8, 3);
	set(16, LRU, INODE, NONE);
	for (unsigned i = 0; i < N / 2; i++)
		memcpy(wide + i * 128, pages + i * 64, 64);
	layout.at.size = 128;
	piece.at = wide;
	piece.n = N / 2;
	run();
	CHECK_INT(span(0, PAGE_USER), 4);
	CHECK_INT(span(8, PAGE_FREE), 8);
	CHECK_INT(class[16], PAGE_CACHE);
	CHECK_INT(piece.distrusted, 0);
}

int main(void)
{
	test_single();
	test_slab_flag();
	test_free();
	test_free_distrust();
	test_unaccepted();
	test_compound();
	test_compound_distrust();
	test_compound_old();
	test_no_head_field();
	test_poison();
	test_pieces();
	test_other_size();
	return check_done();
}
