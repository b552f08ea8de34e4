/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/oracle: damages what a filter believes: struct pages, section table, vmcoreinfo, log ring, page tables.
 * Promise: the same seed makes the same damage; every byte that is changed is listed, so that it can be undone.
 * FULL is read, COPY, the same file at first, is changed in place. Bytes that FULL has at two offsets change at both.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dump.h"

static const char usage[] =
	"usage: mutate FULL COPY KIND SEED     damages COPY, lists \"OFFSET LENGTH what\" on standard output\n"
	"       mutate undo FULL COPY <LIST    puts the bytes of FULL back\n"
	"  KIND: pages, sections, info, size, log, tables, all,\n"
	"        claims (struct pages of the kernel that claim to be free)\n";

/* Of a struct page: where Linux 4.18 to 7.x keep _mapcount and private on x86-64. */
enum { PAGE_PRIVATE = 40,
       PAGE_MAPCOUNT = 48,
       PAGE_STRUCT = 64,
       MOST = 48 };

static struct dump full;
static uint8_t *must;
static uint64_t state;
static int copy;

static uint64_t draw(void)
{
	return dump_draw(&state);
}

static void write_at(uint64_t offset, const void *bytes, size_t n, const char *what)
{
	if (pwrite(copy, bytes, n, (off_t)offset) != (ssize_t)n)
		die("writing the copy: %s", strerror(errno));
	printf("%llu %zu %s\n", (unsigned long long)offset, n, what);
}

/* Changes physical memory wherever the file has it. */
static void poke(uint64_t pa, const void *bytes, size_t n, const char *what)
{
	for (unsigned i = 0; i < full.nloads; i++) {
		const struct load *l = &full.load[i];

		if (pa >= l->pa && pa + n <= l->pa + l->filesz)
			write_at(l->offset + (pa - l->pa), bytes, n, what);
	}
}

static void poke_va(uint64_t va, const void *bytes, size_t n, const char *what)
{
	uint64_t pa;

	if (words_vtop(&full, va, &pa))
		poke(pa, bytes, n, what);
}

/* A flipped bit, a random word, or a word that looks like something, at @pa. */
static void damage(uint64_t pa, const char *what)
{
	static const uint64_t words[] = { 0, UINT64_MAX, 1, 64, 0xf0000000, 0xffffff7f, 0xdead000000000100ull,
					  0xf5000000ffffffffull, 0x8000000000000000ull, 0xffffffff80000000ull };
	uint64_t old, how = draw() % 4;

	pa &= ~7ull;
	if (!dump_read(&full, pa, &old, 8))
		return;
	if (how < 2)
		old ^= 1ull << draw() % 64;
	else
		old = how == 2 ? draw() : words[draw() % (sizeof(words) / sizeof(*words))];
	poke(pa, &old, 8, what);
}

static uint64_t some_page(void)
{
	uint64_t pfn;

	do
		pfn = draw() % full.npages;
	while (!bit(full.exists, pfn) || words_address(&full, pfn) == UINT64_MAX);
	return pfn;
}

static uint64_t kernel_page(void)
{
	uint64_t pfn;

	for (int i = 0; i < 1 << 22; i++) {
		pfn = draw() % full.npages;
		if (bit(must, pfn) && words_address(&full, pfn) != UINT64_MAX)
			return pfn;
	}
	return some_page();
}

static void hit_pages(void)
{
	uint64_t pfn = draw() % 3 ? some_page() : kernel_page();

	damage(words_address(&full, pfn) + draw() % PAGE_STRUCT, "struct page");
}

/* One struct page of the kernel says that it heads a free block of any order. */
static void hit_claims(void)
{
	uint64_t pfn = kernel_page(), at, order = draw() % 24, value;
	uint32_t type;

	pfn &= ~((1ull << draw() % 11) - 1);
	at = words_address(&full, pfn);
	if (at == UINT64_MAX || !dump_info(&full, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", 10, &value))
		return;
	type = (uint32_t)value;
	poke(at + PAGE_PRIVATE, &order, 8, "struct page: order");
	poke(at + PAGE_MAPCOUNT, &type, 4, "struct page: free");
}

static void hit_sections(void)
{
	uint64_t root, va, count = 1;

	if (!dump_info(&full, "SYMBOL(mem_section)", 16, &va) || !dump_info(&full, "LENGTH(mem_section)", 10, &count))
		return;
	if (draw() % 4) {
		uint64_t pa;

		if (words_vtop(&full, va, &pa) && dump_read(&full, pa, &root, 8) && words_vtop(&full, root, &pa))
			damage(pa + draw() % 512, "section");
	} else {
		uint64_t junk = draw() % 2 ? draw() : 0xffff888000000000ull + (draw() & 0x3ffffff8);

		poke_va(va + draw() % 4 * 8, &junk, 8, "section root");
	}
}

static void hit_info(void)
{
	static const uint8_t bytes[] = "0159afF=()\n -_";
	uint64_t at = draw() % full.info_size, offset = (uint64_t)(full.info - full.view[0].map) + at;
	uint8_t b = draw() % 3 ? bytes[draw() % (sizeof(bytes) - 1)] : (uint8_t)(full.info[at] ^ (1u << draw() % 8));

	if (full.info[at])
		write_at(offset, &b, 1, "vmcoreinfo");
}

/* One number of vmcoreinfo becomes another one. */
static void hit_number(void)
{
	const uint8_t *p = full.info + draw() % full.info_size, *end = full.info + full.info_size;
	uint8_t digit;

	p = memchr(p, '=', (size_t)(end - p));
	if (!p)
		return;
	digit = "0123456789abcdef"[draw() % 16];
	for (p++; p < end && *p != '\n'; p++)
		if (draw() % 3 == 0)
			write_at((uint64_t)(p - full.view[0].map), &digit, 1, "a number of vmcoreinfo");
}

/* The size of a page is another one, or told under another name. */
static void hit_page_size(void)
{
	static const char key[] = "PAGESIZE=";
	const uint8_t *p = memmem(full.info, full.info_size, key, sizeof(key) - 1);
	uint8_t b = "0123456789xN\n="[draw() % 14];

	if (p)
		write_at((uint64_t)(p - full.view[0].map) + draw() % 13, &b, 1, "PAGESIZE");
}

static void hit_log(void)
{
	uint64_t prb, ring, pa;

	if (!dump_info(&full, "SYMBOL(prb)", 16, &prb) || !words_vtop(&full, prb, &pa) ||
	    !dump_read(&full, pa, &ring, 8))
		return;
	if (draw() % 8 == 0)
		damage(pa, "address of the log");
	else if (words_vtop(&full, ring + draw() % 88, &pa))
		damage(pa, "ring of the log");
	if (!words_vtop(&full, ring + 8, &pa) || !dump_read(&full, pa, &ring, 8) ||
	    !words_vtop(&full, ring + draw() % 8192, &pa))
		return;
	damage(pa, "descriptors of the log");
}

static void hit_tables(void)
{
	for (int i = 0; i < 1 << 20; i++) {
		uint64_t pfn = draw() % full.npages;
		struct words w;

		words_get(&full, pfn, &w);
		if (strcmp(w.kind, "table"))
			continue;
		damage(pfn * PAGE + draw() % PAGE, "page table");
		return;
	}
}

static void mutate(const char *kind)
{
	static const struct {
		const char *name;
		void (*hit)(void);
	} kinds[] = {
		{ "pages", hit_pages },
		{ "sections", hit_sections },
		{ "info", hit_info },
		{ "info", hit_number },
		{ "size", hit_page_size },
		{ "log", hit_log },
		{ "tables", hit_tables },
		{ "claims", hit_claims },
	};
	enum { N = sizeof(kinds) / sizeof(*kinds) };
	unsigned times = 1 + (unsigned)(draw() % (draw() % 2 ? 4 : MOST)), hits = 0;

	for (unsigned tries = 0; hits < times && tries < 1000; tries++) {
		unsigned i = (unsigned)(draw() % N);

		if (strcmp(kind, "all") && strcmp(kind, kinds[i].name))
			continue;
		kinds[i].hit();
		hits++;
	}
	if (!hits)
		die("no kind %s", kind);
}

static void undo(void)
{
	char line[256];

	while (fgets(line, sizeof(line), stdin)) {
		char *end;
		uint64_t at = strtoull(line, &end, 10), n = strtoull(end, NULL, 10);

		if (at > full.view[0].map_size || n > full.view[0].map_size - at ||
		    pwrite(copy, full.view[0].map + at, n, (off_t)at) != (ssize_t)n)
			die("cannot undo: %s", line);
	}
}

int main(int argc, char **argv)
{
	bool undoing = argc == 4 && !strcmp(argv[1], "undo");

	if (argc != 5 && !undoing) {
		fputs(usage, stderr);
		return 2;
	}
	dump_open(&full, argv[1 + undoing]);
	copy = open(argv[2 + undoing], O_WRONLY | O_CLOEXEC);
	if (copy < 0)
		die("%s: %s", argv[2 + undoing], strerror(errno));
	if (undoing) {
		undo();
		return 0;
	}
	if (!words_open(&full))
		die("%s: cannot find its memory map", argv[1]);
	must = calloc(1, full.npages / 8 + 8);
	if (!must)
		die("no memory");
	words_must(&full, must);
	state = strtoull(argv[4], NULL, 0);
	mutate(argv[3]);
	return fflush(stdout) || close(copy);
}
