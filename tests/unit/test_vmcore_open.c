/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: a source made of a file: reading by every kind of address, mapping, thousands of CPU notes.
 * The file is real and on disk.
 */
#include "check.h"

#include "base/bytes.h"
#include "vmcore/vmcore.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define NOTES    (3000 * 356)
#define TEXT     "OSRELEASE=6.1.0-\x01test\nPAGESIZE=4096\nCRASHTIME=1763714400\n"
#define DATA_AT  0x200000
#define FILE_LEN (DATA_AT + 0x3000)

static void note(uint8_t *to, const char *name, uint32_t type, uint32_t len)
{
	const uint32_t head[3] = { (uint32_t)strlen(name) + 1, len, type };

	memcpy(to, head, sizeof(head));
	memcpy(to + sizeof(head), name, head[0]);
}

/* Registers of 3000 CPUs, then vmcoreinfo; two segments whose physical addresses touch. */
static void fill(uint8_t *f)
{
	Elf64_Ehdr h = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 },
			 .e_type = ET_CORE,
			 .e_machine = EM_X86_64,
			 .e_phoff = 64,
			 .e_phentsize = 56,
			 .e_phnum = 3 };
	const Elf64_Phdr p[] = {
		{ .p_type = PT_NOTE, .p_offset = 0x1000, .p_filesz = NOTES + 4096 },
		{ .p_type = PT_LOAD,
		  .p_offset = DATA_AT,
		  .p_filesz = 0x1000,
		  .p_paddr = 0x1000,
		  .p_vaddr = 0xffffffff81000000 },
		{ .p_type = PT_LOAD,
		  .p_offset = DATA_AT + 0x1000,
		  .p_filesz = 0x1c00,
		  .p_memsz = 0x4000,
		  .p_paddr = 0x2000,
		  .p_vaddr = 0xffff888000002000 },
	};

	memcpy(f, &h, sizeof(h));
	memcpy(f + sizeof(h), p, sizeof(p));
	for (unsigned i = 0; i < 3000; i++)
		note(f + 0x1000 + i * 356, "CORE", NT_PRSTATUS, 336);
	note(f + 0x1000 + NOTES, "VMCOREINFO", 0, sizeof(TEXT) - 1);
	memcpy(f + 0x1000 + NOTES + 24, TEXT, sizeof(TEXT) - 1);
	for (unsigned i = 0; i < 0x3000; i += 8)
		memcpy(f + DATA_AT + i, &(uint64_t){ i }, 8);
}

static void test_info(const struct source *s)
{
	const char *why;

	CHECK_INT(s->info.file_size, FILE_LEN);
	CHECK_INT(s->info.page_size, 4096);
	CHECK_INT(s->info.crash_time, 1763714400);
	CHECK_INT(s->info.machine, EM_X86_64);
	CHECK_INT(s->info.nsegment, 2);
	CHECK_STR(s->info.osrelease, "6.1.0-?test");
	CHECK_STR(s->info.vmcoreinfo, TEXT);
	CHECK_INT(vmcore_flaws(s, &why), 0);
	CHECK_STR(why, "");
}

static void test_reads(struct source *s)
{
	struct err e = { 0 };
	uint64_t two[2] = { 0 };
	uint8_t magic[4];

	CHECK_INT(s->ops->read_file(s, 0, magic, 4, &e), 0);
	CHECK(memcmp(magic,
		     "\x7f"
		     "ELF",
		     4) == 0);
	CHECK_INT(s->ops->read_file(s, FILE_LEN - 2, magic, 4, &e), -EIO);
	CHECK_STR(e.text, "vmcore: the file ends at 0x203000");
	/* Across the two segments. */
	CHECK_INT(s->ops->read_pa(s, 0x1ff8, two, 16, &e), 0);
	CHECK_INT(two[0], 0xff8);
	CHECK_INT(two[1], 0x1000);
	CHECK_INT(s->ops->read_va(s, 0xffff888000003bf8, two, 8, &e), 0);
	CHECK_INT(two[0], 0x2bf8);
	CHECK_INT(s->ops->read_va(s, 0xffff888000003bf8, two, 16, &e), -EFAULT);
	CHECK_INT(s->ops->read_va(s, 0xffffffff81000ff8, two, 16, &e), -EFAULT);
	CHECK_STR(e.text, "vmcore: virtual address 0xffffffff81001000 is in no segment");
	CHECK_INT(s->ops->read_pa(s, 0, two, 8, &e), -EFAULT);
	CHECK_STR(e.text, "vmcore: physical address 0x0 is in no segment");
	CHECK_INT(s->ops->read_pa(s, 0, two, 0, &e), 0);
}

static void test_pages(struct source *s)
{
	struct err e = { 0 };
	uint8_t page[4096], bits[2];
	uint64_t off, len;

	memset(page, 1, sizeof(page));
	/* The last page of the file is held in part: its rest is zeros. */
	CHECK_INT(s->ops->read_pa(s, 0x3000, page, sizeof(page), &e), 0);
	CHECK(get_u64(page + 0xbf8) == 0x2bf8 && get_u64(page + 0xc00) == 0 && get_u64(page + 0xff8) == 0);
	/* A read of less than the page does not make anything up. */
	CHECK_INT(s->ops->read_pa(s, 0x3bf8, page, 16, &e), -ENODATA);
	CHECK_INT(s->ops->read_pa(s, 0x4000, page, 8, &e), -ENODATA);
	CHECK_STR(e.text, "vmcore: the page at physical address 0x4000 was left out of the dump");
	CHECK_INT(s->ops->read_pa(s, 0x3ff8, page, 16, &e), -ENODATA);
	CHECK_INT(s->ops->read_pa(s, 0x6000, page, 8, &e), -EFAULT);
	s->ops->held(s, 0, 16, bits);
	CHECK_INT(get_u16(bits), 0xe);
	s->ops->existed(s, 0, 16, bits);
	CHECK_INT(get_u16(bits), 0x3e);
	CHECK_INT(s->info.max_pfn, 6);
	CHECK(s->ops->where(s, 0x2010, &off, &len) && off == DATA_AT + 0x1010 && len == 0x1bf0);
	CHECK(!s->ops->where(s, 0x4000, &off, &len));
	CHECK_INT(s->ops->translate(s, 0xffffffff81000000, &off, &len, &e), -EOPNOTSUPP);
	CHECK_STR(e.text, "vmcore: no page table is known for this machine");
}

static void test_notes(struct source *s)
{
	struct err e = { 0 };
	char text[sizeof(TEXT)] = "";

	CHECK_INT(s->info.ncpu, 3000);
	CHECK_INT(s->info.notes_len, NOTES + 4096);
	CHECK_INT(s->info.vmcoreinfo_at, NOTES + 24);
	CHECK_INT(s->ops->read_notes(s, s->info.vmcoreinfo_at, text, sizeof(TEXT) - 1, &e), 0);
	CHECK_STR(text, TEXT);
	CHECK_INT(s->ops->read_notes(s, s->info.notes_len - 1, text, 2, &e), -EINVAL);
	CHECK_STR(s->info.uts.sysname, "Linux");
	CHECK_STR(s->info.uts.release, "6.1.0-?test");
	CHECK_STR(s->info.uts.machine, "x86_64");
	CHECK_STR(s->info.uts.nodename, "");
	CHECK_INT(s->info.phys_base, 0x1000 - 0x1000000);
}

static void test_map(struct source *s)
{
	struct err e = { 0 };
	const void *p = NULL;

	CHECK_INT(s->ops->map_file(s, DATA_AT, 0x2000, &p, &e), 0);
	CHECK(p && get_u64((const uint8_t *)p + 0x1008) == 0x1008);
	s->ops->unmap(s, p, 0x2000);
	CHECK_INT(s->ops->map_file(s, DATA_AT + 1, 0x1000, &p, &e), -EINVAL);
	CHECK_INT(s->ops->map_file(s, FILE_LEN, 0x1000, &p, &e), -EFAULT);
	CHECK_INT(s->ops->map_file(s, 0, 0, &p, &e), -EINVAL);
	s->ops->unmap(s, NULL, 0x1000);
}

int main(void)
{
	char path[] = "/tmp/test_vmcore.XXXXXX";
	uint8_t *f = calloc(1, FILE_LEN);
	int fd = mkstemp(path);
	struct source *s = NULL;
	struct err e = { 0 };

	CHECK(f && fd >= 0);
	if (!f || fd < 0)
		return check_done();
	fill(f);
	CHECK_INT(write(fd, f, FILE_LEN), FILE_LEN);
	CHECK_INT(vmcore_open(&s, path, &e), 0);
	if (s) {
		test_info(s);
		test_reads(s);
		test_pages(s);
		test_notes(s);
		test_map(s);
	}
	vmcore_free(s);
	vmcore_free(NULL);
	CHECK_INT(vmcore_open(&s, "/nonexistent", &e), -ENOENT);
	CHECK_STR(e.text, "vmcore: open /nonexistent: No such file or directory");
	close(fd);
	unlink(path);
	free(f);
	return check_done();
}
