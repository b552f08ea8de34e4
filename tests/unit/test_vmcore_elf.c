/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: ELF headers and the look-up of addresses.
 * Headers are built field by field and damaged one field at a time.
 */
#include "check.h"

#include "base/bytes.h"
#include "vmcore/elf.h"
#include "vmcore/extent.h"

#include <elf.h>
#include <errno.h>

struct head {
	Elf64_Ehdr h;
	Elf64_Phdr p[4];
	Elf64_Shdr s;
};

static struct head sound(void)
{
	struct head x = { .h = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 },
				 .e_type = ET_CORE,
				 .e_machine = EM_AARCH64,
				 .e_phoff = 64,
				 .e_phentsize = 56,
				 .e_phnum = 4 } };

	x.p[0] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = 0x1000, .p_filesz = 0x800 };
	x.p[1] = (Elf64_Phdr){ .p_type = PT_LOAD,
			       .p_offset = 0x2000,
			       .p_filesz = 0x1000,
			       .p_paddr = 0x10000,
			       .p_vaddr = 0xffffffff81000000 };
	x.p[2] = (Elf64_Phdr){ .p_type = PT_LOAD,
			       .p_offset = 0x3000,
			       .p_filesz = 0x5000,
			       .p_paddr = 0xe000,
			       .p_vaddr = 0xffff88800000e000 };
	x.p[3] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_memsz = 0x1000, .p_paddr = 0x90000 };
	return x;
}

static int parse(const struct head *x, uint64_t file_size, struct elf_map *m, struct err *e)
{
	*e = (struct err){ 0 };
	return elf_parse((const uint8_t *)x, sizeof(*x), file_size, m, e);
}

static void refused(const struct head *x, const char *sentence)
{
	struct elf_map m;
	struct err e;

	CHECK_INT(parse(x, 0x8000, &m, &e), -EINVAL);
	CHECK_STR(e.text, sentence);
}

static void test_sound(void)
{
	struct head x = sound();
	struct elf_map m;
	struct err e;
	uint64_t need;

	CHECK_INT(elf_need((const uint8_t *)&x, 64, 0x8000, &need, &e), 0);
	CHECK_INT(need, 64 + 4 * 56);
	CHECK_INT(parse(&x, 0x8000, &m, &e), 0);
	CHECK_INT(m.machine, EM_AARCH64);
	CHECK_INT(m.nsegment, 3);
	CHECK_INT(m.segment[1].len, 0x5000);
	/* Memory that a filter left out: no bytes in the file. */
	CHECK_INT(m.segment[2].len, 0);
	CHECK_INT(m.segment[2].memlen, 0x1000);
	CHECK(!m.incomplete);
	CHECK_INT(m.nnotes, 1);
	CHECK_INT(m.notes[0].offset, 0x1000);
	CHECK_INT(m.size, 0x8000);
	CHECK_INT(m.dropped, 0);
	elf_map_free(&m);
	elf_map_free(NULL);
}

static void test_refusals(void)
{
	struct head x = sound();

	x.h.e_phoff = 512 << 20;
	refused(&x, "ELF header: program headers end at 512.0 MiB, beyond the file");
	x.h.e_phoff = UINT64_MAX - 8;
	refused(&x, "ELF header: program headers begin at 0xfffffffffffffff7, beyond the file");
	x.h.e_phoff = 8;
	refused(&x, "ELF header: program headers begin at byte 8, inside the ELF header");
	x = sound();
	x.h.e_phentsize = 32;
	refused(&x, "ELF header: program headers of 32 bytes, expected 56");
	x = sound();
	x.h.e_ident[EI_DATA] = ELFDATA2MSB;
	refused(&x, "ELF header: byte order of another kind of machine");
	x = sound();
	x.h.e_ident[EI_CLASS] = 9;
	refused(&x, "ELF header: class 9, expected 2 (64-bit)");
	x = sound();
	x.h.e_phnum = 100;
	refused(&x, "ELF header: the file ends inside its program headers");
}

static void test_xnum(void)
{
	struct head x = sound();
	struct elf_map m;
	struct err e;
	uint64_t need;

	x.h.e_phnum = PN_XNUM;
	x.h.e_shoff = offsetof(struct head, s);
	x.s.sh_info = 3;
	CHECK_INT(elf_need((const uint8_t *)&x, 64, 0x8000, &need, &e), 0);
	CHECK_INT(need, sizeof(x));
	CHECK_INT(parse(&x, 0x8000, &m, &e), 0);
	CHECK_INT(m.nsegment, 2);
	elf_map_free(&m);
	x.s.sh_info = ELF_PHNUM_MAX + 1;
	refused(&x, "ELF header: 131073 program headers, more than 131072");
}

static void test_absurd_segments(void)
{
	struct head x = sound();
	struct elf_map m;
	struct err e;

	/* The file ends inside the second PT_LOAD. */
	x.p[2].p_memsz = 0x6000;
	x.h.e_flags = 1;
	CHECK_INT(parse(&x, 0x4000, &m, &e), 0);
	CHECK(m.incomplete);
	CHECK_INT(m.nsegment, 3);
	CHECK_INT(m.segment[1].len, 0x1000);
	CHECK_INT(m.segment[1].memlen, 0x6000);
	CHECK_INT(m.size, 0x8000);
	CHECK_INT(m.dropped, 1);
	CHECK_STR(m.why, "program header 2: the file ends inside it");
	elf_map_free(&m);
	x.p[0].p_offset = UINT64_MAX;
	x.p[1].p_paddr = UINT64_MAX - 1;
	x.p[2].p_vaddr = UINT64_MAX - 1;
	CHECK_INT(parse(&x, 0x8000, &m, &e), 0);
	CHECK_INT(m.nnotes, 0);
	CHECK_INT(m.nsegment, 2);
	CHECK(m.segment[0].va == SEGMENT_ADDR_NONE);
	CHECK_INT(m.dropped, 2);
	CHECK_STR(m.why, "program header 0: its place in the file is absurd");
	elf_map_free(&m);
	/* More memory than there can be: what is in the file counts. */
	x = sound();
	x.p[2].p_memsz = SEGMENT_PA_MAX;
	x.p[3].p_paddr = SEGMENT_PA_MAX - 0x800;
	CHECK_INT(parse(&x, 0x8000, &m, &e), 0);
	CHECK_INT(m.nsegment, 2);
	CHECK_INT(m.segment[1].memlen, 0x5000);
	CHECK_INT(m.dropped, 2);
	CHECK_STR(m.why, "program header 2: its memory passes the end of memory");
	elf_map_free(&m);
}

static void test_edges(void)
{
	static const struct segment s[] = {
		{ .pa = 0x1800, .len = 0x1000, .memlen = 0x1000 },
		{ .pa = 0x2900, .len = 0x100, .memlen = 0x100 },
		{ .pa = 0x5000, .len = 0x9000, .memlen = 0x10000 },
		{ .pa = 0x15000, .len = 0, .memlen = 0x800 },
	};
	struct extents x;
	uint8_t bits[4];

	CHECK_INT(extents_build(&x, s, 4, EXTENTS_PA, NULL), 0);
	CHECK_INT(x.n, 3);
	CHECK_INT(extents_edge(&x, 4096, 0xfff), 0);
	CHECK_INT(extents_edge(&x, 4096, 0x1000), 0x800);
	CHECK_INT(extents_edge(&x, 4096, 0x1800), 0);
	CHECK_INT(extents_edge(&x, 4096, 0x2800), 0x100);
	CHECK_INT(extents_edge(&x, 4096, 0x2a10), 0x5f0);
	CHECK_INT(extents_edge(&x, 4096, 0x3000), 0);
	CHECK_INT(extents_edge(&x, 4096, 0xe000), 0);
	CHECK_INT(extents_edge(&x, 4096, UINT64_MAX), 0);
	extents_bits(&x, 4096, 0, 32, bits);
	CHECK_INT(get_u32(bits), 0x3fe6);
	extents_bits(&x, 4096, 8, 10, bits);
	CHECK_INT(get_u16(bits), 0x3f);
	extents_bits(&x, 4096, UINT64_MAX / 8, 10, bits);
	CHECK_INT(get_u16(bits), 0);
	extents_free(&x);
	CHECK_INT(extents_build(&x, s, 4, EXTENTS_MEM, NULL), 0);
	extents_bits(&x, 4096, 0, 32, bits);
	CHECK_INT(get_u32(bits), 0x3fffe6);
	extents_free(&x);
}

static void test_bits(void)
{
	for (unsigned from = 0; from < 64; from++)
		for (unsigned to = from; to <= 64; to++) {
			uint64_t got = 0, want = 0;

			bits_set((uint8_t *)&got, from, to);
			for (unsigned i = from; i < to; i++)
				want |= 1ull << i;
			CHECK(got == want);
		}
}

static void test_extents(void)
{
	/* A text segment inside a RAM range, a second range without a gap, one with an overlap. */
	static const struct segment s[] = {
		{ .pa = 0x5000, .va = 0x900000, .offset = 0x100, .len = 0x100 },
		{ .pa = 0x4000, .va = SEGMENT_ADDR_NONE, .offset = 0x10000, .len = 0x4000 },
		{ .pa = 0x8000, .va = UINT64_MAX - 0xfff, .offset = 0x20000, .len = 0x1000 },
		{ .pa = 0x8800, .va = 0x100000, .offset = 0x30000, .len = 0x1000 },
	};
	struct extents x;
	uint64_t off, len;

	CHECK_INT(extents_build(&x, s, 4, EXTENTS_PA, NULL), 0);
	CHECK_INT(x.n, 3);
	CHECK(extents_find(&x, 0x5010, &off, &len) && off == 0x11010 && len == 0x2ff0);
	CHECK(extents_find(&x, 0x8fff, &off, &len) && len == 1);
	CHECK(extents_find(&x, 0x97ff, &off, &len) && off == 0x30fff);
	CHECK(!extents_find(&x, 0x9800, &off, &len));
	CHECK(!extents_find(&x, 0x3fff, &off, &len));
	extents_free(&x);
	CHECK_INT(extents_build(&x, s, 4, EXTENTS_VA, NULL), 0);
	CHECK_INT(x.n, 3);
	CHECK(extents_find(&x, UINT64_MAX, &off, &len) && off == 0x20fff && len == 1);
	CHECK(!extents_find(&x, 0x5000, &off, &len));
	extents_free(&x);
	CHECK_INT(extents_build(&x, s, 0, EXTENTS_VA, NULL), 0);
	CHECK(!extents_find(&x, 0, &off, &len));
	extents_free(&x);
}

int main(void)
{
	test_sound();
	test_refusals();
	test_xnum();
	test_absurd_segments();
	test_extents();
	test_edges();
	test_bits();
	return check_done();
}
