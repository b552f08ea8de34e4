/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: struct pages.
 * Four bytes a page, behind one byte that chooses the kernel: words that hang together often enough to make blocks.
 * Every page gets a class, and a page is only dropped as free when a believable free block covers it.
 */
#include "filter/classify.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#define MOST 4096u

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static const char text[] =
	"OSRELEASE=6.12.1\nSIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page.mapping)=24\n"
	"OFFSET(page._mapcount)=48\nOFFSET(page.private)=40\nOFFSET(page.compound_head)=8\n"
	"LENGTH(zone.free_area)=11\nNUMBER(PG_lru)=0\nNUMBER(PG_private)=1\nNUMBER(PG_swapcache)=2\n"
	"NUMBER(PG_swapbacked)=3\nNUMBER(PG_hwpoison)=4\nNUMBER(PG_head_mask)=32\nNUMBER(PG_slab)=6\n"
	"NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"
	"NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\nNUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\n"
	"NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)=-150994944\n";

/* The words of page I: flags, the type or count, head, and an order for `private` and the second page. */
static void page_make(uint8_t *page, const uint8_t *d, unsigned i)
{
	static const uint32_t type[] = { 0xf0, 0xf1, 0xf2, 0xf4, 0xf5, 0xf7, 0xf8, 0xff };
	uint64_t flags = d[0], mapping = d[1] & 8 ? 0xffff888000000001 : d[1] & 16 ? 0x1001
										   : 0;
	uint64_t head = d[2] & 1 ? (0xffffea0000000000 + (i - d[2] / 2) * 64ull) | 1 : 0, order = d[3];
	uint32_t word = d[1] & 128 ? d[1] : type[d[1] & 7] << 24;

	if (d[2] & 1)
		flags = flags << 8 | d[3];
	memcpy(page, &flags, 8);
	memcpy(page + 8, &head, 8);
	memcpy(page + 16, d, 4);
	memcpy(page + 24, &mapping, 8);
	memcpy(page + 40, &order, 8);
	memcpy(page + 48, &word, 4);
}

static bool covered(const uint8_t *pages, unsigned i)
{
	for (unsigned order = 0; order < 11; order++) {
		unsigned at = i >> order << order;
		uint64_t have;

		memcpy(&have, pages + at * 64 + 40, 8);
		if (pages[at * 64 + 51] == 0xf0 && have == order)
			return true;
	}
	return false;
}

static void layout_make(struct page_layout *l, uint8_t choice)
{
	struct notes notes = { 0 };

	layout_parse(l, text, sizeof(text) - 1, EM_X86_64, &notes);
	l->order = choice & 3;
	l->huge = choice >> 2 & 3 ? choice >> 2 & 3 : HUGE_TYPE;
	l->order_at = 17;
	l->huge_at = 16;
	l->huge_value = 2;
	if (choice & 16)
		l->at.head = PAGE_NO_FIELD;
	if (choice & 32)
		l->anon = 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	unsigned pages = n ? (unsigned)((n - 1) / 4) : 0;
	uint8_t *at, *class;
	struct page_layout l;
	struct piece q;

	if (!pages || pages > MOST)
		return 0;
	/* Exact: reading a second page or a last tail that is not there is seen. */
	at = calloc(pages, 64);
	class = malloc(pages);
	if (!at || !class)
		abort();
	memset(class, 0xee, pages);
	layout_make(&l, d[0]);
	for (unsigned i = 0; i < pages; i++)
		page_make(at + i * 64, d + 1 + i * 4, i);
	q = (struct piece){ .layout = &l, .at = at, .n = pages, .end = pages, .class = class };
	q.look = d[0] & 64 ? ~0u : 0;
	if (classify(&q) != 0 || q.carry.until > pages)
		abort();
	for (unsigned i = 0; i < pages; i++)
		if (class[i] >= PAGE_CLASSES || (class[i] == PAGE_FREE && !covered(at, i)))
			abort();
	free(at);
	free(class);
	return 0;
}
