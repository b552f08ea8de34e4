/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/vm: one kind of memory in the system that crashes, and the count of every kind.
 * A command that fills stays in the background with its memory; the caller goes on when it is there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE      4096UL
#define MIB       (1UL << 20)
#define HUGE_PAGE (2 * MIB)
#ifndef MADV_SOFT_OFFLINE /* include/uapi/asm-generic/mman-common.h; the C library leaves it out */
#define MADV_SOFT_OFFLINE 101
#endif

static const char usage[] =
	"usage: fill COMMAND\n"
	"  anon MIB FILE        what FILE holds, read past the page cache, in small pages\n"
	"  thp MIB FILE         the same in transparent huge pages; half of the last one is given back\n"
	"  pointers MIB         chains of nodes that point to each other\n"
	"  zero MIB             pages that were written with zeros\n"
	"  same MIB             equal pages for the kernel to merge\n"
	"  swap MIB FILE        pages that were swapped out and read back\n"
	"  map FILE             the file, mapped and touched\n"
	"  shared MIB FILE      shared memory without a name\n"
	"  hugetlb PAGES FILE   reserved huge pages, private and shared\n"
	"  poison anon|soft|hugetlb   pages that the kernel takes for broken\n"
	"  gone MIB FILE        memory that is given back at once\n"
	"  files DIR COUNT      many empty files\n"
	"  processes COUNT      many processes\n"
	"  count                one line for each kind: how many pages\n";

static void die(const char *what)
{
	fprintf(stderr, "fill: %s: %s\n", what, strerror(errno));
	exit(1);
}

static size_t number(const char *s)
{
	return strtoul(s, NULL, 10);
}

static unsigned char *map(size_t size, int flags)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

/* Private memory that starts on a large page */
static unsigned char *map_aligned(size_t size)
{
	uintptr_t p = (uintptr_t)map(size + HUGE_PAGE, MAP_PRIVATE);

	return (void *)((p + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1));
}

/* Fill from the file, without its pages in the page cache; a short file is read again and again. */
static void read_into(unsigned char *to, size_t size, const char *path)
{
	size_t done = 0, whole;
	int fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);

	if (fd < 0)
		die(path);
	while (done < size) {
		size_t want = size - done < MIB ? size - done : MIB;
		ssize_t n = pread(fd, to + done, want, (off_t)done);

		if (n < 0)
			die(path);
		if (!n)
			break;
		done += (size_t)n & ~(PAGE - 1);
		if ((size_t)n % PAGE)
			break;
	}
	close(fd);
	if (!done)
		die("an empty file");
	for (whole = done; done < size; done += PAGE)
		memcpy(to + done, to + done % whole, PAGE);
}

/* The parent leaves when the child says that its memory is there; the child stays. */
static void background(int ready[2])
{
	char c;

	if (pipe2(ready, O_CLOEXEC))
		die("pipe");
	if (fork()) {
		close(ready[1]);
		exit(read(ready[0], &c, 1) == 1 ? 0 : 1);
	}
}

static void stay(int ready[2])
{
	if (write(ready[1], "", 1) != 1)
		die("pipe");
	for (;;)
		pause();
}

static void fill_anon(size_t mib, const char *path)
{
	size_t size = mib * MIB;
	unsigned char *p = map(size, MAP_PRIVATE);

	madvise(p, size, MADV_NOHUGEPAGE);
	read_into(p, size, path);
}

static void fill_thp(size_t mib, const char *path)
{
	size_t size = mib * MIB & ~(HUGE_PAGE - 1);
	unsigned char *p = map_aligned(size);

	if (madvise(p, size, MADV_HUGEPAGE))
		die("MADV_HUGEPAGE");
	read_into(p, size, path);
	if (munmap(p + size - HUGE_PAGE / 2, HUGE_PAGE / 2))
		die("munmap");
}

/* A node as programs have them: links, a few counters, a short text, padding */
struct node {
	struct node *next, *prev, *parent;
	uint64_t key;
	uint32_t uses, flags;
	char name[24];
};

static void fill_pointers(size_t mib)
{
	size_t n = mib * MIB / sizeof(struct node);
	struct node *all = (struct node *)map(mib * MIB, MAP_PRIVATE);
	uint64_t x = 88172645463325252ULL;

	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		all[i].next = &all[x % n];
		all[i].prev = &all[i ? i - 1 : n - 1];
		all[i].parent = x & 3 ? &all[i / 2] : NULL;
		all[i].key = x >> (x & 31);
		all[i].uses = 1 + (x & 7);
		snprintf(all[i].name, sizeof(all[i].name), "node-%zu", i);
	}
}

static void fill_zero(size_t mib)
{
	size_t size = mib * MIB;
	unsigned char *p = map(size, MAP_PRIVATE);

	madvise(p, size, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < size; i += PAGE)
		*(volatile unsigned char *)(p + i) = 0;
}

static void fill_same(size_t mib)
{
	size_t size = mib * MIB;
	unsigned char *p = map(size, MAP_PRIVATE);

	if (madvise(p, size, MADV_MERGEABLE))
		die("MADV_MERGEABLE");
	for (size_t i = 0; i < size; i += PAGE)
		memset(p + i, 'a' + (int)(i / PAGE % 4), PAGE);
}

/* Pages that were only read after they came back stay in the swap cache. */
static void fill_swap(size_t mib, const char *path)
{
	size_t size = mib * MIB;
	unsigned char *p = map(size, MAP_PRIVATE);

	madvise(p, size, MADV_NOHUGEPAGE);
	read_into(p, size, path);
	if (madvise(p, size, MADV_PAGEOUT))
		die("MADV_PAGEOUT");
	sleep(1);
	for (size_t i = 0; i < size / 2; i += PAGE)
		(void)*(volatile unsigned char *)(p + i);
}

static void fill_map(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	unsigned char *p;

	if (size <= 0)
		die(path);
	p = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED)
		die(path);
	for (off_t i = 0; i < size; i += PAGE)
		(void)*(volatile unsigned char *)(p + i);
}

static void fill_shared(size_t mib, const char *path)
{
	read_into(map(mib * MIB, MAP_SHARED), mib * MIB, path);
}

/* The first half private, the second shared: anonymous huge pages and such of the page cache */
static void fill_hugetlb(size_t pages, const char *path)
{
	size_t half = pages / 2 * HUGE_PAGE;

	read_into(map(half, MAP_PRIVATE | MAP_HUGETLB), half, path);
	read_into(map(half, MAP_SHARED | MAP_HUGETLB), half, path);
}

/* The kernel kills whoever uses a poisoned page: a child of its own touches the page. */
static void poison(const char *kind)
{
	int status, advice = strcmp(kind, "soft") ? MADV_HWPOISON : MADV_SOFT_OFFLINE;
	int huge = !strcmp(kind, "hugetlb");
	size_t size = huge ? HUGE_PAGE : 16 * PAGE;
	unsigned char *p = map(size, huge ? MAP_SHARED | MAP_HUGETLB : MAP_PRIVATE);

	memset(p, 'P', size);
	if (fork()) {
		wait(&status);
		return;
	}
	if (!huge)
		memset(p, 'Q', size);
	if (madvise(p + 5 * PAGE, PAGE, advice))
		die("MADV_HWPOISON");
	_exit(0);
}

static void make_files(const char *dir, size_t count)
{
	char path[256];

	for (size_t i = 0; i < count; i++) {
		int fd;

		snprintf(path, sizeof(path), "%s/entry-with-a-name-of-usual-length-%zu", dir, i);
		fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
		if (fd < 0)
			die(path);
		close(fd);
	}
}

static void processes(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (fork())
			continue;
		memset(map(16 * PAGE, MAP_PRIVATE), (int)i, 16 * PAGE);
		for (;;)
			pause();
	}
}

/* Bits of /proc/kpageflags: include/uapi/linux/kernel-page-flags.h and, from 32 on,
 * include/linux/kernel-page-flags.h of Linux 6.1. */
#define B(n) (1ULL << (n))
enum { LRU = 5,
       SLAB = 7,
       BUDDY = 10,
       ANON = 12,
       SWAPCACHE = 13,
       SWAPBACKED = 14,
       HEAD = 15,
       TAIL = 16,
       HUGE = 17,
       HWPOISON = 19,
       NOPAGE = 20,
       KSM = 21,
       THP = 22,
       OFFLINE = 23,
       PGTABLE = 26,
       RESERVED = 32,
       PRIVATE = 35 };

static const struct kind {
	const char *name;
	uint64_t set, clear; /* all of these bits, none of those */
} kinds[] = {
	{ "free", B(BUDDY), B(NOPAGE) },
	{ "slab", B(SLAB), B(NOPAGE) },
	{ "page-table", B(PGTABLE), B(NOPAGE) },
	{ "reserved", B(RESERVED), B(NOPAGE) },
	{ "hugetlb", B(HUGE), B(NOPAGE) },
	{ "anon", B(ANON) | B(LRU), B(HUGE) | B(THP) | B(NOPAGE) },
	{ "thp", B(THP) | B(ANON), B(NOPAGE) },
	{ "cache", B(LRU), B(ANON) | B(SWAPBACKED) | B(PRIVATE) | B(NOPAGE) },
	{ "cache-private", B(LRU) | B(PRIVATE), B(ANON) | B(SWAPBACKED) | B(NOPAGE) },
	{ "cache-large", B(LRU) | B(HEAD), B(ANON) | B(SWAPBACKED) | B(HUGE) | B(NOPAGE) },
	{ "shmem", B(SWAPBACKED), B(ANON) | B(HUGE) | B(NOPAGE) },
	{ "shmem-thp", B(SWAPBACKED) | B(THP), B(ANON) | B(HUGE) | B(NOPAGE) },
	{ "swapcache", B(SWAPCACHE), B(NOPAGE) },
	{ "ksm", B(KSM), B(NOPAGE) },
	{ "hwpoison", B(HWPOISON), B(NOPAGE) },
	{ "offline", B(OFFLINE), B(NOPAGE) },
	{ "nopage", B(NOPAGE), 0 },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static void count(void)
{
	static uint64_t flags[4096];
	unsigned long pages[KINDS] = { 0 };
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		die("/proc/kpageflags");
	while ((n = read(fd, flags, sizeof(flags))) > 0)
		for (size_t i = 0; i < (size_t)n / 8; i++)
			for (int k = 0; k < KINDS; k++)
				pages[k] += (flags[i] & kinds[k].set) == kinds[k].set &&
					    !(flags[i] & kinds[k].clear);
	for (int k = 0; k < KINDS; k++)
		printf("first: pages %s %lu\n", kinds[k].name, pages[k]);
}

/* Commands with one argument, then those with two. Gives 0 when there is no such command. */
static int one(const char *command, const char *arg)
{
	if (!strcmp(command, "pointers"))
		fill_pointers(number(arg));
	else if (!strcmp(command, "zero"))
		fill_zero(number(arg));
	else if (!strcmp(command, "same"))
		fill_same(number(arg));
	else if (!strcmp(command, "map"))
		fill_map(arg);
	else if (!strcmp(command, "poison"))
		poison(arg);
	else if (!strcmp(command, "processes"))
		processes(number(arg));
	else
		return 0;
	return 1;
}

static int two(const char *command, const char *arg, const char *path)
{
	if (!strcmp(command, "anon"))
		fill_anon(number(arg), path);
	else if (!strcmp(command, "thp"))
		fill_thp(number(arg), path);
	else if (!strcmp(command, "swap"))
		fill_swap(number(arg), path);
	else if (!strcmp(command, "shared"))
		fill_shared(number(arg), path);
	else if (!strcmp(command, "hugetlb"))
		fill_hugetlb(number(arg), path);
	else
		return 0;
	return 1;
}

int main(int argc, char **argv)
{
	int ready[2], known = 0;

	if (argc == 2 && !strcmp(argv[1], "count")) {
		count();
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "gone")) {
		fill_anon(number(argv[2]), argv[3]);
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "files")) {
		make_files(argv[2], number(argv[3]));
		return 0;
	}
	if (argc == 3 || argc == 4) {
		background(ready);
		known = argc == 3 ? one(argv[1], argv[2]) : two(argv[1], argv[2], argv[3]);
	}
	if (!known) {
		fputs(usage, stderr);
		return 2;
	}
	stay(ready);
}
