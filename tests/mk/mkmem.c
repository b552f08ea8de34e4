/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests: a vmcore of a machine with TiBs of memory, in a file of about 130 MiB.
 * mkmem OUT TIB idle|busy|worst: x86_64, SPARSEMEM_EXTREME, vmemmap in leaves of 2 MiB, keys and page types of
 * Linux 6.12. Many PT_LOAD share one place in the file: two pieces of 4 GiB worth of struct pages, one of kernel
 * pages and one of the mix asked for, stand for all memory; the memory itself is one hole.
 *
 * Physical memory: the kernel (image, page tables, section table) in the first 64 MiB, struct pages from 4 GiB on.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE    4096ull
#define MIB     (1ull << 20)
#define GIB     (1ull << 30)
#define DIRECT  0xffff888000000000ull
#define VMEMMAP 0xffffea0000000000ull
#define IMAGE   0xffffffff80000000ull

/* Places in the kernel's 64 MiB, which lie at the same offsets from KERNEL in the file. */
#define STEXT    (16 * MIB)
#define UTS      (20 * MIB)
#define PGD      (32 * MIB)
#define TABLES   (33 * MIB)
#define ROOTS    (40 * MIB)
#define SECTIONS (41 * MIB)

#define PIECE    (64 * MIB) /* struct pages of 4 GiB */
#define KERNEL   (4 * MIB)  /* in the file: the kernel's memory */
#define PLAIN    (KERNEL + 64 * MIB)
#define MIXED    (PLAIN + PIECE)
#define HOLE     (MIXED + PIECE)
#define FILE_LEN (HOLE + GIB)

/* include/linux/page-flags.h, Linux 6.12 */
#define F_LRU        (1u << 5)
#define F_HEAD       (1u << 6)
#define F_PRIVATE    (1u << 14)
#define F_SWAPBACKED (1u << 17)
#define T_BUDDY      0xf0000000u
#define T_TABLE      0xf2000000u
#define T_SLAB       0xf5000000u
#define T_NONE       0xffffffffu
#define ANON         0xffff888123456781ull
#define INODE        0xffff888123456780ull

struct page {
	uint64_t flags, head, lru_prev, mapping, index, private;
	uint32_t mapcount, refcount;
	uint64_t memcg;
};

static uint8_t *kernel, *plain, *mixed;
static uint64_t next_table = TABLES, seed = 1;

static void die(const char *what)
{
	fprintf(stderr, "mkmem: %s\n", what);
	exit(1);
}

static void put64(uint64_t at, uint64_t v)
{
	if (at + 8 > 64 * MIB)
		die("the kernel's tables do not fit");
	memcpy(kernel + at, &v, 8);
}

static uint64_t get64(uint64_t at)
{
	uint64_t v;

	memcpy(&v, kernel + at, 8);
	return v;
}

/* The table that entry AT points to; makes one. */
static uint64_t table_below(uint64_t at)
{
	uint64_t v = get64(at);

	if (!v) {
		v = next_table | 0x63;
		next_table += PAGE;
		put64(at, v);
	}
	return v & ~0xfffull;
}

/* Maps one leaf of 1 << SHIFT bytes (30 or 21). */
static void map(uint64_t va, uint64_t pa, unsigned shift)
{
	uint64_t t = table_below(PGD + (va >> 39 & 511) * 8);

	if (shift == 21)
		t = table_below(t + (va >> 30 & 511) * 8);
	put64(t + (va >> shift & 511) * 8, pa | 0xe3);
}

static void make_kernel(uint64_t tib)
{
	static const char *const names[] = { "Linux", "mkmem", "6.12.0-mkmem", "#1 SMP", "x86_64", "(none)" };
	uint64_t sections = tib << 13, structs = tib * 16 * GIB;

	kernel = calloc(1, 64 * MIB);
	if (!kernel)
		die("no memory");
	/* struct new_utsname: six strings of 65 bytes */
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		memcpy(kernel + UTS + i * 65, names[i], strlen(names[i]));
	for (uint64_t a = 0; a < tib << 40; a += GIB)
		map(DIRECT + a, a, 30);
	for (uint64_t a = 0; a < structs; a += 2 * MIB)
		map(VMEMMAP + a, 4 * GIB + a, 21);
	for (uint64_t a = 0; a < 64 * MIB; a += 2 * MIB)
		map(IMAGE + a, a, 21);
	for (uint64_t nr = 0; nr < sections; nr++) {
		uint64_t root = SECTIONS + nr / 128 * PAGE;

		put64(ROOTS + nr / 128 * 8, DIRECT + root);
		/* Present, has a mem_map, online, early; the address is coded without the section's own share. */
		put64(root + nr % 128 * 32, VMEMMAP | 0xf);
	}
}

static struct page *page_at(uint8_t *piece, uint64_t i)
{
	return (struct page *)piece + i;
}

static void fill_kernel(uint8_t *piece, uint64_t from, uint64_t to)
{
	for (; from < to; from++) {
		struct page *p = page_at(piece, from);

		p->mapcount = T_NONE;
		p->refcount = 1;
		if (piece == mixed && from % 16 == 3)
			p->mapcount = T_SLAB;
		if (piece == mixed && from % 64 == 5)
			p->mapcount = T_TABLE;
	}
}

static unsigned rnd(unsigned n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(seed >> 33) % n;
}

/* Of ten ordinary pages three are anonymous, three are cache (one of them with private data), two are slab. */
static void one_page(struct page *p, unsigned kind)
{
	p->mapcount = T_NONE;
	p->refcount = 1;
	if (kind < 3) {
		p->flags = F_LRU | F_SWAPBACKED;
		p->mapping = ANON;
		p->mapcount = 0;
	} else if (kind < 6) {
		p->flags = F_LRU | (kind == 5 ? F_PRIVATE : 0);
		p->mapping = INODE;
	} else if (kind < 8) {
		p->mapcount = T_SLAB;
	}
}

/* A free block of 2^ORDER pages at I. */
static void make_free(uint64_t i, unsigned order)
{
	struct page *p = page_at(mixed, i);

	for (uint64_t k = 0; k < 1ull << order; k++)
		p[k].mapcount = T_NONE;
	p->mapcount = T_BUDDY;
	p->private = order;
}

/* A huge page of 2 MiB at I. */
static void make_huge(uint64_t i)
{
	struct page *p = page_at(mixed, i);

	one_page(p, 0);
	p->flags |= F_HEAD;
	p[1].flags = 9;
	for (uint64_t k = 1; k < 512; k++) {
		p[k].mapcount = T_NONE;
		p[k].head = (VMEMMAP + i * 64) | 1;
	}
}

/* 1024 pages of small ones from I on, in runs of at most MOST of a kind. */
static void make_small(uint64_t i, unsigned most)
{
	uint64_t end = i + 1024;

	while (i < end) {
		uint64_t n = most == 1 ? 1 : rnd(most) + 1;
		unsigned kind = rnd(10), order;

		for (; n && i < end; n--)
			one_page(page_at(mixed, i++), kind);
		order = rnd(most > 1 ? 4 : 1);
		if (order && i + (1u << order) <= end && i % (1u << order) == 0) {
			make_free(i, order);
			i += 1u << order;
		}
	}
}

/*
 * idle: nine tenths free in the largest blocks. busy: a tenth free in large blocks, a fifth in huge pages, the
 * rest of every kind in short runs with small free blocks between. worst: no page is of the kind of the one before.
 */
static void fill_mixed(const char *mix)
{
	int idle = strcmp(mix, "idle") == 0, busy = strcmp(mix, "busy") == 0;
	uint64_t n = PIECE / sizeof(struct page), i = 16384;

	fill_kernel(mixed, 0, i);
	for (; i < n; i += 1024) {
		unsigned what = rnd(10);

		if (idle ? what < 9 : busy && what < 1) {
			make_free(i, 10);
		} else if (busy && what < 3) {
			make_huge(i);
			make_huge(i + 512);
		} else {
			make_small(i, idle || busy ? 24 : 1);
		}
	}
}

static const char *const info =
	"OSRELEASE=6.12.0-mkmem\nPAGESIZE=4096\nSYMBOL(init_uts_ns)=%llx\nOFFSET(uts_namespace.name)=0\n"
	"SYMBOL(_stext)=%llx\n"
	"SYMBOL(swapper_pg_dir)=%llx\nSYMBOL(init_top_pgt)=%llx\nNUMBER(phys_base)=0\nNUMBER(pgtable_l5_enabled)=0\n"
	"NUMBER(KERNEL_IMAGE_SIZE)=1073741824\nNUMBER(sme_mask)=0\nKERNELOFFSET=0\n"
	"SYMBOL(mem_section)=%llx\nLENGTH(mem_section)=4096\nSIZE(mem_section)=32\n"
	"OFFSET(mem_section.section_mem_map)=0\nNUMBER(SECTION_SIZE_BITS)=27\nNUMBER(MAX_PHYSMEM_BITS)=46\n"
	"SIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page._refcount)=52\nOFFSET(page.mapping)=24\n"
	"OFFSET(page.lru)=8\nOFFSET(page._mapcount)=48\nOFFSET(page.private)=40\nOFFSET(page.compound_head)=8\n"
	"LENGTH(zone.free_area)=11\nNUMBER(PG_lru)=5\nNUMBER(PG_private)=14\nNUMBER(PG_swapcache)=10\n"
	"NUMBER(PG_swapbacked)=17\nNUMBER(PG_hwpoison)=20\nNUMBER(PG_head_mask)=64\n"
	"NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"
	"NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\nNUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\n"
	"NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)=-150994944\n";

static uint64_t make_note(uint8_t *to)
{
	char text[4096];
	uint32_t head[3] = { 11, 0, 0 };

	head[1] = (uint32_t)snprintf(text, sizeof(text), info, IMAGE + UTS, IMAGE + STEXT, IMAGE + PGD, IMAGE + PGD,
				     DIRECT + ROOTS);
	memcpy(to, head, sizeof(head));
	memcpy(to + 12, "VMCOREINFO", 11);
	memcpy(to + 24, text, head[1]);
	return 24 + ((head[1] + 3) & ~3u);
}

static uint8_t *head_end;

static void load(uint64_t pa, uint64_t va, uint64_t offset, uint64_t len)
{
	const Elf64_Phdr p = { .p_type = PT_LOAD,
			       .p_flags = PF_R | PF_W | PF_X,
			       .p_offset = offset,
			       .p_vaddr = va,
			       .p_paddr = pa,
			       .p_filesz = len,
			       .p_memsz = len };

	memcpy(head_end, &p, sizeof(p));
	head_end += sizeof(p);
}

/* Headers in the first MiBs of the file: notes at 4096 before the end of them. */
static void make_head(uint8_t *file, uint64_t tib)
{
	Elf64_Ehdr h = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			 .e_type = ET_CORE,
			 .e_machine = EM_X86_64,
			 .e_version = EV_CURRENT,
			 .e_phoff = sizeof(h),
			 .e_ehsize = sizeof(h),
			 .e_phentsize = sizeof(Elf64_Phdr) };
	Elf64_Phdr note = { .p_type = PT_NOTE, .p_offset = KERNEL - 8192 };
	uint64_t structs = 4 * GIB + tib * 16 * GIB, a;

	note.p_filesz = note.p_memsz = make_note(file + note.p_offset);
	memcpy(file + sizeof(h), &note, sizeof(note));
	head_end = file + sizeof(h) + sizeof(note);
	load(STEXT, IMAGE + STEXT, KERNEL + STEXT, 48 * MIB);
	load(0, DIRECT, KERNEL, 64 * MIB);
	for (a = 64 * MIB; a < 4 * GIB; a += 64 * MIB)
		load(a, DIRECT + a, HOLE, 64 * MIB);
	for (; a < structs; a += PIECE) {
		uint64_t describes = (a - 4 * GIB) * 64;
		int is_plain = describes >= 4 * GIB && describes < structs;

		load(a, DIRECT + a, is_plain ? PLAIN : MIXED, PIECE);
	}
	for (; a < tib << 40; a += GIB)
		load(a, DIRECT + a, HOLE, GIB);
	h.e_phnum = (uint16_t)((size_t)(head_end - file - sizeof(h)) / sizeof(note));
	memcpy(file, &h, sizeof(h));
	if (head_end > file + note.p_offset)
		die("too many segments");
}

static void put(int fd, const void *p, uint64_t n, uint64_t at)
{
	for (uint64_t done = 0; done < n;) {
		ssize_t part = pwrite(fd, (const uint8_t *)p + done, n - done, (off_t)(at + done));

		if (part <= 0)
			die("cannot write");
		done += (uint64_t)part;
	}
}

int main(int argc, char **argv)
{
	uint64_t tib = argc == 4 ? strtoull(argv[2], NULL, 10) : 0;
	uint8_t *head;
	int fd;

	if (tib < 1 || tib > 16) {
		fprintf(stderr, "usage: mkmem OUT TIB idle|busy|worst\n");
		return 2;
	}
	head = calloc(1, KERNEL);
	plain = calloc(1, PIECE);
	mixed = calloc(1, PIECE);
	if (!head || !plain || !mixed)
		die("no memory");
	make_kernel(tib);
	fill_kernel(plain, 0, PIECE / sizeof(struct page));
	fill_mixed(argv[3]);
	make_head(head, tib);
	fd = open(argv[1], O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
	if (fd < 0 || ftruncate(fd, (off_t)FILE_LEN) < 0)
		die("cannot make the file");
	put(fd, head, KERNEL, 0);
	put(fd, kernel, 64 * MIB, KERNEL);
	put(fd, plain, PIECE, PLAIN);
	put(fd, mixed, PIECE, MIXED);
	if (close(fd) < 0)
		die("cannot write");
	free(head);
	free(kernel);
	free(plain);
	free(mixed);
	return 0;
}
