/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: which kernel a kernel image is.
 */
#include "check.h"

#include "host/kernel_version.h"

#include <errno.h>

static uint8_t image[0x4000];
static char release[KERNEL_RELEASE_ROOM];

/* A setup part of SECTORS sectors whose release TEXT lies at byte AT of the file. */
static void make(unsigned sectors, size_t at, const char *text)
{
	memset(image, 'x', sizeof(image));
	image[0x1f1] = (uint8_t)sectors;
	memcpy(image + 0x202, "HdrS\x0f\x02", 6);
	image[0x20e] = (uint8_t)((at - 512) & 0xff);
	image[0x20f] = (uint8_t)((at - 512) >> 8);
	memcpy(image + at, text, strlen(text) + 1);
}

static int read_it(size_t n)
{
	return kernel_version_bzimage(image, n, release, sizeof(release));
}

static void check_found(void)
{
	make(15, 0x1000, "6.12.9+deb13-amd64 (x@y) #1 SMP 2025");
	CHECK_INT(read_it(sizeof(image)), 0);
	CHECK_STR(release, "6.12.9+deb13-amd64");
	make(0, 0x800, "5.4.0");
	CHECK_INT(read_it(sizeof(image)), 0);
	CHECK_STR(release, "5.4.0");
}

static void check_none(void)
{
	make(15, 0x1000, "6.1.0 (x@y)");
	CHECK_INT(read_it(0x1003), -ENODATA); /* the data ends in the middle of the word */
	CHECK_STR(release, "");
	CHECK_INT(read_it(0x20f), -ENODATA);
	make(1, 0x1000, "6.1.0 (x@y)"); /* behind the setup part lies the packed kernel */
	CHECK_INT(read_it(sizeof(image)), -ENODATA);
	make(15, 0x1000, "");
	CHECK_INT(read_it(sizeof(image)), -ENODATA);
	make(15, 0x1000, "6.1\x01.0 ");
	CHECK_INT(read_it(sizeof(image)), -ENODATA);
	make(15, 0x1000, "6.1.0 ");
	image[0x202] = 'h';
	CHECK_INT(read_it(sizeof(image)), -ENODATA);
	make(15, 512, "6.1.0 "); /* an offset of 0: not said */
	memcpy(image + 0x202, "HdrS\x0f\x02", 6);
	image[0x20e] = image[0x20f] = 0;
	CHECK_INT(read_it(sizeof(image)), -ENODATA);
	memset(image, 0, sizeof(image));
	CHECK_INT(read_it(sizeof(image)), -ENODATA);
}

static void check_length(void)
{
	char small[6];

	make(15, 0x1000, "6.1.0 x");
	CHECK_INT(kernel_version_bzimage(image, sizeof(image), small, sizeof(small)), 0);
	CHECK_STR(small, "6.1.0");
	CHECK_INT(kernel_version_bzimage(image, sizeof(image), small, sizeof(small) - 1), -ENODATA);
	CHECK_STR(small, "");
}

static int banner(const char *text)
{
	return kernel_version_banner((const uint8_t *)text, strlen(text), release, sizeof(release));
}

static void check_banner(void)
{
	CHECK_INT(banner("xLinux version %s (%s)Linux version 6.1.0-57-arm64 (a@b) (gcc) #1"), 0);
	CHECK_STR(release, "6.1.0-57-arm64");
	CHECK_INT(banner("Linux version 6.1.0"), -ENODATA); /* cut */
	CHECK_STR(release, "");
	CHECK_INT(banner("Linux version 6.1.0 ("), 0);
	CHECK_INT(banner("Linux version 6.1.0 ,"), -ENODATA);
	CHECK_INT(banner("Linux version six (a)"), -ENODATA);
	CHECK_INT(banner("Linux version "), -ENODATA);
	CHECK_INT(banner(""), -ENODATA);
}

/* The head of a kernel image of 1,000 bytes: MAGIC at byte 56; zboot: CODEC, payload of N bytes at AT. */
static int find_inner(const char *first, const char *magic, const char *codec, uint32_t at, uint32_t n,
		      struct kernel_inner *ret)
{
	uint8_t head[64] = { 0 };

	memcpy(head, first, 2);
	if (codec)
		memcpy(head + 4, "zimg", 4);
	memcpy(head + 8, &at, 4);
	memcpy(head + 12, &n, 4);
	memcpy(head + 24, codec ? codec : "", codec ? strlen(codec) + 1 : 1);
	memcpy(head + 56, magic, 4);
	return kernel_inner_find(head, sizeof(head), 1000, ret);
}

static void check_inner(void)
{
	struct kernel_inner k = { 0 };

	CHECK_INT(find_inner("MZ", "ARM\x64", NULL, 0, 0, &k), 0);
	CHECK_STR(k.suffix, "");
	CHECK_INT(k.n, 1000);
	CHECK_INT(find_inner("xx", "RSC\x05", NULL, 0, 0, &k), 0);
	CHECK_INT(find_inner("\x1f\x8b", "....", NULL, 0, 0, &k), 0);
	CHECK_STR(k.suffix, ".gz");
	CHECK_INT(find_inner("MZ", "\xcd\x23\x82\x81", "zstd22", 64, 900, &k), 0);
	CHECK_STR(k.suffix, ".zst");
	CHECK_INT(k.at, 64);
	CHECK_INT(k.n, 900);
	CHECK_INT(find_inner("MZ", "\xcd\x23\x82\x81", "gzip", 64, 937, &k), -ENODATA); /* beyond the file */
	CHECK_INT(find_inner("MZ", "\xcd\x23\x82\x81", "gzip", 1001, 0, &k), -ENODATA);
	CHECK_INT(find_inner("MZ", "\xcd\x23\x82\x81", "lz4", 64, 900, &k), -ENODATA);
	CHECK_INT(find_inner("MZ", "....", NULL, 0, 0, &k), -ENODATA);
	CHECK_INT(k.at, 64);
	CHECK_INT(kernel_inner_find((const uint8_t *)"\x1f\x8b", 2, 2, &k), -ENODATA);
}

int main(void)
{
	check_banner();
	check_inner();
	check_found();
	check_none();
	check_length();
	return check_done();
}
