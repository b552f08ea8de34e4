/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: progress and reports in words.
 */
#include "check.h"

#include "dump/tell.h"

#include <stdlib.h>

static void check_progress(void)
{
	struct tell_pace pace = { 0 };
	struct dump_progress p = { .stage = DUMP_SCAN, .done = 0, .total = 1000 };
	struct tell_view v = tell_view(&pace, &p, 4096, 5000);
	char buf[TELL_LINE];

	CHECK_STR(tell_line(buf, sizeof(buf), &v), "looking at pages   0.0 %");
	CHECK_STR(tell_json(buf, sizeof(buf), &v),
		  "{\"stage\":\"scan\",\"percent\":0.0,\"pages\":0,\"total\":1000,\"bytes\":0,\"bytes_per_second\":0,"
		  "\"seconds_left\":null}");
	p = (struct dump_progress){ .stage = DUMP_PAGES, .done = 100, .total = 1124, .bytes = 1 << 20 };
	v = tell_view(&pace, &p, 4096, 6000); /* another stage: its own pace */
	CHECK_INT(v.left_s, -1);
	p.done = 356; /* 256 pages in 2 seconds, 768 to go */
	v = tell_view(&pace, &p, 4096, 8000);
	CHECK_INT(v.rate, 512 << 10);
	CHECK_INT(v.left_s, 6);
	CHECK_STR(tell_line(buf, sizeof(buf), &v),
		  "copying pages     31.6 %, 512.0 KiB/s, 1.0 MiB written, 6 s left");
	CHECK_STR(tell_json(buf, sizeof(buf), &v),
		  "{\"stage\":\"pages\",\"percent\":31.6,\"pages\":356,\"total\":1124,\"bytes\":1048576,"
		  "\"bytes_per_second\":524288,\"seconds_left\":6}");
	p.done = 50; /* the next level of a list begins anew */
	v = tell_view(&pace, &p, 4096, 9000);
	CHECK_INT(v.left_s, -1);
	p = (struct dump_progress){ .stage = DUMP_PAGES, .done = 51, .total = UINT64_MAX };
	v = tell_view(&pace, &p, 4096, 10000);
	CHECK_INT(v.permille, 0);
	(void)tell_line(buf, sizeof(buf), &v);
	CHECK(strlen(buf) < sizeof(buf) - 1);
	p = (struct dump_progress){ .stage = DUMP_PAGES, .done = 90, .total = 80 };
	v = tell_view(&pace, &p, 4096, 11000);
	CHECK_INT(v.permille, 1000);
	CHECK_INT(v.left_s, -1);
	p = (struct dump_progress){ .stage = DUMP_PAGES };
	v = tell_view(&pace, &p, 4096, 12000);
	CHECK_INT(v.permille, 0);
}

static void check_classes(void)
{
	static const struct {
		enum page_class c;
		unsigned level;
		bool dropped;
	} row[] = {
		{ PAGE_CACHE, 2, true },
		{ PAGE_CACHE, 4, true },
		{ PAGE_CACHE, 25, false },
		{ PAGE_CACHE_PRIVATE, 2, false },
		{ PAGE_CACHE_PRIVATE, 4, true },
		{ PAGE_USER, 8, true },
		{ PAGE_HUGETLB, 8, true },
		{ PAGE_HUGETLB, 23, false },
		{ PAGE_FREE, 16, true },
		{ PAGE_UNACCEPTED, 16, true },
		{ PAGE_UNACCEPTED, 15, false },
		{ PAGE_OFFLINE, 0, true },
		{ PAGE_HWPOISON, 0, true },
		{ PAGE_KERNEL, 31, false },
		{ PAGE_SLAB, 31, false },
		{ PAGE_TABLE, 31, false },
		{ PAGE_MEMMAP, 31, false },
		{ PAGE_UNKNOWN, 31, false },
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		CHECK_INT(tell_class_dropped(row[i].c, row[i].level), row[i].dropped);
	for (unsigned c = 0; c < PAGE_CLASSES; c++)
		CHECK(*tell_class((enum page_class)c));
}

static void check_report(void)
{
	struct dump_stat st = {
		.level = 31,
		.filter = { .holes = 3, .unreadable = 1, .distrusted = 2 },
		.kept = 605,
		.done = 605,
		.zero = 100,
		.unreadable = 4,
		.lost = 5,
		.codec = { { "lzo", 500, 2048000, 512000 } },
		.ncodec = 1,
		.switches = 2,
		.file_size = 614400,
		.written = 614000,
		.threads = 2,
		.windows = 4,
		.scan_ms = 1005,
		.total_ms = 2345,
		.pack_us = 3000000,
		.write_us = 4000,
	};
	char buf[TELL_TEXT], small[40];

	st.filter.pages[PAGE_KERNEL] = 600;
	st.filter.pages[PAGE_FREE] = 300;
	st.filter.pages[PAGE_CACHE] = 100;
	CHECK_STR(tell_report(buf, sizeof(buf), &st, 4096),
		  "Memory             :         1005 pages, 3.9 MiB\n"
		  "  Left out         :          400 pages, 1.5 MiB\n"
		  "    cache          :          100 pages, 400.0 KiB\n"
		  "    free           :          300 pages, 1.1 MiB\n"
		  "  Kept             :          605 pages, 2.3 MiB\n"
		  "    all zero       :          100 pages, 400.0 KiB\n"
		  "    kernel         :          600 pages, 2.3 MiB\n"
		  "Holes              :            3 pages\n"
		  "Not trusted        : 1 struct pages unreadable, 2 blocks of impossible size; their pages are kept\n"
		  "Unreadable         :            4 pages, 16.0 KiB\n"
		  "Lost in the input  :            5 pages, 20.0 KiB\n"
		  "Written            :          605 pages, 2.3 MiB\n"
		  "  lzo              :          500 pages, 1.9 MiB into 500.0 KiB (25 %)\n"
		  "  codec changed    :            2 times\n"
		  "File               : 600.0 KiB, 15 % of the memory\n"
		  "Time               : 2.345 s, of them looking at pages 1.005 s\n"
		  "Threads            : 2; packing 3000 ms, writing 4 ms over all of them\n"
		  "Bitmap             : 4 windows, for want of memory\n");
	CHECK_STR(tell_report_json(buf, sizeof(buf), &st, 4096, "complete"),
		  "{\"stage\":\"end\",\"result\":\"complete\",\"level\":31,"
		  "\"page_size\":4096,\"pages\":{\"kernel\":600,"
		  "\"slab\":0,\"page_table\":0,\"memmap\":0,\"cache\":100,\"cache_private\":0,\"user\":0,\"hugetlb\":0,"
		  "\"free\":300,\"unaccepted\":0,\"offline\":0,\"hwpoison\":0,\"unknown\":0},\"holes\":3,\"kept\":605,"
		  "\"written\":605,\"zero\":100,\"unreadable\":4,\"lost\":5,"
		  "\"struct_pages_unreadable\":1,\"blocks_distrusted\":2,"
		  "\"codecs\":[{\"name\":\"lzo\",\"pages\":500,\"in\":2048000,\"out\":512000}],\"codec_changes\":2,"
		  "\"file_size\":614400,\"bytes\":614000,\"threads\":2,\"windows\":4,\"important_first\":false,"
		  "\"scan_ms\":1005,\"total_ms\":2345,\"pack_us\":3000000,\"write_us\":4000}");
	memset(&st, 0xff, sizeof(st)); /* the largest numbers fit as well */
	st.ncodec = DUMP_CODECS;
	st.important = true;
	st.scan_ms = st.total_ms = st.pack_us = st.write_us = INT64_MAX;
	for (unsigned i = 0; i < DUMP_CODECS; i++)
		st.codec[i].name = "a long name";
	CHECK(strlen(tell_report(buf, sizeof(buf), &st, 4096)) < sizeof(buf) - 1);
	CHECK(strlen(tell_report_json(buf, sizeof(buf), &st, 4096, "incomplete")) < sizeof(buf) - 1);
	CHECK(buf[strlen(buf) - 1] == '}');
	CHECK_INT(strlen(tell_report(small, sizeof(small), &st, 4096)), sizeof(small) - 1);
}

static void check_rest(void)
{
	struct dump_stat st = { .zero = 7 };
	char buf[TELL_TEXT];

	CHECK_STR(tell_sentence_json(buf, sizeof(buf), "note", "a \"b\" c\\ \x1b\xc3"),
		  "{\"stage\":\"note\",\"text\":\"a \\\"b\\\" c\\\\ ??\"}");
	st.filter.pages[PAGE_USER] = 5;
	tell_usage(buf, sizeof(buf), &st, 4096);
	CHECK(strstr(buf, "user data                     5     20.0 KiB  -d 8\n") != NULL);
	CHECK(strstr(buf, "zero                          7     28.0 KiB  -d 1, of those that -d 30 keeps\n") != NULL);
	CHECK(strstr(buf, "all                           5     20.0 KiB\n") != NULL);
}

int main(void)
{
	check_progress();
	check_classes();
	check_report();
	check_rest();
	return check_done();
}
