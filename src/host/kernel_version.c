/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: which kernel a kernel image is.
 * Pure: the first bytes of the file to the release that `uname -r` will give.
 */
#include "host/kernel_version.h"

#include "base/bytes.h"

#include <errno.h>

#define SECTOR         512u
#define SETUP_SECTS    0x1f1
#define SETUP_MAGIC    0x202 /* "HdrS" */
#define SETUP_PROTOCOL 0x206
#define SETUP_RELEASE  0x20e /* where the text is, less one sector; 0: nowhere */

int kernel_version_bzimage(const uint8_t *image, size_t len, char *buf, size_t n)
{
	size_t at, end, used = 0;

	buf[0] = '\0';
	if (len < SETUP_RELEASE + 2 || memcmp(image + SETUP_MAGIC, "HdrS", 4) != 0 ||
	    get_u16(image + SETUP_PROTOCOL) < 0x200 || get_u16(image + SETUP_RELEASE) == 0)
		return -ENODATA;
	/* 0 sectors mean 4, and the boot sector is not counted */
	end = ((image[SETUP_SECTS] ? image[SETUP_SECTS] : 4u) + 1) * SECTOR;
	end = end < len ? end : len;
	at = get_u16(image + SETUP_RELEASE) + SECTOR;
	/* "6.12.9-amd64 (builder@host) #1 SMP …": the first word */
	while (at + used < end && image[at + used] > ' ' && image[at + used] < 0x7f && used + 1 < n) {
		buf[used] = (char)image[at + used];
		used++;
	}
	buf[used] = '\0';
	/* A text that is cut off by the end of the data, or of BUF, is no release. */
	if (used > 0 && at + used < end && (image[at + used] == ' ' || image[at + used] == '\0'))
		return 0;
	buf[0] = '\0';
	return -ENODATA;
}
