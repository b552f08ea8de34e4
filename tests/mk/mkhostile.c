/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests: small files that claim much.
 * Usage: mkhostile KIND OUT. Each takes at most 1 MiB of stored bytes; what it claims stands beside its name below.
 */
#include <elf.h>
#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM (1u << 20)

static uint8_t file[ROOM];
static size_t len;

static void put(const void *p, size_t n)
{
	if (n > ROOM - len)
		exit(1);
	memcpy(file + len, p, n);
	len += n;
}

static void elf_head(uint16_t phnum)
{
	Elf64_Ehdr h = { .e_type = ET_CORE, .e_machine = EM_X86_64, .e_version = 1, .e_phoff = sizeof(h) };

	memcpy(h.e_ident, ELFMAG, SELFMAG);
	h.e_ident[EI_CLASS] = ELFCLASS64;
	h.e_ident[EI_DATA] = ELFDATA2LSB;
	h.e_ehsize = sizeof(h);
	h.e_phentsize = sizeof(Elf64_Phdr);
	h.e_phnum = phnum;
	put(&h, sizeof(h));
}

static void elf_load(uint64_t pa, uint64_t filesz, uint64_t memsz)
{
	Elf64_Phdr p = { .p_type = PT_LOAD, .p_vaddr = UINT64_MAX, .p_paddr = pa };

	p.p_filesz = filesz;
	p.p_memsz = memsz;
	put(&p, sizeof(p));
}

/* 4 PiB of memory of which nothing is there. */
static void memsz(void)
{
	elf_head(1);
	elf_load(0, 0, (1ull << 52) - 4096);
}

/* Two pages, 4 PiB apart. */
static void far(void)
{
	elf_head(2);
	elf_load(0, 176, 176);
	elf_load((1ull << 52) - 8192, 0, 4096);
}

/* 12,000 segments, each with all bytes of the file, at addresses that follow each other. */
static void loads(void)
{
	elf_head(12000);
	for (uint64_t i = 0; i < 12000; i++)
		elf_load(i << 20, 1 << 20, 1 << 20);
	len = ROOM;
}

/* The same at one address, and each names 512 GiB of memory. */
static void overlaps(void)
{
	elf_head(12000);
	for (uint64_t i = 0; i < 12000; i++)
		elf_load(i * 4096, 4096, (512ull << 30) - (i << 13));
	len = ROOM;
}

/* 60,000 notes without content. */
static void notes(void)
{
	Elf64_Phdr p = { .p_type = PT_NOTE, .p_offset = 4096, .p_filesz = 60000 * 16 };
	const uint32_t note[4] = { 4, 0, 1, 0x45524f43 };

	elf_head(1);
	put(&p, sizeof(p));
	len = 4096;
	for (unsigned i = 0; i < 60000; i++)
		put(note, sizeof(note));
}

/* 9,000 segments of which each names the same 128 GiB, and 30,000 ranges of it that are lost. */
static void losses(void)
{
	Elf64_Phdr p = { .p_type = PT_NOTE, .p_offset = 512 << 10, .p_filesz = 24 + 30000 * 16 };
	const uint32_t note[3] = { sizeof("CRASHBOX"), 30000 * 16, 0x4342584c };
	uint64_t range[2];

	elf_head(9001);
	put(&p, sizeof(p));
	for (unsigned i = 0; i < 9000; i++)
		elf_load(1 << 12, 0, 128ull << 30);
	len = 512 << 10;
	put(note, sizeof(note));
	put("CRASHBOX\0\0\0", 12);
	for (range[0] = 0; range[0] < 30000ull << 13; range[0] += 1 << 13) {
		range[1] = range[0] + (1 << 12);
		put(range, sizeof(range));
	}
}

static void be(uint64_t v)
{
	v = htobe64(v);
	put(&v, sizeof(v));
}

static void flat_head(void)
{
	put("makedumpfile\0\0\0", 16);
	be(1);
	be(1);
	len = 4096;
}

static void record(uint64_t off, const void *p, size_t n)
{
	be(off);
	be(n);
	put(p, n);
}

static uint8_t main_head[464], sub_head[104];

/* Headers of a kdump file with bitmaps for PAGES pages. Gives where its table of descriptors is. */
static uint64_t kdump(uint64_t pages)
{
	const uint32_t blocks = (uint32_t)(2 * ((pages / 8 + 4095) / 4096)), version = 6, block = 4096, one = 1;
	const uint32_t low = pages > UINT32_MAX ? UINT32_MAX : (uint32_t)pages;

	memcpy(main_head, "KDUMP   ", 8);
	memcpy(main_head + 8, &version, 4);
	memcpy(main_head + 12, "Linux", 5);
	memcpy(main_head + 12 + 2 * 65, "6.1.0", 5);
	memcpy(main_head + 12 + 4 * 65, "x86_64", 6);
	memcpy(main_head + 428, &block, 4);
	memcpy(main_head + 432, &one, 4);
	memcpy(main_head + 436, &blocks, 4);
	memcpy(main_head + 440, &low, 4);
	memcpy(sub_head + 96, &pages, 8);
	return 4096 * (2 + (uint64_t)blocks);
}

/* A stream with headers and 8 bytes behind bitmaps for 2^40 pages, of which no record has a byte. */
static void bitmap(void)
{
	uint64_t table = kdump(1ull << 40);

	flat_head();
	record(0, main_head, sizeof(main_head));
	record(4096, sub_head, sizeof(sub_head));
	record(table + 4096, "\0\0\0\0\0\0\0", 8);
	be(UINT64_MAX);
	be(UINT64_MAX);
}

/* The same, and the first 800 KiB of both bitmaps have all bits: no descriptor is there. */
static void bits(void)
{
	static uint8_t ones[400u << 10];
	uint64_t table = kdump(1ull << 40);

	memset(ones, 0xff, sizeof(ones));
	flat_head();
	record(0, main_head, sizeof(main_head));
	record(4096, sub_head, sizeof(sub_head));
	record(8192, ones, sizeof(ones));
	record(8192 + (table - 8192) / 2, ones, sizeof(ones));
	record(table + 4096, "\0\0\0\0\0\0\0", 8);
	be(UINT64_MAX);
	be(UINT64_MAX);
}

/* 60,000 records of one byte. */
static void records(void)
{
	flat_head();
	for (uint64_t i = 0; i < 60000; i++)
		record(i * 1000003, "", 1);
	be(UINT64_MAX);
	be(UINT64_MAX);
}

/* A file of 256 GiB that is a hole but for its headers. */
static void hole(const char *path)
{
	uint64_t table = kdump(1ull << 40);
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(main_head, sizeof(main_head), 1, f) != 1 || fseek(f, 4096, SEEK_SET) ||
	    fwrite(sub_head, sizeof(sub_head), 1, f) != 1 || fflush(f) || ftruncate(fileno(f), (off_t)table + 8192) ||
	    fclose(f))
		exit(1);
}

static const struct {
	const char *name;
	void (*make)(void);
} kinds[] = {
	{ "memsz", memsz },
	{ "far", far },
	{ "loads", loads },
	{ "overlaps", overlaps },
	{ "notes", notes },
	{ "losses", losses },
	{ "bitmap", bitmap },
	{ "bits", bits },
	{ "records", records },
};

int main(int argc, char **argv)
{
	FILE *f;

	if (argc == 3 && strcmp(argv[1], "hole") == 0) {
		hole(argv[2]);
		return 0;
	}
	for (size_t i = 0; argc == 3 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, argv[1]) != 0)
			continue;
		kinds[i].make();
		f = fopen(argv[2], "wb");
		return !f || fwrite(file, len, 1, f) != 1 || fclose(f);
	}
	fprintf(stderr, "usage: mkhostile KIND OUT\n");
	return 2;
}
