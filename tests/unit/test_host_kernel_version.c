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

int main(void)
{
	check_found();
	check_none();
	check_length();
	return check_done();
}
