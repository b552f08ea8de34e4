/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: initramfs images.
 * Any bytes: the reader ends, within bounds, with a sentence or with entries.
 */
#include "format/initramfs.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

/* Touches every byte that the entry promises, so that the sanitizer sees a wrong bound. */
static void touch(void *arg, const struct newc_entry *in)
{
	size_t *sum = arg;

	*sum += strlen(in->path);
	for (size_t i = 0; i < in->len; i++)
		*sum += ((const uint8_t *)in->data)[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	size_t sum = 0;
	const struct initramfs_seer who = { .entry = touch, .arg = &sum };
	struct err e = { 0 };
	int rc = initramfs_walk(d, n, 1 << 20, &who, &e);

	if (rc < 0 && e.text[0] == 0)
		abort();
	return 0;
}
