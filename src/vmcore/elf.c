/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: the ELF headers of a vmcore.
 * Headers that cannot be used are refused with a sentence; single absurd segments only cost
 * themselves.
 */
#include "vmcore/elf.h"

#include "base/bytes.h"
#include "base/str.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ELFDATA_OURS ELFDATA2LSB
#else
#define ELFDATA_OURS ELFDATA2MSB
#endif

static int ehdr_check(const uint8_t *buf, size_t n, Elf64_Ehdr *ret, struct err *e)
{
	if (n < EI_NIDENT || memcmp(buf, ELFMAG, SELFMAG) != 0)
		return err_set(e, -EINVAL, "ELF header: this is no ELF file");
	if (buf[EI_CLASS] == ELFCLASS32)
		return err_set(e, -EINVAL, "ELF header: a 32-bit vmcore (ELF32) is not supported");
	if (buf[EI_CLASS] != ELFCLASS64)
		return err_set(e, -EINVAL, "ELF header: class %u, expected 2 (64-bit)",
			       buf[EI_CLASS]);
	if (buf[EI_DATA] != ELFDATA_OURS)
		return err_set(e, -EINVAL, "ELF header: byte order of another kind of machine");
	if (n < sizeof(*ret))
		return err_set(e, -EINVAL, "ELF header: the file ends inside it");
	memcpy(ret, buf, sizeof(*ret));
	if (ret->e_type != ET_CORE)
		return err_set(e, -EINVAL, "ELF header: type %u, expected 4 (core)%s", ret->e_type,
			       ret->e_type == ET_EXEC || ret->e_type == ET_DYN ? ": a program or a vmlinux, no dump"
			       : ret->e_type == ET_REL                         ? ": an object file or a module, no dump"
									       : "");
	if (ret->e_phentsize != sizeof(Elf64_Phdr))
		return err_set(e, -EINVAL, "ELF header: program headers of %u bytes, expected %zu",
			       ret->e_phentsize, sizeof(Elf64_Phdr));
	return 0;
}

/* Where a table of BYTES bytes at OFF ends, checked against the file and the cap. */
static int table_end(const char *what, uint64_t off, uint64_t bytes, uint64_t file_size,
		     uint64_t *ret, struct err *e)
{
	char size[32];

	if (off < sizeof(Elf64_Ehdr))
		return err_set(e, -EINVAL,
			       "ELF header: %s begin at byte %" PRIu64 ", inside the ELF header",
			       what, off);
	if (off > UINT64_MAX - bytes)
		return err_set(e, -EINVAL, "ELF header: %s begin at 0x%" PRIx64 ", beyond the file",
			       what, off);
	str_size(size, sizeof(size), off + bytes);
	if (off + bytes > file_size)
		return err_set(e, -EINVAL, "ELF header: %s end at %s, beyond the file", what, size);
	if (off + bytes > ELF_HEAD_MAX)
		return err_set(e, -EINVAL, "ELF header: %s end at %s, more than the %u MiB read",
			       what, size, ELF_HEAD_MAX >> 20);
	*ret = off + bytes;
	return 0;
}

/* What is known of the headers before a segment is looked at. */
struct headers {
	Elf64_Ehdr h;
	uint64_t need;  /* where they all end */
	uint32_t phnum; /* e_phnum, or sh_info of section header 0 when that is PN_XNUM */
};

/* Finds the headers. While N does not reach section header 0, `need` is where that one ends. */
static int headers_find(const uint8_t *buf, size_t n, uint64_t file_size, struct headers *x,
			struct err *e)
{
	uint64_t end = sizeof(x->h);
	int rc = ehdr_check(buf, n, &x->h, e);

	if (rc < 0)
		return rc;
	x->need = end;
	x->phnum = x->h.e_phnum;
	if (x->h.e_phnum == PN_XNUM) {
		Elf64_Shdr first;

		rc = table_end("section headers", x->h.e_shoff, sizeof(first), file_size, &x->need,
			       e);
		if (rc < 0 || n < x->need)
			return rc;
		memcpy(&first, buf + x->h.e_shoff, sizeof(first));
		x->phnum = first.sh_info;
	}
	if (x->phnum == 0)
		return err_set(e, -EINVAL, "ELF header: no program headers");
	if (x->phnum > ELF_PHNUM_MAX)
		return err_set(e, -EINVAL, "ELF header: %u program headers, more than %u", x->phnum,
			       ELF_PHNUM_MAX);
	rc = table_end("program headers", x->h.e_phoff, (uint64_t)x->phnum * sizeof(Elf64_Phdr),
		       file_size, &end, e);
	if (rc == 0 && end > x->need)
		x->need = end;
	return rc;
}

int elf_need(const uint8_t *buf, size_t n, uint64_t file_size, uint64_t *ret, struct err *e)
{
	struct headers x = { 0 };
	int rc = headers_find(buf, n, file_size, &x, e);

	if (rc == 0)
		*ret = x.need;
	return rc;
}

static void drop(struct elf_map *m, unsigned index, const char *why)
{
	if (m->dropped++ == 0)
		str_fmt(m->why, sizeof(m->why), "program header %u: %s", index, why);
}

/* Cuts [off, off + *len) to the file. False when nothing is left. */
static bool fit(struct elf_map *m, unsigned index, uint64_t off, uint64_t *len, uint64_t file_size)
{
	if (off > UINT64_MAX - *len) {
		drop(m, index, "its place in the file is absurd");
		return false;
	}
	if (off < m->head) {
		drop(m, index, "its data lies in the headers");
		return false;
	}
	if (off + *len > m->size)
		m->size = off + *len;
	if (off >= file_size) {
		drop(m, index, "it begins beyond the file");
		m->cut = true;
		return false;
	}
	if (!range_ok(off, *len, file_size)) {
		drop(m, index, "the file ends inside it");
		m->cut = true;
		*len = file_size - off;
	}
	return true;
}

/*
 * A segment without bytes in the file still tells that its memory existed: a filter left all of it out, or
 * the file was cut before it.
 */
static void add_load(struct elf_map *m, unsigned index, const Elf64_Phdr *p, uint64_t file_size)
{
	struct segment s = { .pa = p->p_paddr,
			     .va = p->p_vaddr,
			     .offset = p->p_offset,
			     .len = p->p_filesz,
			     .full = p->p_filesz,
			     .memlen = p->p_memsz };

	if (s.memlen < s.len)
		s.memlen = s.len;
	if (s.memlen == 0)
		return;
	if (s.pa != SEGMENT_ADDR_NONE && !range_ok(s.pa, s.len, SEGMENT_PA_MAX)) {
		drop(m, index, "its physical addresses pass the end of memory");
		return;
	}
	if (s.pa != SEGMENT_ADDR_NONE && !range_ok(s.pa, s.memlen, SEGMENT_PA_MAX)) {
		drop(m, index, "its memory passes the end of memory");
		s.memlen = s.len;
	}
	if (s.len && !fit(m, index, s.offset, &s.len, file_size))
		s.len = 0;
	if (s.memlen == 0 || (s.len == 0 && s.pa == SEGMENT_ADDR_NONE))
		return;
	if (s.va > UINT64_MAX - (s.memlen - 1))
		s.va = SEGMENT_ADDR_NONE;
	m->segment[m->nsegment++] = s;
}

static void add_note(struct elf_map *m, unsigned index, const Elf64_Phdr *p, uint64_t file_size)
{
	struct elf_range r = { .offset = p->p_offset, .len = p->p_filesz };

	if (r.len == 0 || !fit(m, index, r.offset, &r.len, file_size))
		return;
	if (m->nnotes == ELF_NOTES)
		drop(m, index, "one PT_NOTE too many");
	else
		m->notes[m->nnotes++] = r;
}

int elf_parse(const uint8_t *buf, size_t n, uint64_t file_size, struct elf_map *ret, struct err *e)
{
	struct elf_map m = { 0 };
	struct headers x = { 0 };
	int rc = headers_find(buf, n, file_size, &x, e);

	if (rc < 0)
		return rc;
	if (n < x.need)
		return err_set(e, -EINVAL, "ELF header: the file ends inside its program headers");
	m.segment = calloc(x.phnum, sizeof(*m.segment));
	if (!m.segment)
		return err_set(e, -ENOMEM, "ELF header: no memory for %u program headers", x.phnum);
	m.machine = x.h.e_machine;
	m.incomplete = x.h.e_flags & ELF_INCOMPLETE;
	m.size = m.head = x.need;
	for (unsigned i = 0; i < x.phnum; i++) {
		Elf64_Phdr p;

		memcpy(&p, buf + x.h.e_phoff + i * sizeof(p), sizeof(p));
		if (p.p_type == PT_LOAD)
			add_load(&m, i, &p, file_size);
		else if (p.p_type == PT_NOTE)
			add_note(&m, i, &p, file_size);
		else if (p.p_type != PT_NULL || p.p_filesz)
			drop(&m, i, "its type is none that a vmcore has");
	}
	*ret = m;
	return 0;
}

void elf_map_free(struct elf_map *m)
{
	if (!m)
		return;
	free(m->segment);
	m->segment = NULL;
	m->nsegment = 0;
}
