/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/vm: compare a saved dump, in any format, with the memory of the machine as QEMU wrote it.
 * Every page that the dump holds is compared, except what the capture kernel owns or has used.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../oracle/dump.h"

enum { SKIPS = 16 };

/* Physical range [from, to) that cannot be equal. */
struct range {
	unsigned long long from, to;
};

struct result {
	unsigned long long exist, kept, lost, same, differ, broken, skipped, outside;
};

static const char usage[] =
	"usage: memcmp DUMP MEMORY [FROM-TO]...\n"
	"  MEMORY is the output of the monitor's \"pmemsave 0 SIZE FILE\"; FROM-TO are hexadecimal\n"
	"  physical addresses, TO included as in /proc/iomem, that are not compared.\n"
	"exit: 0 all equal, 1 some page differs or cannot be read, 2 the files cannot be compared\n";

static const unsigned char *load(const char *path, unsigned long long *size)
{
	const unsigned char *bytes;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st))
		die("%s: %s", path, strerror(errno));
	*size = (unsigned long long)st.st_size;
	bytes = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		die("%s: %s", path, strerror(errno));
	close(fd);
	return bytes;
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
			die("%s: expected FROM-TO", av[i]);
		skip[i].to = strtoull(end + 1, NULL, 16) + 1;
	}
	return i;
}

/* One page that the dump says it holds; @memory NULL: not to be compared, only decoded. */
static void compare(const struct dump *d, uint64_t pfn, const unsigned char *memory, struct result *r)
{
	unsigned char page[PAGE];
	const char *wrong = dump_page(d, pfn, page, NULL);

	if (wrong) {
		if (r->broken++ < 8)
			printf("memcmp: page at %#llx: %s\n", pfn * 1ULL * PAGE, wrong);
	} else if (!memory) {
		return;
	} else if (!memcmp(page, memory, PAGE)) {
		r->same++;
	} else if (r->differ++ < 8) {
		printf("memcmp: page at %#llx differs\n", pfn * 1ULL * PAGE);
	}
}

static void compare_all(const struct dump *d, const unsigned char *memory, unsigned long long size,
			const struct range *skip, int skips, struct result *r)
{
	for (uint64_t pfn = 0; pfn < d->npages; pfn++) {
		unsigned long long pa = pfn * PAGE;
		bool within = pa + PAGE <= size, skips_it = skipped(skip, skips, pa) || dump_partial(d, pfn);

		r->exist += bit(d->exists, pfn);
		if (!bit(d->kept, pfn))
			continue;
		r->kept++;
		if (bit(d->lost, pfn)) {
			r->lost++;
			continue;
		}
		r->outside += !within;
		r->skipped += within && skips_it;
		compare(d, pfn, within && !skips_it ? memory + pa : NULL, r);
	}
}

int main(int argc, char **argv)
{
	static struct dump dump;
	struct range skip[SKIPS];
	struct result r = { 0 };
	const unsigned char *memory;
	unsigned long long size;
	int skips;

	if (argc < 3 || argc - 3 > SKIPS) {
		fputs(usage, stderr);
		return 2;
	}
	dump_open(&dump, argv[1]);
	memory = load(argv[2], &size);
	skips = parse_ranges(skip, argc - 3, argv + 3);
	compare_all(&dump, memory, size, skip, skips, &r);
	printf("memcmp: %s, level %u, status %#x, %u CPUs, %llu pages of memory\n", dump.elf ? "ELF" : "kdump",
	       dump.level, dump.status, dump.nr_cpus, r.exist);
	printf("memcmp: %llu kept, %llu lost, %llu not compared, %llu behind the end of memory\n", r.kept, r.lost,
	       r.skipped, r.outside);
	printf("memcmp: %llu pages equal, %llu differ, %llu cannot be read\n", r.same, r.differ, r.broken);
	return r.differ || r.broken || !r.same;
}
