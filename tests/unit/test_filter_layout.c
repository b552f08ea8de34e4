/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: struct page of every kernel that changed it, from the keys that it exports.
 * Values of 6.1, 6.12 and 7.2 are those of Debian's kernels, others follow include/linux/page-flags.h.
 */
#include "check.h"

#include "filter/layout.h"

#include <elf.h>

#define COMMON                                                                                                     \
	"PAGESIZE=4096\nSIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page._refcount)=52\nOFFSET(page.mapping)=24\n" \
	"OFFSET(page.lru)=8\nOFFSET(page._mapcount)=48\nOFFSET(page.private)=40\nLENGTH(zone.free_area)=11\n"
#define HEAD  "OFFSET(page.compound_head)=8\n"
#define DTOR  HEAD "OFFSET(page.compound_dtor)=16\nOFFSET(page.compound_order)=17\nNUMBER(HUGETLB_PAGE_DTOR)=2\n"
#define FOLIO HEAD "OFFSET(folio._folio_dtor)=80\nOFFSET(folio._folio_order)=81\nNUMBER(HUGETLB_PAGE_DTOR)=2\n"
#define FLAGS_418                                                                                     \
	"NUMBER(PG_lru)=5\nNUMBER(PG_private)=12\nNUMBER(PG_swapcache)=9\nNUMBER(PG_swapbacked)=18\n" \
	"NUMBER(PG_slab)=8\nNUMBER(PG_hwpoison)=22\nNUMBER(PG_head_mask)=32768\n"
#define FLAGS_61                                                                                       \
	"NUMBER(PG_lru)=4\nNUMBER(PG_private)=13\nNUMBER(PG_swapcache)=10\nNUMBER(PG_swapbacked)=19\n" \
	"NUMBER(PG_slab)=9\nNUMBER(PG_hwpoison)=23\nNUMBER(PG_head_mask)=65536\n"
#define FLAGS_66                                                                                       \
	"NUMBER(PG_lru)=5\nNUMBER(PG_private)=15\nNUMBER(PG_swapcache)=12\nNUMBER(PG_swapbacked)=18\n" \
	"NUMBER(PG_hwpoison)=21\nNUMBER(PG_head_mask)=64\n"
#define FLAGS_612                                                                                      \
	"NUMBER(PG_lru)=5\nNUMBER(PG_private)=14\nNUMBER(PG_swapcache)=10\nNUMBER(PG_swapbacked)=17\n" \
	"NUMBER(PG_hwpoison)=20\nNUMBER(PG_head_mask)=64\n"
#define OLD_BUDDY "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"
#define OLD_TYPES OLD_BUDDY "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\n"
#define TYPES_612                                                                                        \
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\nNUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\n" \
	"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\nNUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\n"

struct kernel {
	const char *text;
	enum order_rule order;
	uint16_t order_at;
	enum huge_rule huge;
	uint32_t buddy, slab, table; /* words that are of the type; 0: no word is */
};

static const struct kernel kernels[] = {
	{ "OSRELEASE=4.14.0\n" COMMON HEAD "OFFSET(page.compound_dtor)=16\nOFFSET(page.compound_order)=18\n"
	  "NUMBER(HUGETLB_PAGE_DTOR)=2\n" FLAGS_418 "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-128\n",
	  ORDER_HALF, 18, HUGE_HALF, 0xffffff80, 0, 0 },
	{ "OSRELEASE=4.18.0-553.el8.x86_64\n" COMMON DTOR FLAGS_418 OLD_BUDDY, ORDER_BYTE, 17, HUGE_BYTE,
	  0xffffff7f, 0, 0xfffffbff },
	{ "OSRELEASE=5.4.0-150-generic\n" COMMON DTOR FLAGS_418 OLD_TYPES, ORDER_BYTE, 17, HUGE_BYTE, 0xffffff7f,
	  0, 0xfffff9ff },
	{ "OSRELEASE=5.10.0-30-amd64\n" COMMON DTOR FLAGS_418 OLD_TYPES, ORDER_BYTE, 17, HUGE_BYTE, 0xffffff7f, 0,
	  0xfffffbff },
	{ "OSRELEASE=5.15.0-100-generic\n" COMMON DTOR FLAGS_61 OLD_TYPES, ORDER_BYTE, 17, HUGE_BYTE, 0xffffff7f, 0,
	  0xfffffdff },
	{ "OSRELEASE=6.1.0-56-amd64\n" COMMON DTOR FLAGS_61 OLD_TYPES, ORDER_BYTE, 17, HUGE_BYTE, 0xffffff7f, 0,
	  0xfffffdff },
	{ "OSRELEASE=6.3.0\n" COMMON FOLIO FLAGS_61 OLD_TYPES, ORDER_BYTE, 17, HUGE_BYTE, 0xffffff7f, 0,
	  0xfffffdff },
	{ "OSRELEASE=6.6.30\n" COMMON HEAD FLAGS_66 OLD_TYPES "NUMBER(PG_slab)=11\nNUMBER(PG_hugetlb)=8\n",
	  ORDER_FLAGS, 0, HUGE_FLAGS, 0xffffff7f, 0, 0xfffffdff },
	{ "OSRELEASE=6.9.1\n" COMMON HEAD FLAGS_66 OLD_TYPES
	  "NUMBER(PG_slab)=10\nNUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-2049\n",
	  ORDER_FLAGS, 0, HUGE_TYPE, 0xffffff7f, 0, 0xfffffdff },
	{ "OSRELEASE=6.11.0\n" COMMON HEAD FLAGS_612
	  "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-1073741825\nNUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-536870913\n"
	  "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-67108865\nNUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-33554433\n",
	  ORDER_FLAGS, 0, HUGE_TYPE, 0xbfffffff, 0xfdffffff, 0xefffffff },
	{ "OSRELEASE=6.12.117+deb13-amd64\n" COMMON HEAD FLAGS_612 TYPES_612, ORDER_FLAGS, 0, HUGE_TYPE, 0xf0000000,
	  0xf5000123, 0xf2000000 },
	{ "OSRELEASE=6.16.3\n" COMMON HEAD FLAGS_612 TYPES_612 "NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)=4143972352\n",
	  ORDER_FLAGS, 0, HUGE_TYPE, 0xf0000000, 0xf5000000, 0xf2000001 },
	{ "OSRELEASE=7.0.0\n" COMMON HEAD FLAGS_612 TYPES_612, ORDER_FLAGS, 0, HUGE_TYPE, 0xf0000000, 0xf5000000,
	  0xf2000000 },
	{ "OSRELEASE=7.2.13+deb14-amd64\n" COMMON "OFFSET(page.compound_info)=8\n" FLAGS_612 TYPES_612, ORDER_FLAGS,
	  0, HUGE_TYPE, 0xf0000000, 0xf5000000, 0xf2000000 },
};

static void parse(struct page_layout *l, const char *text, struct notes *notes)
{
	memset(notes, 0, sizeof(*notes));
	layout_parse(l, text, strlen(text), EM_X86_64, notes);
}

static void test_kernels(void)
{
	struct page_layout l;
	struct notes notes;

	for (unsigned i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		const struct kernel *k = &kernels[i];
		uint32_t user = 0, unmapped = UINT32_MAX;
		struct page_type t[6];

		parse(&l, k->text, &notes);
		t[0] = l.buddy, t[1] = l.offline, t[2] = l.hugetlb;
		t[3] = l.slabs, t[4] = l.unaccepted, t[5] = l.table;
		CHECK_INT(l.can, LEVEL_STRUCT_PAGE);
		CHECK_INT(notes.n, 0);
		CHECK_INT(l.at.head, 8);
		CHECK_INT(l.order, k->order);
		if (k->order != ORDER_FLAGS)
			CHECK_INT(l.order_at, k->order_at);
		CHECK_INT(l.huge, k->huge);
		CHECK(page_is(k->buddy, l.buddy));
		CHECK(!k->slab || page_is(k->slab, l.slabs));
		CHECK(!k->slab == !!l.slab);
		CHECK(!k->table || page_is(k->table, l.table));
		/* No type is that of a page that is mapped or could be. */
		for (unsigned n = 0; n < 6; n++)
			CHECK(!page_is(user, t[n]) && !page_is(unmapped, t[n]));
		CHECK(!page_is(k->buddy, l.slabs) && !page_is(k->buddy, l.offline) && !page_is(k->buddy, l.table));
	}
}

/* TEXT with its first key OUT (up to the line's end) replaced by IN. */
static const char *without(const char *text, const char *out, const char *in)
{
	static char buf[4096];
	const char *p = strstr(text, out), *end = p ? strchr(p, '\n') : NULL;

	if (!end)
		return "";
	snprintf(buf, sizeof(buf), "%.*s%s%s", (int)(p - text), text, in, end + (*in ? 0 : 1));
	return buf;
}

#define OF_612 "OSRELEASE=6.12.0\n" COMMON HEAD FLAGS_612 TYPES_612

static void test_missing(void)
{
	const unsigned cache = LEVEL_CACHE | LEVEL_CACHE_PRIVATE;
	const struct {
		const char *key, *instead;
		unsigned can;
	} row[] = {
		{ "OFFSET(page.compound_head)", "", LEVEL_FREE },
		{ "OFFSET(page.mapping)", "", LEVEL_FREE },
		{ "OFFSET(page.private)", "", cache | LEVEL_USER },
		{ "LENGTH(zone.free_area)", "", cache | LEVEL_USER },
		{ "LENGTH(zone.free_area)", "LENGTH(zone.free_area)=20", cache | LEVEL_USER },
		{ "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", "", cache | LEVEL_USER },
		{ "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=0", cache | LEVEL_USER },
		{ "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)", "", cache | LEVEL_FREE },
		{ "NUMBER(PG_lru)", "", LEVEL_USER | LEVEL_FREE },
		{ "NUMBER(PG_private)", "NUMBER(PG_private)=64", LEVEL_USER | LEVEL_FREE },
		{ "SIZE(page)", "", 0 },
		{ "SIZE(page)", "SIZE(page)=60", 0 },
		{ "SIZE(page)", "SIZE(page)=4096", 0 },
		{ "OFFSET(page.flags)", "OFFSET(page.flags)=57", 0 },
		{ "OFFSET(page._mapcount)", "OFFSET(page._mapcount)=64", 0 },
		{ "OFFSET(page.mapping)", "OFFSET(page.mapping)=-8", LEVEL_FREE },
	};
	struct page_layout l;
	struct notes notes;

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		parse(&l, without(OF_612, row[i].key, row[i].instead), &notes);
		CHECK_INT(l.can, row[i].can);
		CHECK(notes.n >= 1);
	}
	parse(&l, without(OF_612, "OFFSET(page.compound_head)", ""), &notes);
	CHECK_STR(notes.text[0], "cache and user pages are kept: vmcoreinfo has no usable OFFSET(page.compound_head)"
				 " or page.compound_info");
	parse(&l, "", &notes);
	CHECK_INT(l.can, 0);
}

/* The order of a compound page without its keys: by release, or by keys that only came later. */
static void test_order_rule(void)
{
	struct page_layout l;
	struct notes notes;

	/* No hugetlb, so none of its keys: 6.6 to 6.8 all the same. */
	parse(&l, "OSRELEASE=6.7.0\n" COMMON HEAD FLAGS_66 OLD_BUDDY "NUMBER(PG_slab)=11\n", &notes);
	CHECK_INT(l.order, ORDER_FLAGS);
	CHECK_INT(l.huge, HUGE_UNKNOWN);
	/* An old release with a newer memory manager. */
	parse(&l,
	      "OSRELEASE=5.14.0-600.el9\n" COMMON HEAD FLAGS_66 OLD_TYPES
	      "NUMBER(PG_slab)=11\nNUMBER(PG_hugetlb)=8\n",
	      &notes);
	CHECK_INT(l.order, ORDER_FLAGS);
	parse(&l, "OSRELEASE=5.14.0\n" COMMON HEAD FLAGS_66 OLD_BUDDY "NUMBER(PG_slab)=11\n", &notes);
	CHECK_INT(l.order, ORDER_UNKNOWN);
	CHECK_STR(notes.text[0], "compound pages are kept: release 5.14 does not tell where their order is");
	parse(&l, "OSRELEASE=weird\n" COMMON HEAD FLAGS_66 OLD_BUDDY "NUMBER(PG_slab)=11\n", &notes);
	CHECK_INT(l.order, ORDER_UNKNOWN);
	CHECK_INT(l.major, 0);
}

int main(void)
{
	test_kernels();
	test_missing();
	test_order_rule();
	return check_done();
}
