/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/readers: damages pages of a kdump-compressed dump in place.
 * Promise: the same seed makes the same damage, and no page that is damaged can be decoded: a reader can tell.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dump.h"

enum { DESC = 24,
       ZLIB = 1,
       LZO = 2,
       ZSTD = 0x20 };

static const char usage[] = "usage: damage DUMP data|descriptor SEED COUNT\n"
			    "  of COUNT pages the packed bytes, or the offset, size or codec of the descriptor\n";

static uint64_t state;
static int file;

static uint64_t draw(void)
{
	return dump_draw(&state);
}

static void write_at(uint64_t at, const void *bytes, size_t n)
{
	if (pwrite(file, bytes, n, (off_t)at) != (ssize_t)n)
		die("writing the dump: %s", strerror(errno));
}

/* Where the descriptor of kept page @pfn lies. */
static uint64_t desc_at(const struct dump *d, uint64_t pfn)
{
	uint64_t rank = d->desc[pfn / 64];

	for (uint64_t i = pfn / 64 * 64; i < pfn; i++)
		rank += bit(d->kept, i);
	return d->part[0].table + rank * DESC;
}

static void damage_data(uint64_t offset, uint32_t size)
{
	uint8_t bytes[PAGE];

	memset(bytes, 0xff, sizeof(bytes));
	write_at(offset, bytes, size);
}

/* An offset beyond the file, a size that no page has, a codec that is none. */
static void damage_descriptor(uint64_t at)
{
	uint64_t offset = 1ull << 60;
	uint32_t size = 0x7fffffff, flags = 0x700;

	switch (draw() % 3) {
	case 0:
		write_at(at, &offset, sizeof(offset));
		break;
	case 1:
		write_at(at + 8, &size, sizeof(size));
		break;
	default:
		write_at(at + 12, &flags, sizeof(flags));
	}
}

/* Only a page that is packed and is not zero: stored bytes break no rule, and pages of zeros share a place. */
static bool damage_page(const struct dump *d, uint64_t pfn, bool data)
{
	static const uint8_t zeros[PAGE];
	uint8_t page[PAGE], desc[DESC];
	uint64_t at = desc_at(d, pfn), offset;
	uint32_t size, flags;

	if (!view_read(&d->view[0], at, desc, sizeof(desc)) || dump_page(d, pfn, page, NULL))
		return false;
	memcpy(&offset, desc, 8);
	memcpy(&size, desc + 8, 4);
	memcpy(&flags, desc + 12, 4);
	if ((flags != ZLIB && flags != LZO && flags != ZSTD) || !memcmp(page, zeros, PAGE))
		return false;
	if (data)
		damage_data(offset, size);
	else
		damage_descriptor(at);
	return true;
}

int main(int argc, char **argv)
{
	static struct dump d;
	uint64_t count, tries = 0;
	bool data;

	if (argc != 5 || (strcmp(argv[2], "data") && strcmp(argv[2], "descriptor"))) {
		fputs(usage, stderr);
		return 2;
	}
	dump_open(&d, argv[1]);
	if (d.elf || d.nparts != 1 || d.part[0].start || !d.npages)
		die("%s: no plain kdump file", argv[1]);
	file = open(argv[1], O_WRONLY | O_CLOEXEC);
	if (file < 0)
		die("%s: %s", argv[1], strerror(errno));
	data = !strcmp(argv[2], "data");
	state = strtoull(argv[3], NULL, 0);
	count = strtoull(argv[4], NULL, 0);
	while (count && tries++ < 64 * d.npages) {
		uint64_t pfn = draw() % d.npages;

		if (bit(d.kept, pfn) && !bit(d.lost, pfn) && damage_page(&d, pfn, data))
			count--;
	}
	if (count)
		die("%s: has not as many packed pages", argv[1]);
	return 0;
}
