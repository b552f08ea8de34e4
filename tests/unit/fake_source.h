/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: a crashed machine of 64 MiB in a memory file.
 * The kernel's image at 1 MiB, its tables at 2 MiB, struct pages of 64 bytes in the last MiB: cutting the file off
 * makes struct pages that can be mapped but not read.
 */
#ifndef TESTS_FAKE_SOURCE_H
#define TESTS_FAKE_SOURCE_H

#include "iface/source.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FAKE_PAGES   16384ull
#define FAKE_SIZE    (FAKE_PAGES << 12)
#define FAKE_STRUCTS (63ull << 20)
#define FAKE_DIRECT  0xffff888000000000ull
#define FAKE_VMEMMAP 0xffffea0000000000ull
#define FAKE_IMAGE   0xffffffff81000000ull
#define FAKE_STEXT   (1ull << 20) /* physical */
#define FAKE_TABLES  (2ull << 20)
#define FAKE_SECTION 24u /* bits: 4096 pages */

struct fake {
	struct source source;
	int fd;
	uint8_t *mem; /* writes go to the file */
	struct segment segment[4];
	char text[8192];
	uint64_t leaf;        /* translate() gives so many bytes at most */
	uint64_t lost, found; /* virtual addresses [lost, found) are not mapped */
	bool unmappable;      /* map_file() and where() say no */
	unsigned windows;     /* map_file() calls */
};

static inline struct fake *fake_of(struct source *s)
{
	return (struct fake *)s;
}

static int fake_read_pa(struct source *s, uint64_t pa, void *buf, size_t n, struct err *e)
{
	ssize_t got = pread(fake_of(s)->fd, buf, n, (off_t)pa);

	return got == (ssize_t)n ? 0 : err_set(e, -EIO, "fake: beyond the file");
}

static int fake_map(struct source *s, uint64_t off, size_t n, const void **ret, struct err *e)
{
	void *p = mmap(NULL, n, PROT_READ, MAP_SHARED, fake_of(s)->fd, (off_t)off);

	fake_of(s)->windows++;
	if (p == MAP_FAILED)
		return err_set(e, -EOPNOTSUPP, "fake: cannot be mapped");
	*ret = p;
	return 0;
}

static void fake_unmap(struct source *s, const void *p, size_t n)
{
	(void)s;
	munmap((void *)p, n);
}

static bool fake_where(struct source *s, uint64_t pa, uint64_t *off, uint64_t *len)
{
	if (fake_of(s)->unmappable || pa >= FAKE_SIZE)
		return false;
	*off = pa;
	*len = FAKE_SIZE - pa;
	return true;
}

static void fake_held(struct source *s, uint64_t first, uint64_t n, uint8_t *bits)
{
	memset(bits, 0, (n + 7) / 8);
	for (uint64_t i = 0; i < n; i++)
		for (unsigned k = 0; k < s->info.nsegment; k++) {
			const struct segment *g = &s->info.segment[k];

			if ((first + i) << 12 >= g->pa && (first + i) << 12 < g->pa + g->len)
				bits[i / 8] |= (uint8_t)(1u << i % 8);
		}
}

static int fake_translate(struct source *s, uint64_t va, uint64_t *pa, uint64_t *len, struct err *e)
{
	const struct {
		uint64_t va, pa, len;
	} map[] = { { FAKE_VMEMMAP, FAKE_STRUCTS, FAKE_SIZE - FAKE_STRUCTS },
		    { FAKE_DIRECT, 0, FAKE_SIZE },
		    { FAKE_IMAGE, FAKE_STEXT, 1 << 20 } };
	struct fake *f = fake_of(s);
	uint64_t rest = f->leaf - va % f->leaf;

	if (va >= f->lost && va < f->found)
		return err_set(e, -EFAULT, "fake: not mapped");
	if (va < f->lost && f->lost - va < rest)
		rest = f->lost - va;
	for (unsigned i = 0; i < 3; i++) {
		if (va < map[i].va || va - map[i].va >= map[i].len)
			continue;
		*pa = map[i].pa + (va - map[i].va);
		*len = map[i].len - (va - map[i].va);
		*len = *len < rest ? *len : rest;
		return 0;
	}
	return err_set(e, -EFAULT, "fake: not mapped");
}

static void fake_free(struct source *s)
{
	struct fake *f = fake_of(s);

	munmap(f->mem, FAKE_SIZE);
	close(f->fd);
}

static const struct source_ops fake_ops = {
	.name = "fake",
	.map_file = fake_map,
	.unmap = fake_unmap,
	.read_pa = fake_read_pa,
	.where = fake_where,
	.held = fake_held,
	.existed = fake_held,
	.translate = fake_translate,
	.free = fake_free,
};

static inline void fake_put64(struct fake *f, uint64_t pa, uint64_t v)
{
	memcpy(f->mem + pa, &v, sizeof(v));
}

/* Adds lines to vmcoreinfo. */
static inline void fake_info(struct fake *f, const char *lines)
{
	strncat(f->text, lines, sizeof(f->text) - strlen(f->text) - 1);
	f->source.info.vmcoreinfo_len = strlen(f->text);
}

/* Takes the line of KEY away. */
static inline void fake_forget(struct fake *f, const char *key)
{
	char *p = strstr(f->text, key), *end = p ? strchr(p, '\n') : NULL;

	if (end)
		memmove(p, end + 1, strlen(end + 1) + 1);
	f->source.info.vmcoreinfo_len = strlen(f->text);
}

static inline uint8_t *fake_page(struct fake *f, uint64_t pfn)
{
	return f->mem + FAKE_STRUCTS + pfn * 64;
}

/* The words of one struct page that matter; MAPCOUNT is the page's type too. */
static inline void fake_set(struct fake *f, uint64_t pfn, uint64_t flags, uint64_t mapping, uint32_t mapcount)
{
	uint8_t *p = fake_page(f, pfn);

	memset(p, 0, 64);
	memcpy(p, &flags, 8);
	memcpy(p + 24, &mapping, 8);
	memcpy(p + 48, &mapcount, 4);
}

static inline void fake_order(struct fake *f, uint64_t pfn, uint64_t private)
{
	memcpy(fake_page(f, pfn) + 40, &private, 8);
}

/* A compound page of 2^ORDER pages as 6.6 and later write it; its head has been set. */
static inline void fake_compound(struct fake *f, uint64_t pfn, unsigned order)
{
	for (uint64_t i = 1; i < 1ull << order; i++) {
		uint64_t head = (FAKE_VMEMMAP + pfn * 64) | 1, flags = i == 1 ? order : 0;

		fake_set(f, pfn + i, flags, 0, UINT32_MAX);
		memcpy(fake_page(f, pfn + i) + 8, &head, 8);
	}
}

/* Keys of Linux 6.12 on x86_64, less those of the memory model. */
#define FAKE_TEXT                                                                                        \
	"OSRELEASE=6.12.1-fake\nPAGESIZE=4096\nSYMBOL(init_uts_ns)=ffffffff81080000\n"                   \
	"SYMBOL(_stext)=ffffffff81000000\n"                                                              \
	"SIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page.mapping)=24\nOFFSET(page._mapcount)=48\n"      \
	"OFFSET(page.private)=40\nOFFSET(page.compound_head)=8\nLENGTH(zone.free_area)=11\n"             \
	"NUMBER(PG_lru)=5\nNUMBER(PG_private)=14\nNUMBER(PG_swapcache)=10\nNUMBER(PG_swapbacked)=17\n"   \
	"NUMBER(PG_hwpoison)=20\nNUMBER(PG_head_mask)=64\nNUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\n" \
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\nNUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\n" \
	"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\nNUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)=-150994944\n"
#define FAKE_SPARSE                                                                              \
	"SYMBOL(mem_section)=ffff888000200000\nLENGTH(mem_section)=2048\nSIZE(mem_section)=32\n" \
	"OFFSET(mem_section.section_mem_map)=0\nNUMBER(SECTION_SIZE_BITS)=24\nNUMBER(MAX_PHYSMEM_BITS)=42\n"

/* The root table and four sections, encoded with FLAGS. */
static inline void fake_sections(struct fake *f, uint64_t flags)
{
	fake_put64(f, FAKE_TABLES, FAKE_DIRECT + FAKE_TABLES + 4096);
	for (unsigned i = 0; i < 4; i++)
		fake_put64(f, FAKE_TABLES + 4096 + i * 32, FAKE_VMEMMAP | flags);
}

/* A machine whose pages are all the kernel's, but for two slab pages. False without memory. */
static inline bool fake_init(struct fake *f, const char *text)
{
	memset(f, 0, sizeof(*f));
	f->fd = memfd_create("fake", MFD_CLOEXEC);
	if (f->fd < 0 || ftruncate(f->fd, (off_t)FAKE_SIZE) < 0)
		return false;
	f->mem = mmap(NULL, FAKE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
	if (f->mem == MAP_FAILED)
		return false;
	f->leaf = 2 << 20;
	f->segment[0] = (struct segment){ 0, FAKE_DIRECT, 0, FAKE_SIZE, FAKE_SIZE, FAKE_SIZE };
	f->source.ops = &fake_ops;
	f->source.info = (struct dump_info){ .page_size = 4096,
					     .machine = EM_X86_64,
					     .segment = f->segment,
					     .nsegment = 1,
					     .max_pfn = FAKE_PAGES,
					     .vmcoreinfo = f->text };
	fake_info(f, text);
	fake_sections(f, 0xf);
	for (uint64_t i = 0; i < FAKE_PAGES; i++)
		fake_set(f, i, 0, 0, UINT32_MAX);
	fake_set(f, 4000, 0, 0, 0xf5000000);
	fake_set(f, 4001, 0, 0, 0xf5000001);
	return true;
}

#endif
