/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests: the ELF file that mkvmcore writes.
 * The second half of mkvmcore.c, which alone includes it: its types and die() are used here.
 */
static Elf64_Phdr phdr(uint32_t type, uint64_t offset, uint64_t len)
{
	return (Elf64_Phdr){ .p_type = type,
			     .p_flags = PF_R | PF_W | PF_X,
			     .p_offset = offset,
			     .p_filesz = len,
			     .p_memsz = len };
}

/* The headers, then the notes at 4096, then the segments, each at a page. */
static uint64_t headers_write(struct spec *s, FILE *f)
{
	Elf64_Ehdr h = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			 .e_type = ET_CORE,
			 .e_machine = s->machine,
			 .e_version = EV_CURRENT,
			 .e_phoff = sizeof(h),
			 .e_ehsize = sizeof(h),
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phnum = (uint16_t)(s->nsegment + 1) };
	Elf64_Phdr p = phdr(PT_NOTE, 4096, (s->note_len + 4095) & ~4095ull);
	uint64_t offset = p.p_offset + p.p_filesz;

	fwrite(&h, sizeof(h), 1, f);
	fwrite(&p, sizeof(p), 1, f);
	for (unsigned i = 0; i < s->nsegment; i++) {
		struct segment *g = &s->segment[i];

		g->offset = offset;
		p = phdr(PT_LOAD, offset, g->len);
		p.p_paddr = g->pa;
		p.p_vaddr = g->va;
		fwrite(&p, sizeof(p), 1, f);
		offset += (g->len + 4095) & ~4095ull;
	}
	return offset;
}

static void write_at(FILE *f, uint64_t offset, const void *p, size_t n)
{
	fseek(f, (long)offset, SEEK_SET);
	fwrite(p, 1, n, f);
}

static int vmcore_write(struct spec *s, const char *out)
{
	FILE *f = fopen(out, "w");
	uint64_t end;

	if (!f)
		die(s, "cannot write %s", out);
	if (s->info[0])
		add_note(s, "VMCOREINFO", 0, s->info, strlen(s->info));
	end = headers_write(s, f);
	write_at(f, 4096, s->note, s->note_len);
	for (unsigned i = 0; i < s->nsegment; i++)
		write_at(f, s->segment[i].offset, s->segment[i].mem, s->segment[i].len);
	for (unsigned i = 0; i < s->npatch; i++)
		write_at(f, s->patch[i].offset, s->patch[i].byte, s->patch[i].n);
	if (fflush(f) != 0 || ftruncate(fileno(f), (off_t)(s->cut ? s->cut : end)) < 0 ||
	    fclose(f) != 0)
		die(s, "cannot write %s", out);
	for (unsigned i = 0; i < s->nsegment; i++)
		free(s->segment[i].mem);
	return 0;
}
