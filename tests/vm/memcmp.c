/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/vm: compare a saved vmcore with the memory of the machine as QEMU wrote it.
 * Every page of every PT_LOAD is compared, except what the capture kernel owns or has used.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096,
       SKIPS = 16 };

/* Physical range [from, to) that cannot be equal. */
struct range {
	unsigned long long from, to;
};

struct file {
	const unsigned char *bytes;
	unsigned long long size;
};

struct result {
	unsigned long long same, differ, skipped, outside;
};

static const char usage[] =
	"usage: memcmp VMCORE MEMORY [FROM-TO]...\n"
	"  MEMORY is the output of the monitor's \"pmemsave 0 SIZE FILE\"; FROM-TO are hexadecimal\n"
	"  physical addresses, TO included as in /proc/iomem, that are not compared.\n"
	"exit: 0 all equal, 1 some page differs, 2 the files cannot be compared\n";

static void die(const char *what, const char *why)
{
	fprintf(stderr, "memcmp: %s: %s\n", what, why);
	exit(2);
}

static struct file load(const char *path)
{
	struct file f;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st))
		die(path, strerror(errno));
	f.size = (unsigned long long)st.st_size;
	f.bytes = mmap(NULL, f.size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (f.bytes == MAP_FAILED)
		die(path, strerror(errno));
	close(fd);
	return f;
}

static bool skipped(const struct range *skip, int n, unsigned long long pa)
{
	for (int i = 0; i < n; i++)
		if (pa + PAGE > skip[i].from && pa < skip[i].to)
			return true;
	return false;
}

static int parse_ranges(struct range *skip, int n, char **av)
{
	int i;

	for (i = 0; i < n; i++) {
		char *end;

		skip[i].from = strtoull(av[i], &end, 16);
		if (*end != '-')
			die(av[i], "expected FROM-TO");
		skip[i].to = strtoull(end + 1, NULL, 16) + 1;
	}
	return i;
}

static void compare(const struct file *core, const struct file *mem, const Elf64_Phdr *ph,
		    const struct range *skip, int skips, struct result *r)
{
	for (unsigned long long at = 0; at + PAGE <= ph->p_filesz; at += PAGE) {
		unsigned long long pa = ph->p_paddr + at;

		if (pa + PAGE > mem->size) {
			r->outside++;
		} else if (skipped(skip, skips, pa)) {
			r->skipped++;
		} else if (!memcmp(core->bytes + ph->p_offset + at, mem->bytes + pa, PAGE)) {
			r->same++;
		} else if (r->differ++ < 8) {
			printf("memcmp: page at %#llx differs\n", pa);
		}
	}
}

int main(int argc, char **argv)
{
	struct range skip[SKIPS];
	struct result r = { 0 };
	struct file core, mem;
	const Elf64_Ehdr *eh;
	int skips;

	if (argc < 3 || argc - 3 > SKIPS) {
		fputs(usage, stderr);
		return 2;
	}
	core = load(argv[1]);
	mem = load(argv[2]);
	skips = parse_ranges(skip, argc - 3, argv + 3);
	eh = (const void *)core.bytes;
	if (core.size < sizeof(*eh) || memcmp(eh->e_ident, ELFMAG, SELFMAG) ||
	    eh->e_phoff + (unsigned long long)eh->e_phnum * sizeof(Elf64_Phdr) > core.size)
		die(argv[1], "no ELF core file");
	for (int i = 0; i < eh->e_phnum; i++) {
		const Elf64_Phdr *ph = (const void *)(core.bytes + eh->e_phoff + i * sizeof(*ph));

		if (ph->p_type != PT_LOAD)
			continue;
		if (ph->p_offset + ph->p_filesz > core.size)
			die(argv[1], "a segment ends behind the file");
		compare(&core, &mem, ph, skip, skips, &r);
	}
	printf("memcmp: %llu pages equal, %llu differ, %llu not compared, %llu behind the end of memory\n",
	       r.same, r.differ, r.skipped, r.outside);
	return r.differ || !r.same;
}
