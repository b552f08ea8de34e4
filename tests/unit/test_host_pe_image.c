/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: the sections of a unified kernel image.
 */
#include "check.h"

#include "host/pe_image.h"

#include "base/bytes.h"

#include <errno.h>

#define AT_PE      0x40
#define AT_SECTION (AT_PE + 24 + 16)

static uint8_t image[512];

/* A file of 512 bytes with an optional header of 16 and two sections. */
static void make(uint32_t from, uint32_t used, uint32_t room)
{
	memset(image, 0, sizeof(image));
	memcpy(image, "MZ", 2);
	put_u32(image + 0x3c, AT_PE);
	memcpy(image + AT_PE, "PE\0", 4);
	put_u16(image + AT_PE + 6, 2);
	put_u16(image + AT_PE + 20, 16);
	memcpy(image + AT_SECTION, ".osrel\0", 8);
	memcpy(image + AT_SECTION + 40, ".cmdline", 8);
	put_u32(image + AT_SECTION + 40 + 8, used);
	put_u32(image + AT_SECTION + 40 + 16, room);
	put_u32(image + AT_SECTION + 40 + 20, from);
}

int main(void)
{
	struct pe_section s = { 0 };

	make(300, 10, 64);
	CHECK_INT(pe_find_section(image, 512, 512, ".cmdline", &s), 0);
	CHECK_INT(s.at, 300);
	CHECK_INT(s.n, 10);
	CHECK_INT(pe_find_section(image, 512, 512, ".linux", &s), -ENOENT);
	make(300, 100, 64);
	CHECK_INT(pe_find_section(image, 512, 512, ".cmdline", &s), 0);
	CHECK_INT(s.n, 64);
	make(500, 10, 64);
	CHECK_INT(pe_find_section(image, 512, 505, ".cmdline", &s), -EINVAL);
	make(UINT32_MAX, UINT32_MAX, UINT32_MAX);
	CHECK_INT(pe_find_section(image, 512, 512, ".cmdline", &s), -EINVAL);
	make(300, 10, 64);
	put_u16(image + AT_PE + 6, 65535); /* more sections than there are bytes */
	CHECK_INT(pe_find_section(image, 512, 512, ".linux", &s), -EINVAL);
	put_u32(image + 0x3c, 500);
	CHECK_INT(pe_find_section(image, 512, 512, ".cmdline", &s), -EINVAL);
	put_u32(image + 0x3c, UINT32_MAX);
	CHECK_INT(pe_find_section(image, 512, 512, ".cmdline", &s), -EINVAL);
	CHECK_INT(pe_find_section(image, 10, 10, ".cmdline", &s), -EINVAL);
	memcpy(image, "HI", 2);
	CHECK_INT(pe_find_section(image, 512, 512, ".cmdline", &s), -EINVAL);
	return check_done();
}
