/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: every piece of metadata through every conversion.
 * A table of inputs, a table of conversions, each conversion after each other one: what could be read before can be
 * read after it.
 */
#include "check.h"

#include "base/bytes.h"
#include "base/str.h"
#include "dump/dump.h"
#include "dump/rebuild.h"
#include "kdump_make.h"
#include "sink/sink_flat.h"
#include "sink/sink_path.h"
#include "sink/sink_stream.h"
#include "vmcore/machine.h"
#include "vmcore/notes.h"
#include "vmcore/source.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#define ERASED "erase init_task.comm size 16\n"
#define UTS    6
#define PA     0x400000ull /* memory of the ELF input: 64 pages */
#define PAGES  64u
#define IMAGE  0xffffffff80002000ull
#define LINEAR 0xff60000000000000ull
#define MARK   "a text in the memory of the kernel"

static char dir[] = "/tmp/test_conversions.XXXXXX";

/* Everything that is compared. */
struct meta {
	struct dump_info info;
	char vmcoreinfo[4096], erased[256];
	unsigned prstatus, foreign; /* notes: registers, and one that is not known here */
	char image[sizeof(MARK)], linear[sizeof(MARK)];
};

static void read_at(struct source *s, uint64_t va, char *buf)
{
	if (s->ops->read_va(s, va, buf, sizeof(MARK), NULL) < 0)
		snprintf(buf, sizeof(MARK), "not readable");
}

static void note_count(struct meta *m, const uint8_t *notes, size_t n)
{
	struct note note = { .next = 0 };

	while (note_next(notes, n, note.next, &note)) {
		m->prstatus += note_is(&note, "CORE", NT_PRSTATUS);
		m->foreign += note_is(&note, "QEMU", 0);
	}
}

static bool meta_read(const char *const *path, unsigned n, struct meta *m)
{
	struct source *s = NULL;
	struct err e = { 0 };
	uint8_t *notes;

	memset(m, 0, sizeof(*m));
	CHECK_INT(source_open(&s, path, n, &codec_unpack, &e), 0);
	CHECK_STR(e.text, "");
	if (!s)
		return false;
	m->info = s->info;
	snprintf(m->vmcoreinfo, sizeof(m->vmcoreinfo), "%s", s->info.vmcoreinfo);
	if (s->info.erase_len < sizeof(m->erased))
		(void)!s->ops->read_notes(s, s->info.erase_at, m->erased, (size_t)s->info.erase_len, NULL);
	notes = malloc((size_t)s->info.notes_len + 1);
	if (notes && s->ops->read_notes(s, 0, notes, (size_t)s->info.notes_len, NULL) == 0)
		note_count(m, notes, (size_t)s->info.notes_len);
	free(notes);
	read_at(s, IMAGE, m->image);
	read_at(s, LINEAR, m->linear);
	s->ops->free(s);
	return true;
}

static void same(const struct meta *a, const struct meta *b, const char *what)
{
	static const size_t uts[UTS] = { offsetof(struct dump_uts, sysname), offsetof(struct dump_uts, nodename),
					 offsetof(struct dump_uts, release), offsetof(struct dump_uts, version),
					 offsetof(struct dump_uts, machine), offsetof(struct dump_uts, domainname) };
	int before = check_failed;

	CHECK_INT(b->info.machine, a->info.machine);
	CHECK_INT(b->info.page_size, a->info.page_size);
	CHECK_INT(b->info.crash_time, a->info.crash_time);
	CHECK_INT(b->info.crash_us, a->info.crash_us);
	CHECK_INT(b->info.level, a->info.level);
	CHECK_INT(b->info.ncpu, a->info.ncpu ? a->info.ncpu : 1);
	CHECK_INT(b->info.panic_cpu, a->info.panic_cpu);
	CHECK_INT(b->info.phys_base, a->info.phys_base);
	CHECK_INT(b->info.max_pfn, a->info.max_pfn);
	CHECK(!b->info.incomplete);
	CHECK_STR(b->info.osrelease, a->info.osrelease);
	for (unsigned i = 0; i < UTS; i++) {
		const char *was = (const char *)&a->info.uts + uts[i], *is = (const char *)&b->info.uts + uts[i];

		/* A header cannot be without a name; "(none)" is what the kernel calls that. */
		CHECK_STR(is, *was || strcmp(is, "(none)") != 0 ? was : "(none)");
	}
	CHECK_STR(b->vmcoreinfo, a->vmcoreinfo);
	CHECK_STR(b->erased, a->erased);
	CHECK_INT(b->prstatus, a->prstatus);
	CHECK_INT(b->foreign, a->foreign);
	CHECK_STR(b->image, a->image);
	CHECK_STR(b->linear, a->linear);
	if (check_failed > before)
		fprintf(stderr, "  by %s\n", what);
}

/* ---- the conversions ---- */

static void convert_one(const char *from, const char *to, struct dump_opts o)
{
	const char *const files[] = { from, to };
	const struct sink_path how = { .file = files, .nfile = 2 };
	char name[SINK_PATH_NAME];
	struct source *s = NULL;
	struct sink *out = NULL;
	struct dump_stat st;
	struct err e = { 0 };

	CHECK_INT(source_open(&s, &from, 1, &codec_unpack, &e), 0);
	CHECK_INT(sink_path_open(&out, to, &how, name, &e), 0);
	if (s && out) {
		o.nlevel = o.threads = 1;
		o.deadline = INT64_MAX;
		o.temp = o.name = name;
		CHECK_INT(dump_run(s, out, &o, &st, &e), 0);
	}
	CHECK_STR(e.text, "");
	if (out)
		out->ops->free(out);
	if (s)
		s->ops->free(s);
}

static void by_zlib(const char *from, const char *to)
{
	convert_one(from, to, (struct dump_opts){ .codec = CODEC_ZLIB });
}

static void by_lzo(const char *from, const char *to)
{
	convert_one(from, to, (struct dump_opts){ .codec = CODEC_LZO });
}

static void by_zstd(const char *from, const char *to)
{
	convert_one(from, to, (struct dump_opts){ .codec = CODEC_ZSTD });
}

static void by_elf(const char *from, const char *to)
{
	convert_one(from, to, (struct dump_opts){ .format = FORMAT_ELF });
}

/* -F: the stream itself is the result. */
static void by_flat(const char *from, const char *to)
{
	int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct dump_opts o = { .nlevel = 1, .threads = 1, .deadline = INT64_MAX, .temp = "dump", .name = "dump" };
	struct source *s = NULL;
	struct sink *out = NULL;
	struct dump_stat st;
	struct err e = { 0 };

	CHECK_INT(source_open(&s, &from, 1, &codec_unpack, &e), 0);
	CHECK_INT(sink_stream_open(&out, fd, "stream", &e), 0);
	CHECK_INT(sink_flat_wrap(&out, &e), 0);
	CHECK_INT(dump_run(s, out, &o, &st, &e), 0);
	CHECK_STR(e.text, "");
	out->ops->free(out);
	s->ops->free(s);
	close(fd);
}

static void by_rebuild(const char *from, const char *to)
{
	const char *const files[] = { from, to };
	const struct sink_path how = { .file = files, .nfile = 2 };
	char stream[PATH_MAX], name[SINK_PATH_NAME];
	struct rebuild_stat st;
	struct sink *out = NULL;
	struct err e = { 0 };
	int fd;

	snprintf(stream, sizeof(stream), "%s.stream", to);
	by_flat(from, stream);
	fd = open(stream, O_RDONLY | O_CLOEXEC);
	CHECK_INT(sink_path_open(&out, to, &how, name, &e), 0);
	CHECK_INT(rebuild_run(fd, out, name, name, &st, &e), 0);
	CHECK_STR(e.text, "");
	out->ops->free(out);
	close(fd);
	unlink(stream);
}

static void by_split(const char *from, const char *to)
{
	static const uint64_t cut[] = { 0, 1024, 1088, 1 << 20 };
	char part[3][PATH_MAX], name[SINK_PATH_NAME];
	const char *const files[] = { part[0], part[1], part[2], to };
	const struct sink_path how = { .file = files, .nfile = 4 };
	struct rebuild_stat st;
	struct sink *out = NULL;
	struct err e = { 0 };

	for (unsigned i = 0; i < 3; i++) {
		snprintf(part[i], sizeof(part[i]), "%s.%u", to, i);
		convert_one(from, part[i], (struct dump_opts){ .split = true, .from = cut[i], .to = cut[i + 1] });
	}
	CHECK_INT(sink_path_open(&out, to, &how, name, &e), 0);
	CHECK_INT(reassemble_run(files, 3, out, name, &st, &e), 0);
	CHECK_STR(e.text, "");
	out->ops->free(out);
	for (unsigned i = 0; i < 3; i++)
		unlink(part[i]);
}

static const struct {
	const char *name;
	void (*run)(const char *from, const char *to);
} conversions[] = {
	{ "-c", by_zlib },
	{ "-l", by_lzo },
	{ "-z", by_zstd },
	{ "-E", by_elf },
	{ "-F", by_flat },
	{ "-F, -R", by_rebuild },
	{ "--split, --reassemble", by_split },
};

/* Every conversion of FROM, and of what each gives every one again. */
static void convert_all(const char *from, const struct meta *was, const char *before)
{
	for (size_t i = 0; i < ARRAY_LEN(conversions); i++) {
		char to[PATH_MAX], what[256];
		const char *path = to;
		struct meta is;

		snprintf(to, sizeof(to), "%s.%zu", from, i);
		snprintf(what, sizeof(what), "%s%s%s", before, *before ? ", then " : "", conversions[i].name);
		conversions[i].run(from, to);
		if (meta_read(&path, 1, &is)) {
			same(was, &is, what);
			if (!*before)
				convert_all(to, was, what);
		}
		unlink(to);
	}
}

/* ---- the inputs ---- */

static void write_file(const char *path, const uint8_t *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && write(fd, p, n) == (ssize_t)n);
	close(fd);
}

/* A kdump file of header version VERSION with all that its header can say. */
static void input_kdump(const char *path, int version, const char *machine)
{
	struct make m = { .version = version };
	size_t len;
	uint8_t *f = make_file(&m, &len);

	put_u64(f + 416, 123456);
	put_u32(f + 456, 1);
	memcpy(f + 12 + 65, "h\xc3\xb6st", 6);
	memset(f + 12 + 4 * 65, 0, 65);
	memcpy(f + 12 + 4 * 65, machine, strlen(machine));
	memcpy(f + 12 + 5 * 65, "example.org", 12);
	if (version < 6)
		memset(f + MAKE_BLOCK + 80, 0, 24);
	if (version >= 5) {
		memcpy(f + len, ERASED, strlen(ERASED));
		put_u64(f + MAKE_BLOCK + 64, len);
		put_u64(f + MAKE_BLOCK + 72, strlen(ERASED));
		len += strlen(ERASED);
	}
	if (version < 4)
		memset(f + MAKE_BLOCK + 48, 0, 16);
	write_file(path, f, len);
	free(f);
}

static size_t note_put(uint8_t *to, const char *name, uint32_t type, const void *desc, size_t n)
{
	size_t head = 12 + (size_t)align_up(strlen(name) + 1, 4);

	put_u32(to, (uint32_t)strlen(name) + 1);
	put_u32(to + 4, (uint32_t)n);
	put_u32(to + 8, type);
	memcpy(to + 12, name, strlen(name) + 1);
	memcpy(to + head, desc, n);
	return head + (size_t)align_up(n, 4);
}

static Elf64_Ehdr ehdr(uint16_t machine, uint16_t phnum)
{
	Elf64_Ehdr h = { .e_type = ET_CORE, .e_machine = machine, .e_version = 1, .e_phoff = sizeof(h) };

	memcpy(h.e_ident, ELFMAG, SELFMAG);
	h.e_ident[EI_CLASS] = ELFCLASS64;
	h.e_ident[EI_DATA] = ELFDATA2LSB;
	h.e_ehsize = sizeof(h);
	h.e_phentsize = sizeof(Elf64_Phdr);
	h.e_phnum = phnum;
	return h;
}

/* LEN bytes of the memory from PA + AT on. */
static Elf64_Phdr load_at(uint64_t at, uint64_t va, uint64_t len)
{
	return (Elf64_Phdr){ .p_type = PT_LOAD,
			     .p_paddr = PA + at,
			     .p_vaddr = va,
			     .p_offset = 8192 + at,
			     .p_filesz = len,
			     .p_memsz = len };
}

/* An ELF vmcore like that of riscv64: its image at no page of the linear map, no page table that is read here. */
static void input_elf(const char *path, uint16_t machine, const char *info, bool erased)
{
	size_t len = 8192 + PAGES * 4096, at = 4096;
	uint8_t *f = calloc(1, len), registers[376] = { 1 };
	const Elf64_Phdr load[] = { load_at(0x202, IMAGE, 0x6111), load_at(0x8000, LINEAR, 0x8000),
				    load_at(0x20000, LINEAR + 0x18000, 0x20000) };
	Elf64_Phdr note = { .p_type = PT_NOTE, .p_offset = 4096 };
	Elf64_Ehdr h = ehdr(machine, 4);

	at += note_put(f + at, "CORE", NT_PRSTATUS, registers, sizeof(registers));
	at += note_put(f + at, "QEMU", 0, registers, 24);
	if (erased)
		at += note_put(f + at, "ERASEINFO", 0, ERASED, strlen(ERASED));
	if (info)
		at += note_put(f + at, "VMCOREINFO", 0, info, strlen(info));
	note.p_filesz = note.p_memsz = at - 4096;
	memcpy(f, &h, sizeof(h));
	memcpy(f + sizeof(h), &note, sizeof(note));
	for (unsigned i = 0; i < 3; i++)
		memcpy(f + sizeof(h) + (i + 1) * sizeof(note), &load[i], sizeof(note));
	memcpy(f + 8192 + 0x202, MARK, sizeof(MARK));
	memcpy(f + 8192 + 0x8000, MARK, sizeof(MARK));
	write_file(path, f, len);
	free(f);
}

static void all_of(const char *path, const char *what)
{
	struct meta was;

	fprintf(stderr, "%s\n", what);
	if (meta_read(&path, 1, &was))
		convert_all(path, &was, "");
	unlink(path);
}

static void test_kdump(const char *path)
{
	const char *const files[] = { path };
	struct meta m;

	for (int v = 3; v <= 6; v++) {
		input_kdump(path, v, "x86_64");
		if (!meta_read(files, 1, &m))
			continue;
		CHECK_INT(m.info.machine, EM_X86_64);
		CHECK_INT(m.info.crash_us, 123456);
		CHECK_INT(m.info.panic_cpu, 1);
		CHECK_STR(m.info.uts.nodename, "h\xc3\xb6st");
		CHECK_STR(m.vmcoreinfo, MAKE_TEXT);
		CHECK_STR(m.erased, v >= 5 ? ERASED : "");
		all_of(path, "kdump file");
	}
}

/* No field of the header decides the machine. */
static void test_machine(const char *path)
{
	static const struct {
		const char *text;
		uint32_t regs;
		uint16_t machine;
	} sign[] = {
		{ "SYMBOL(init_top_pgt)=ffffffff82a10000\n", 0, EM_X86_64 },
		{ "NUMBER(KERNEL_IMAGE_SIZE)=1073741824\n", 392, EM_X86_64 },
		{ "NUMBER(kimage_voffset)=0xffff7fffc8000000\n", 336, EM_AARCH64 },
		{ "NUMBER(phys_ram_base)=2147483648\n", 0, EM_RISCV },
		{ "SYMBOL(vmemmap_list)=c00000000276b9a8\n", 0, EM_PPC64 },
		{ "OSRELEASE=6.12.107+deb13-powerpc64le\n", 0, EM_PPC64 },
		{ "OSRELEASE=6.1.0-49-amd64\n", 0, EM_X86_64 },
		{ "OSRELEASE=5.14.0-427.el9.aarch64\n", 0, EM_AARCH64 },
		{ "OSRELEASE=6.4.0-150600.23-default\nSYMBOL(_stext)=c000000000000000\n", 0, EM_PPC64 },
		{ "OSRELEASE=6.4.0\nSYMBOL(_stext)=9000000000200000\n", 0, 258 },
		{ "OSRELEASE=6.4.0\n", 336, EM_X86_64 },
		{ "", 376, EM_RISCV },
		{ "", 504, EM_PPC64 },
		{ "OSRELEASE=6.4.0\n", 0, 0 },
	};
	const char *const files[] = { path };
	struct meta m;

	for (size_t i = 0; i < ARRAY_LEN(sign); i++)
		CHECK_INT(machine_guess(sign[i].text, strlen(sign[i].text), sign[i].regs), sign[i].machine);
	/* Without a machine in utsname the registers of 336 bytes tell; the output names it. */
	input_kdump(path, 6, "");
	if (meta_read(files, 1, &m)) {
		CHECK_INT(m.info.machine, EM_X86_64);
		CHECK_STR(m.info.uts.machine, "x86_64");
	}
	all_of(path, "kdump file without a machine");
	input_elf(path, EM_NONE, "OSRELEASE=6.4.0-riscv64\n", false);
	if (meta_read(files, 1, &m))
		CHECK_INT(m.info.machine, EM_RISCV);
	all_of(path, "ELF file without a machine");
}

/* An ELF file of a machine that nothing tells is refused, in words. */
static void test_no_machine(const char *path)
{
	const char *const files[] = { path };
	struct source *s = NULL;
	struct sink *out = NULL;
	char to[PATH_MAX], name[SINK_PATH_NAME];
	const char *const both[] = { path, to };
	const struct sink_path how = { .file = both, .nfile = 2 };
	struct dump_opts o = { .format = FORMAT_ELF, .nlevel = 1, .threads = 1, .deadline = INT64_MAX };
	struct make mk = { .version = 3 };
	struct dump_stat st;
	struct err e = { 0 };
	size_t len;
	uint8_t *f = make_file(&mk, &len);

	snprintf(to, sizeof(to), "%s.out", path);
	memset(f + 12 + 4 * 65, 0, 65);
	memcpy(f + 12 + 4 * 65, "vax", 3);
	memset(f + MAKE_BLOCK + 32, 0, 16);
	write_file(path, f, len);
	free(f);
	CHECK_INT(source_open(&s, files, 1, &codec_unpack, &e), 0);
	CHECK_INT(sink_path_open(&out, to, &how, name, &e), 0);
	o.temp = o.name = name;
	CHECK_INT(dump_run(s, out, &o, &st, &e), -EINVAL);
	CHECK(strstr(e.text, "has to name the machine, and nothing in the dump tells it (utsname says 'vax')"));
	CHECK(strstr(e.text, "without -E"));
	out->ops->free(out);
	s->ops->free(s);
	unlink(path);
	unlink(to);
}

static void test_elf(const char *path)
{
	static const char info[] = "OSRELEASE=6.1.0-riscv64\nPAGESIZE=4096\nCRASHTIME=1796066701\nSYMBOL(_stext)="
				   "ffffffff80002000\n";
	const char *const files[] = { path };
	struct meta m;

	input_elf(path, EM_RISCV, info, true);
	if (meta_read(files, 1, &m)) {
		CHECK_STR(m.image, MARK);
		CHECK_STR(m.linear, MARK);
		CHECK_STR(m.erased, ERASED);
		CHECK_INT(m.foreign, 1);
	}
	all_of(path, "ELF file");
	input_elf(path, EM_RISCV, NULL, false);
	all_of(path, "ELF file without vmcoreinfo");
}

/* Readers such as libkdumpfile find no machine and no registers when a name of the header is empty. */
static void test_stand_ins(const char *path)
{
	char to[PATH_MAX];
	uint8_t head[464];
	int fd;

	snprintf(to, sizeof(to), "%s.out", path);
	input_elf(path, EM_RISCV, NULL, false);
	by_zlib(path, to);
	fd = open(to, O_RDONLY | O_CLOEXEC);
	CHECK(read(fd, head, sizeof(head)) == sizeof(head));
	close(fd);
	for (unsigned i = 0; i < UTS; i++)
		CHECK(head[12 + i * 65] != '\0');
	CHECK_STR((const char *)head + 12 + 2 * 65, UTS_RELEASE_NONE);
	CHECK_STR((const char *)head + 12 + 4 * 65, "riscv64");
	CHECK(get_u32(head + 460) >= 1);
	unlink(path);
	unlink(to);
}

/* The core of a process: by its notes, and by segments of which none has a physical address. */
static void test_process(const char *path)
{
	static const char aux[16] = "";
	Elf64_Phdr p[3] = { { .p_type = PT_NOTE, .p_offset = 512 } };
	uint8_t f[8192];

	for (unsigned i = 0; i < 4; i++) {
		Elf64_Ehdr h = ehdr(EM_X86_64, i == 1 ? 2 : 3);
		struct source *s = NULL;
		struct err e = { 0 };

		memset(f, 0, sizeof(f));
		p[0].p_filesz = i == 0 || i == 1 ? note_put(f + 512, "CORE", NT_AUXV, aux, sizeof(aux))
						 : note_put(f + 512, "QEMU", 0, aux, sizeof(aux));
		for (unsigned g = 1; g < 3; g++) {
			p[g] = load_at(0, g * 0x400000ull, 4096);
			p[g].p_offset = 4096;
			p[g].p_paddr = i == 3 && g == 2 ? 0x200000 : 0;
		}
		memcpy(f, &h, sizeof(h));
		memcpy(f + sizeof(h), p, sizeof(p));
		write_file(path, f, sizeof(f));
		/* 3: one segment at 0 is legitimate. */
		CHECK_INT(source_open(&s, &path, 1, &codec_unpack, &e), i == 3 ? 0 : -EINVAL);
		CHECK(i == 3 || strstr(e.text, "the core of a process, not of a kernel"));
		if (s)
			s->ops->free(s);
	}
	unlink(path);
}

int main(void)
{
	char path[PATH_MAX];

	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/in", dir);
	test_kdump(path);
	test_machine(path);
	test_no_machine(path);
	test_elf(path);
	test_stand_ins(path);
	test_process(path);
	CHECK_INT(rmdir(dir), 0);
	return check_done();
}
