/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: pages that are kept whatever struct page says: the log, page tables, sections, the image.
 * Each page is first seen to be dropped where nothing pins it.
 */
#include "check.h"
#include "fake_source.h"

#include "filter/filter.h"

#define HEAD      (1ull << 6)
#define RESERVED  (1ull << 13)
#define POISON    (1ull << 20)
#define LRU       (1ull << 5)
#define INODE     0xffff888100000000ull
#define RING      (3ull << 20) /* physical: struct printk_ringbuffer */
#define DESCS     (4ull << 20)
#define TEXT      (5ull << 20)
#define TOP       (6ull << 20) /* page tables, one page each */
#define IMAGE_PUD (TOP + 0x1000)
#define IMAGE_PMD (TOP + 0x2000)
#define IMAGE_PTE (TOP + 0x3000)
#define FAR_PUD   (TOP + 0x4000)
#define FAR_PMD   (TOP + 0x5000)

static struct fake m;
static struct filter *filter;
static uint8_t bits[FAKE_PAGES / 8];

static const char log_keys[] =
	"SYMBOL(prb)=ffff888000300100\nSIZE(printk_ringbuffer)=88\nSIZE(prb_desc)=24\nSIZE(printk_info)=88\n"
	"OFFSET(printk_ringbuffer.desc_ring)=0\nOFFSET(printk_ringbuffer.text_data_ring)=48\n"
	"OFFSET(prb_desc_ring.count_bits)=0\nOFFSET(prb_desc_ring.descs)=8\nOFFSET(prb_desc_ring.infos)=16\n"
	"OFFSET(prb_data_ring.size_bits)=0\nOFFSET(prb_data_ring.data)=8\n";

/* 1024 descriptors: 6 pages, their infos: 22 pages, and 64 KiB of text. */
static void add_log(void)
{
	fake_put64(&m, RING + 0x100, FAKE_DIRECT + RING + 0x200);
	fake_put64(&m, RING + 0x200, 10);
	fake_put64(&m, RING + 0x208, FAKE_DIRECT + DESCS);
	fake_put64(&m, RING + 0x210, FAKE_DIRECT + DESCS + 0x10000);
	fake_put64(&m, RING + 0x230, 16);
	fake_put64(&m, RING + 0x238, FAKE_DIRECT + TEXT);
	fake_info(&m, log_keys);
}

/*
 * The image in leaves of 4 KiB: 200 pages of text, 20 of constants, then data. Beside it a table of a far address
 * with two leaves of 2 MiB. The top table is that of four levels.
 */
static void add_tables(void)
{
	fake_put64(&m, TOP + 511 * 8, IMAGE_PUD | 3);
	fake_put64(&m, IMAGE_PUD + 510 * 8, IMAGE_PMD | 3);
	fake_put64(&m, IMAGE_PMD + 8 * 8, IMAGE_PTE | 3);
	for (uint64_t i = 0; i < 256; i++) {
		uint64_t e = (FAKE_STEXT + (i << 12)) | (i < 200 ? 1 : i < 220 ? 1ull << 63 | 1
									       : 1ull << 63 | 3);

		fake_put64(&m, IMAGE_PTE + i * 8, e);
	}
	fake_put64(&m, TOP + 273 * 8, FAR_PUD | 3);
	fake_put64(&m, FAR_PUD, FAR_PMD | 3);
	fake_put64(&m, FAR_PMD, 0x83);
	fake_put64(&m, FAR_PMD + 8, 0x200083);
	/* A user's table: not the kernel's. */
	fake_put64(&m, TOP, 0x1f00000 | 3);
	fake_info(&m, "SYMBOL(init_top_pgt)=ffff888000600000\n");
	/* _text to _end */
	m.segment[1] = (struct segment){ FAKE_STEXT, FAKE_IMAGE, FAKE_STEXT, 1 << 20, 1 << 20, 1 << 20 };
	m.source.info.nsegment = 2;
}

static void machine(void)
{
	CHECK(fake_init(&m, FAKE_TEXT));
	fake_info(&m, FAKE_SPARSE);
	for (unsigned i = 256; i < 512; i++)
		fake_set(&m, i, RESERVED, 0, UINT32_MAX);
}

/* Damage is done afterwards: the filter's check of itself would switch levels off. */
static void open_filter(void)
{
	struct err e = { 0 };

	CHECK_INT(filter_open(&filter, &m.source, &e), 0);
	CHECK_INT(filter_can(filter), 31);
}

static void scan(unsigned level)
{
	struct filter_out out = { .nlevel = 1, .level = { (uint8_t)level }, .bits = { bits } };
	struct err e = { 0 };

	CHECK_INT(filter_scan(filter, 0, FAKE_PAGES, &out, &e), 0);
}

static void end(void)
{
	filter_free(filter);
	m.source.ops->free(&m.source);
}

static unsigned kept(uint64_t from, uint64_t to)
{
	unsigned n = 0;

	for (; from < to; from++)
		n += bits[from / 8] >> from % 8 & 1;
	return n;
}

/* Pages [FROM, TO) look like page cache. */
static void disguise(uint64_t from, uint64_t to)
{
	for (; from < to; from++)
		fake_set(&m, from, LRU, INODE, UINT32_MAX);
}

static bool pinned(enum pin_set set, uint64_t from, uint64_t to)
{
	const struct pin *p = &filter_pins(filter)[set];

	for (unsigned i = 0; i < p->n; i++)
		if (p->at[i].from <= from && p->at[i].to >= to)
			return true;
	return false;
}

static void test_log(void)
{
	for (int told = 0; told < 2; told++) {
		machine();
		if (told)
			add_log();
		open_filter();
		disguise((DESCS >> 12), (DESCS >> 12) + 6);
		disguise((DESCS >> 12) + 16, (DESCS >> 12) + 38);
		disguise((TEXT >> 12), (TEXT >> 12) + 17);
		scan(31);
		CHECK_INT(kept((DESCS >> 12), (DESCS >> 12) + 6), told ? 6 : 0);
		CHECK_INT(kept((DESCS >> 12) + 16, (DESCS >> 12) + 38), told ? 22 : 0);
		CHECK_INT(kept((TEXT >> 12), (TEXT >> 12) + 16), told ? 16 : 0);
		CHECK_INT(kept((TEXT >> 12) + 16, (TEXT >> 12) + 17), 0);
		CHECK(pinned(PIN_LOG, 384, 385)); /* init_uts_ns */
		end();
	}
}

/* A ring that claims to be larger than the machine, or lies nowhere. */
static void test_log_absurd(void)
{
	machine();
	add_log();
	fake_put64(&m, RING + 0x200, 31);
	fake_put64(&m, RING + 0x208, UINT64_MAX - 100);
	fake_put64(&m, RING + 0x230, 31);
	open_filter();
	scan(31);
	CHECK(pinned(PIN_LOG, TEXT >> 12, FAKE_PAGES));
	CHECK_INT(kept(0, FAKE_PAGES), FAKE_PAGES);
	end();
}

static void test_tables(void)
{
	machine();
	add_tables();
	open_filter();
	scan(0);
	CHECK(pinned(PIN_TABLES, TOP >> 12, (TOP >> 12) + 6));
	CHECK(pinned(PIN_TABLES, FAKE_TABLES >> 12, (FAKE_TABLES >> 12) + 2));
	CHECK(!pinned(PIN_TABLES, 0x1f00, 0x1f01));
	CHECK(pinned(PIN_TEXT, 256, 456));
	CHECK(pinned(PIN_CONST, 456, 476));
	CHECK(pinned(PIN_DATA, 476, 512));
	CHECK_INT(filter_pins(filter)[PIN_DATA].n, 1);
	end();
}

/* What was given back behind text and behind data says nothing of constants, however it is mapped. */
static void test_gaps(void)
{
	for (int told = 0; told < 2; told++) {
		machine();
		add_tables();
		fake_put64(&m, IMAGE_PTE + 230 * 8, (FAKE_STEXT + (230 << 12)) | 1ull << 63 | 1);
		if (told)
			fake_info(&m, "SYMBOL(kallsyms_names)=ffffffff81200000\n"
				      "SYMBOL(kallsyms_offsets)=ffffffff81201000\n");
		fake_set(&m, 486, LRU, INODE, UINT32_MAX);
		if (told)
			fake_set(&m, 460, LRU, INODE, UINT32_MAX);
		open_filter();
		scan(0);
		CHECK(pinned(PIN_TEXT, 256, 456));
		CHECK(pinned(told ? PIN_DATA : PIN_CONST, 456, 476));
		CHECK(pinned(PIN_DATA, 476, 512));
		end();
	}
}

/* A struct page of the kernel claims to head a free block over page tables, or over text; both are kept. */
static void test_claims(void)
{
	machine();
	add_tables();
	open_filter();
	fake_set(&m, (TOP >> 12) - 8, 0, 0, 0xf0000000);
	fake_order(&m, (TOP >> 12) - 8, 3);
	fake_set(&m, 400, 0, 0, 0xf0000000);
	fake_order(&m, 400, 4);
	fake_set(&m, 480, 0, 0, 0xf0000000);
	fake_order(&m, 480, 5);
	for (unsigned i = 490; i < 512; i++)
		fake_set(&m, i, 0, 0, UINT32_MAX); /* given back */
	scan(16);
	CHECK_INT(kept((TOP >> 12) - 8, TOP >> 12), 0);
	CHECK_INT(kept(400, 416), 16);
	CHECK_INT(kept(481, 490), 9); /* data has PG_reserved, pages that were given back have not */
	CHECK_INT(kept(490, 512), 0);
	end();
}

/* A page that failed is not read; one whose flags are random bits is. */
static void test_poison(void)
{
	machine();
	add_tables();
	open_filter();
	fake_set(&m, 420, RESERVED | POISON, 0, UINT32_MAX);
	fake_set(&m, 430, 0x9765a539b792baaull | POISON, 0, UINT32_MAX);
	scan(31);
	CHECK_INT(kept(256, 480), 223);
	CHECK_INT(kept(420, 421), 0);
	end();
}

/* Tables that point to themselves, and one that maps the same table everywhere: it ends, and nothing is lost. */
static void test_loops(void)
{
	machine();
	add_tables();
	for (unsigned i = 0; i < 510; i++) {
		fake_put64(&m, IMAGE_PUD + i * 8, (i % 2 ? TOP : IMAGE_PUD) | 3);
		fake_put64(&m, TOP + (i / 2 + 256) * 8, (i % 2 ? TOP : IMAGE_PUD) | 3);
	}
	open_filter();
	scan(31);
	CHECK(pinned(PIN_TABLES, TOP >> 12, (TOP >> 12) + 4));
	CHECK(pinned(PIN_TEXT, 256, 456));
	end();
}

int main(void)
{
	test_log();
	test_log_absurd();
	test_tables();
	test_gaps();
	test_claims();
	test_poison();
	test_loops();
	return check_done();
}
