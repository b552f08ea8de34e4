/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: the release in a bzImage.
 * Input: what lies from byte 0x1f1 of the file on. A release is printable, whole, and in the bytes.
 */
#include "host/kernel_version.h"

#include <stdlib.h>
#include <string.h>

#define FROM 0x1f1

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	uint8_t *image = calloc(1, FROM + n);
	char buf[KERNEL_RELEASE_ROOM];

	if (!image)
		return 0;
	memcpy(image + FROM, d, n);
	if (kernel_version_bzimage(image, FROM + n, buf, sizeof(buf)) == 0) {
		if (!buf[0] || strlen(buf) >= sizeof(buf) || !memmem(d, n, buf, strlen(buf)))
			abort();
		for (const char *s = buf; *s; s++)
			if (*s <= ' ' || *s > '~')
				abort();
	} else if (buf[0])
		abort();
	free(image);
	return 0;
}
