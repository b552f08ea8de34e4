/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: the release in a kernel.
 * Input: what lies from byte 0x1f1 of a bzImage on, or a kernel of another form. A release is printable, whole, and in
 * the bytes; what a kernel is packed in lies in the file.
 */
#include "host/kernel_version.h"

#include <stdlib.h>
#include <string.h>

#define FROM 0x1f1

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void judge(int rc, const char *buf, size_t room, const uint8_t *d, size_t n)
{
	if (rc == 0) {
		if (!buf[0] || strlen(buf) >= room || !memmem(d, n, buf, strlen(buf)))
			abort();
		for (const char *s = buf; *s; s++)
			if (*s <= ' ' || *s > '~')
				abort();
	} else if (buf[0]) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	uint8_t *image = calloc(1, FROM + n);
	char buf[KERNEL_RELEASE_ROOM];
	struct kernel_inner inner;

	if (!image)
		return 0;
	memcpy(image + FROM, d, n);
	judge(kernel_version_bzimage(image, FROM + n, buf, sizeof(buf)), buf, sizeof(buf), d, n);
	free(image);
	judge(kernel_version_banner(d, n, buf, sizeof(buf)), buf, sizeof(buf), d, n);
	if (kernel_inner_find(d, n, n, &inner) == 0 && (inner.at > n || inner.n > n - inner.at || !inner.suffix))
		abort();
	return 0;
}
