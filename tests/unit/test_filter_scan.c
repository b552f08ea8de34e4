/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: the filter over a whole machine: memory models, reading struct pages, levels, checks and doubts.
 * The machine has 64 MiB and struct pages of Linux 6.12.
 */
#include "check.h"
#include "fake_source.h"

#include "filter/filter.h"
#include "filter/scan.h"

#define LRU      (1ull << 5)
#define HEAD     (1ull << 6)
#define PRIVATE  (1ull << 14)
#define POISON   (1ull << 20)
#define ANON     0xffff888100000001ull
#define INODE    0xffff888100000000ull
#define ALL      31u
#define SEG_FREE 8192u /* pfn: 1024 free pages */

static struct fake m;
static struct filter *filter;
static struct filter_stat stat;
static uint8_t bits[FILTER_LEVELS][FAKE_PAGES / 8], rank[FAKE_PAGES / FILTER_BLOCK];

/* A machine with pages of every kind, from pfn 8192 on in blocks of 512. */
static void machine(const char *memory)
{
	CHECK(fake_init(&m, FAKE_TEXT));
	fake_info(&m, memory);
	fake_set(&m, SEG_FREE, 0, 0, 0xf0000000);
	fake_order(&m, SEG_FREE, 10);
	for (unsigned i = 0; i < 512; i++) {
		fake_set(&m, 9216 + i, LRU, ANON, 0);
		fake_set(&m, 9728 + i, LRU, INODE, UINT32_MAX);
		fake_set(&m, 10240 + i, LRU | PRIVATE, INODE, UINT32_MAX);
		fake_set(&m, 10752 + i, 0, 0, 0xf1000000);
	}
	fake_set(&m, 11264, HEAD, INODE, 0xf4000000);
	fake_compound(&m, 11264, 9);
	fake_set(&m, 11776, POISON, 0, UINT32_MAX);
	fake_set(&m, 12000, 0, 0, 0xf2000000);
}

static unsigned open_filter(void)
{
	struct err e = { 0 };

	CHECK_INT(filter_open(&filter, &m.source, &e), 0);
	return filter_can(filter);
}

static void end(void)
{
	filter_free(filter);
	m.source.ops->free(&m.source);
}

static const char *first_note(void)
{
	const char *text[FILTER_NOTES];

	return filter_notes(filter, text) ? text[0] : "";
}

static void scan(uint64_t first, uint64_t n, unsigned nlevel, const uint8_t *level)
{
	struct filter_out out = { .nlevel = nlevel, .rank = rank, .stat = &stat };
	struct err e = { 0 };

	memset(&stat, 0, sizeof(stat));
	memset(bits, 0xee, sizeof(bits));
	memset(rank, 0xee, sizeof(rank));
	for (unsigned i = 0; i < nlevel; i++) {
		out.level[i] = level[i];
		out.bits[i] = bits[i];
	}
	CHECK_INT(filter_scan(filter, first, n, &out, &e), 0);
}

static void scan_all(unsigned level)
{
	scan(0, FAKE_PAGES, 1, (uint8_t[]){ (uint8_t)level });
}

/* How many of pages [FROM, TO) level I keeps. */
static unsigned kept(unsigned i, unsigned from, unsigned to)
{
	unsigned n = 0;

	for (; from < to; from++)
		n += bits[i][from / 8] >> from % 8 & 1;
	return n;
}

static void test_levels(void)
{
	const uint8_t level[] = { 0, 1, 2, 4, 8, 16, 31, 30 };
	/* free, user, cache, private cache, offline, hugetlb of 512 pages each (free: 1024) */
	const unsigned want[8][6] = {
		{ 1024, 512, 512, 512, 0, 512 },
		{ 1024, 512, 512, 512, 0, 512 },
		{ 1024, 512, 0, 512, 0, 512 },
		{ 1024, 512, 0, 0, 0, 512 },
		{ 1024, 0, 512, 512, 0, 0 },
		{ 0, 512, 512, 512, 0, 512 },
		{ 0, 0, 0, 0, 0, 0 },
		{ 0, 0, 0, 0, 0, 0 },
	};
	const unsigned at[] = { 8192, 9216, 9728, 10240, 10752, 11264, 11776 };

	machine(FAKE_SPARSE);
	CHECK_INT(open_filter(), ALL);
	CHECK_STR(first_note(), "");
	scan(0, FAKE_PAGES, 8, level);
	for (unsigned i = 0; i < 8; i++) {
		for (unsigned k = 0; k < 6; k++)
			CHECK_INT(kept(i, at[k], at[k + 1]), want[i][k]);
		CHECK_INT(kept(i, 0, 8192), 8192);
		CHECK_INT(kept(i, 11776, 11777), 0); /* poisoned: at no level */
		CHECK_INT(kept(i, 11777, FAKE_PAGES), FAKE_PAGES - 11777);
	}
	CHECK_INT(stat.pages[PAGE_FREE], 1024);
	CHECK_INT(stat.pages[PAGE_USER], 512);
	CHECK_INT(stat.pages[PAGE_CACHE], 512);
	CHECK_INT(stat.pages[PAGE_CACHE_PRIVATE], 512);
	CHECK_INT(stat.pages[PAGE_OFFLINE], 512);
	CHECK_INT(stat.pages[PAGE_HUGETLB], 512);
	CHECK_INT(stat.pages[PAGE_HWPOISON], 1);
	CHECK_INT(stat.pages[PAGE_TABLE], 1);
	CHECK_INT(stat.pages[PAGE_SLAB], 2);
	CHECK_INT(stat.pages[PAGE_MEMMAP], 256);
	CHECK_INT(stat.pages[PAGE_KERNEL], FAKE_PAGES - 1024 - 5 * 512 - 1 - 1 - 2 - 256);
	CHECK_INT(stat.holes + stat.unreadable + stat.distrusted + stat.pages[PAGE_UNKNOWN], 0);
	end();
}

static void test_rank(void)
{
	machine(FAKE_SPARSE);
	CHECK_INT(open_filter(), ALL);
	scan_all(16);
	CHECK_INT(rank[0], RANK_IMAGE);
	CHECK_INT(rank[3], RANK_KERNEL);
	CHECK_INT(rank[4000 / 512], RANK_FIRST);  /* slab */
	CHECK_INT(rank[8192 / 512], RANK_BULK);   /* dropped */
	CHECK_INT(rank[9216 / 512], RANK_BULK);   /* user */
	CHECK_INT(rank[11776 / 512], RANK_FIRST); /* a page table */
	CHECK_INT(rank[12288 / 512], RANK_KERNEL);
	CHECK_INT(rank[16128 / 512], RANK_KERNEL); /* half of it is struct pages */
	for (unsigned i = 15872; i < 16128; i++)
		fake_set(&m, i, LRU, INODE, 0);
	scan_all(0);
	CHECK_INT(rank[16128 / 512], RANK_MEMMAP);
	end();
}

/* Ranges that begin and end anywhere they may, and pages that the source does not hold. */
static void test_ranges(void)
{
	machine(FAKE_SPARSE);
	m.segment[0].len = 9003ull << 12;
	m.segment[0].memlen = m.segment[0].len;
	m.segment[1] = (struct segment){ 9600ull << 12, FAKE_DIRECT + (9600ull << 12), 9600ull << 12,
					 (FAKE_PAGES - 9600) << 12, (FAKE_PAGES - 9600) << 12,
					 (FAKE_PAGES - 9600) << 12 };
	m.source.info.nsegment = 2;
	CHECK_INT(open_filter(), ALL);
	scan_all(0);
	CHECK_INT(stat.holes, 9600 - 9003);
	CHECK_INT(kept(0, 0, 9003), 9003);
	CHECK_INT(kept(0, 9003, 9600), 0);
	CHECK_INT(kept(0, 9600, 11776), 11776 - 9600 - 512);
	CHECK_INT(stat.pages[PAGE_FREE], 9003 - 8192);
	CHECK_INT(stat.pages[PAGE_USER], 9728 - 9600);
	scan(8192, 1003, 1, (uint8_t[]){ 16 });
	CHECK_INT(stat.holes, 1003 - (9003 - 8192));
	/* The block reaches beyond the range, so nobody can vouch for it. */
	CHECK_INT(stat.distrusted, 1);
	CHECK_INT(bits[0][125] & 0xf8, 0);
	CHECK_INT(bits[0][126], 0xee);
	scan(8192, 0, 1, (uint8_t[]){ 16 });
	CHECK_INT(bits[0][0], 0xee);
	end();
}

static void test_refused_range(void)
{
	struct filter_out out = { .nlevel = 0 };
	struct err e = { 0 };

	machine(FAKE_SPARSE);
	CHECK_INT(open_filter(), ALL);
	CHECK_INT(filter_scan(filter, 100, 512, &out, &e), -EINVAL);
	CHECK_INT(filter_scan(filter, 512, UINT64_MAX, &out, &e), -EINVAL);
	CHECK_INT(filter_scan(filter, 0, FAKE_PAGES, &out, &e), 0);
	end();
}

/* However struct pages are read, the answer is the same. */
static void test_reading(void)
{
	static uint8_t want[FAKE_PAGES / 8];

	machine(FAKE_SPARSE);
	CHECK_INT(open_filter(), ALL);
	scan_all(31);
	CHECK(m.windows > 0);
	memcpy(want, bits[0], sizeof(want));
	for (unsigned i = 0; i < 4; i++) {
		m.leaf = i == 0 ? 4096 : i == 1 ? 32768
						: 2 << 20;
		m.unmappable = i >= 2;
		scan_all(31);
		CHECK(memcmp(bits[0], want, sizeof(want)) == 0);
		CHECK_INT(stat.unreadable, 0);
		m.leaf = 8192;
	}
	end();
}

/* The struct pages of the last 512 pages are in the mapping, but not in the file: SIGBUS, then an error. */
static void test_unreadable(void)
{
	for (unsigned unmappable = 0; unmappable < 2; unmappable++) {
		machine(FAKE_SPARSE);
		for (uint64_t i = 15360; i < 16128; i++)
			fake_set(&m, i, LRU, INODE, 0);
		m.unmappable = unmappable;
		CHECK_INT(open_filter(), ALL);
		CHECK_INT(ftruncate(m.fd, (off_t)(FAKE_SIZE - 512 * 64)), 0);
		scan_all(31);
		CHECK_INT(stat.unreadable, 512);
		CHECK_INT(stat.pages[PAGE_UNKNOWN], 512);
		CHECK_INT(kept(0, 15360, 15872), 0);
		CHECK_INT(kept(0, 15872, FAKE_PAGES), 512);
		CHECK_INT(kept(0, SEG_FREE, 9216), 0);
		end();
	}
}

/* A part of the array has no pages, as after memory was taken out. */
static void test_unmapped(void)
{
	machine(FAKE_SPARSE);
	m.lost = FAKE_VMEMMAP + 9728 * 64;
	m.found = m.lost + 2 * 4096;
	CHECK_INT(open_filter(), ALL);
	scan_all(31);
	CHECK_INT(stat.unreadable, 128);
	CHECK_INT(kept(0, 9216, 9728), 0);
	CHECK_INT(kept(0, 9728, 9728 + 128), 128);
	CHECK_INT(kept(0, 9728 + 128, 10240), 0);
	end();
}

/* The four ways to the array of struct pages that are left. */
static void test_models(void)
{
	static const char of_static[] = "SYMBOL(mem_section)=ffff888000201000\nLENGTH(mem_section)=262144\n"
					"SIZE(mem_section)=32\nOFFSET(mem_section.section_mem_map)=0\n"
					"NUMBER(SECTION_SIZE_BITS)=24\nNUMBER(MAX_PHYSMEM_BITS)=42\n";
	static const char of_variable[] = "SYMBOL(mem_section)=ffff888000203000\nSIZE(mem_section)=32\n"
					  "OFFSET(mem_section.section_mem_map)=0\nNUMBER(SECTION_SIZE_BITS)=24\n"
					  "NUMBER(MAX_PHYSMEM_BITS)=42\n";
	const struct {
		const char *keys, *name;
	} row[] = {
		{ FAKE_SPARSE, "SPARSEMEM_EXTREME" },
		{ of_static, "SPARSEMEM" },
		{ of_variable, "SPARSEMEM_EXTREME" },
		{ "SYMBOL(vmemmap)=ffffea0000000000\n", "VMEMMAP" },
		{ "SYMBOL(mem_map)=ffff888000203008\n", "FLATMEM" },
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		machine(row[i].keys);
		fake_put64(&m, FAKE_TABLES + 0x3000, FAKE_DIRECT + FAKE_TABLES);
		fake_put64(&m, FAKE_TABLES + 0x3008, FAKE_VMEMMAP);
		CHECK_INT(open_filter(), ALL);
		CHECK_STR(filter->model.name, row[i].name);
		CHECK_INT(filter->model.n, 1);
		scan_all(31);
		CHECK_INT(stat.pages[PAGE_FREE], 1024);
		CHECK_INT(stat.pages[PAGE_MEMMAP], 256);
		end();
	}
}

/* Every flag of a section that kernels have had, bit 5 (preinit) and more of them to come. */
static void test_section_flags(void)
{
	machine(FAKE_SPARSE);
	fake_sections(&m, 0x3f);
	fake_put64(&m, FAKE_TABLES + 4096 + 32, FAKE_VMEMMAP | 0x8ff);
	CHECK_INT(open_filter(), ALL);
	CHECK_INT(filter->model.n, 1);
	scan_all(31);
	CHECK_INT(stat.pages[PAGE_FREE], 1024);
	end();
	/* A section that is not there, one without struct pages, and one with its own array. */
	machine(FAKE_SPARSE);
	fake_put64(&m, FAKE_TABLES + 4096, 0);
	fake_put64(&m, FAKE_TABLES + 4096 + 32, 1);
	fake_put64(&m, FAKE_TABLES + 4096 + 96, (FAKE_DIRECT + FAKE_STRUCTS) | 3);
	(void)open_filter();
	CHECK_INT(filter->model.n, 2);
	CHECK_INT(filter->model.run[0].pfn, 8192);
	CHECK_INT(filter->model.run[1].va, FAKE_DIRECT + FAKE_STRUCTS + 12288 * 64);
	scan_all(0);
	CHECK_INT(kept(0, 0, 8192), 8192);
	CHECK_INT(stat.pages[PAGE_UNKNOWN], 8192);
	end();
}

/* Nothing to go by: all is kept, and said. */
static void test_no_model(void)
{
	static const char *const keys[] = {
		"",
		"SYMBOL(mem_section)=ffff888000200000\n",
		/* a table in nowhere, of absurd sizes, with too many bits */
		"SYMBOL(mem_section)=dead\nSIZE(mem_section)=32\nOFFSET(mem_section.section_mem_map)=0\n",
		"SYMBOL(mem_section)=ffff888000200000\nSIZE(mem_section)=7\nOFFSET(mem_section.section_mem_map)=0\n",
		"SYMBOL(mem_section)=ffff888000200000\nSIZE(mem_section)=32\nOFFSET(mem_section.section_mem_map)=30\n",
		"SYMBOL(mem_section)=ffff888000200000\nSIZE(mem_section)=32\nOFFSET(mem_section.section_mem_map)=0\n"
		"NUMBER(SECTION_SIZE_BITS)=27\nNUMBER(MAX_PHYSMEM_BITS)=64\n",
		"SYMBOL(mem_map)=dead\n",
	};

	for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		machine(keys[i]);
		CHECK_INT(open_filter(), LEVEL_ZERO);
		CHECK_STR(first_note(), "all pages are kept: the array of struct pages was not found");
		scan_all(31);
		CHECK_INT(kept(0, 0, FAKE_PAGES), FAKE_PAGES);
		CHECK_INT(stat.pages[PAGE_UNKNOWN], FAKE_PAGES);
		end();
	}
	machine(FAKE_SPARSE);
	fake_forget(&m, "SIZE(page)");
	CHECK_INT(open_filter(), LEVEL_ZERO);
	scan_all(31);
	CHECK_INT(kept(0, 0, FAKE_PAGES), FAKE_PAGES);
	end();
}

/* x86_64 has one size of pages; elsewhere nothing is dropped without knowing it. */
static void test_page_size(void)
{
	const char *const damage[] = { "PAGESIZE=4\n", "PAGESIZE=8192\n", "PAGESIZE=\n", "" };

	for (unsigned i = 0; i < 4; i++) {
		machine(FAKE_SPARSE);
		fake_forget(&m, "PAGESIZE");
		fake_info(&m, damage[i]);
		CHECK_INT(open_filter(), ALL);
		CHECK_STR(first_note(), "vmcoreinfo tells no usable PAGESIZE, 4096 bytes are taken");
		scan_all(31);
		CHECK_INT(kept(0, SEG_FREE, 11776), 0);
		end();
	}
	machine(FAKE_SPARSE);
	fake_forget(&m, "PAGESIZE");
	m.source.info.machine = EM_AARCH64;
	CHECK_INT(open_filter(), LEVEL_ZERO);
	CHECK_STR(first_note(), "all pages are kept: vmcoreinfo tells no usable PAGESIZE, 4096 bytes are taken");
	scan_all(31);
	CHECK_INT(kept(0, 0, FAKE_PAGES), FAKE_PAGES);
	end();
}

/* A page that is known to be the kernel's looks like one to drop: then no such page is dropped. */
static void test_known(void)
{
	const struct {
		unsigned pfn;
		uint64_t flags, mapping;
		uint32_t mapcount;
		unsigned can;
		const char *note;
	} row[] = {
		{ 384, 0, 0, 0xf0000000, ALL & ~LEVEL_FREE,
		  "free pages are kept: the kernel log or what vmcoreinfo names looks like one" },
		{ 300, LRU, ANON, 0, ALL & ~LEVEL_USER, "user pages are kept: kernel text looks like one" },
		{ 512, LRU, INODE, 0, ALL & ~6u,
		  "cache pages are kept: a table of pages or of mem_section looks like one" },
		{ 16130, LRU | PRIVATE, INODE, 0, ALL & ~6u,
		  "cache pages are kept: a page of struct pages looks like one" },
		{ 16200, 0, 0, 0xf7000000, ALL, "" }, /* misaligned: not believed in the first place */
		{ 16200, 0, 0, 0xf1000000, ALL, "offline pages are kept: a page of struct pages looks like one" },
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		machine(FAKE_SPARSE);
		fake_set(&m, row[i].pfn, row[i].flags, row[i].mapping, row[i].mapcount);
		CHECK_INT(open_filter(), row[i].can);
		CHECK_STR(first_note(), row[i].note);
		scan_all(31);
		CHECK_INT(kept(0, row[i].pfn, row[i].pfn + 1), 1);
		CHECK_INT(kept(0, SEG_FREE, 9216), row[i].can & LEVEL_FREE ? 0 : 1024);
		end();
	}
}

/* PG_hwpoison is another bit than said: half of the kernel would be lost. One bad page is no reason. */
static void test_known_poison(void)
{
	machine(FAKE_SPARSE);
	fake_set(&m, 300, POISON, 0, UINT32_MAX);
	CHECK_INT(open_filter(), ALL);
	CHECK_STR(first_note(), "");
	scan_all(0);
	CHECK_INT(kept(0, 300, 301), 0);
	end();
	machine(FAKE_SPARSE);
	for (unsigned i = 256; i < 400; i++)
		fake_set(&m, i, POISON, 0, UINT32_MAX);
	CHECK_INT(open_filter(), ALL);
	CHECK(strncmp(first_note(), "NUMBER(PG_hwpoison) is not believed: ", 37) == 0);
	scan_all(31);
	CHECK_INT(kept(0, 256, 400), 144);
	end();
}

/* The array was found in the wrong place: its words make no sense for pages that are known. */
static void test_known_nonsense(void)
{
	machine(FAKE_SPARSE);
	memset(fake_page(&m, 0), 0xff, 8000 * 64);
	memset(fake_page(&m, 16000), 0xff, 384 * 64);
	CHECK_INT(open_filter(), LEVEL_ZERO);
	CHECK(strncmp(first_note(), "all pages are kept: ", 20) == 0);
	scan_all(31);
	CHECK_INT(kept(0, SEG_FREE, 11776), 11776 - SEG_FREE);
	end();
}

static unsigned doubt(const struct filter_stat *st)
{
	return filter_doubt(filter, st);
}

static void test_doubt(void)
{
	struct filter_stat st = { .pages = { [PAGE_KERNEL] = 20000,
					     [PAGE_SLAB] = 500,
					     [PAGE_USER] = 9000,
					     [PAGE_MEMMAP] = 256,
					     [PAGE_FREE] = 100000 } };
	struct filter_stat bad = st;

	machine(FAKE_SPARSE);
	CHECK_INT(open_filter(), ALL);
	CHECK_INT(doubt(&st), 0);
	/* A machine without user pages, or one that is too small to judge. */
	bad.pages[PAGE_USER] = bad.pages[PAGE_SLAB] = 0;
	CHECK_INT(doubt(&bad), 0);
	bad = (struct filter_stat){ .pages = { [PAGE_FREE] = 1000, [PAGE_USER] = 100 } };
	CHECK_INT(doubt(&bad), 0);
	CHECK_INT(filter_can(filter), ALL);
	/* 6.10 moved slab from a flag to a type: none is seen. */
	bad = st;
	bad.pages[PAGE_SLAB] = 0;
	CHECK_INT(doubt(&bad), LEVEL_USER);
	CHECK_STR(first_note(),
		  "user pages are kept: no slab page was found, so that some may be among them");
	CHECK_INT(doubt(&bad), 0);
	bad = st;
	bad.pages[PAGE_FREE] = 100000000;
	CHECK_INT(doubt(&bad), LEVEL_FREE);
	CHECK_INT(filter_can(filter), ALL & ~(LEVEL_USER | LEVEL_FREE));
	bad = st;
	bad.distrusted = 2000;
	CHECK_INT(doubt(&bad), LEVEL_CACHE | LEVEL_CACHE_PRIVATE);
	CHECK_INT(filter_can(filter), LEVEL_ZERO);
	scan_all(31);
	CHECK_INT(kept(0, 0, 11776), 11776);
	end();
	machine(FAKE_SPARSE);
	CHECK_INT(open_filter(), ALL);
	bad = st;
	bad.pages[PAGE_MEMMAP] = 20;
	CHECK_INT(doubt(&bad), 30);
	end();
}

int main(void)
{
	test_levels();
	test_rank();
	test_ranges();
	test_refused_range();
	test_reading();
	test_unreadable();
	test_unmapped();
	test_models();
	test_section_flags();
	test_no_model();
	test_page_size();
	test_known();
	test_known_poison();
	test_known_nonsense();
	test_doubt();
	return check_done();
}
