/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: page tables.
 * The input is four tables (pieces of INDEX, 2 bytes, and ENTRY, 8 bytes) behind an address of 8 bytes and a
 * byte for the levels: the walk ends after a few reads inside an answer that makes sense.
 */
#include "vmcore/xlat.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TABLES 4u

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

struct tables {
	uint64_t entry[TABLES * 512];
	unsigned reads, most;
};

/* Memory repeats itself: every table address leads to one of the four. */
static int read_entry(void *arg, uint64_t pa, void *buf, size_t n)
{
	struct tables *t = arg;
	uint64_t at = pa % sizeof(t->entry);

	if (++t->reads > t->most || pa >> 52)
		abort();
	if (n > sizeof(t->entry) - at)
		return -EFAULT;
	memcpy(buf, (uint8_t *)t->entry + at, n);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	static struct tables t;
	struct xlat x = { .mask = 0x000ffffffffff000 };
	uint64_t va, pa = 1, len = 0;
	int rc;

	if (n < 9)
		return 0;
	memset(&t, 0, sizeof(t));
	memcpy(&va, d, 8);
	x.levels = d[8] & 1 ? 5 : 4;
	for (d += 9, n -= 9; n >= 10; d += 10, n -= 10)
		memcpy(&t.entry[(size_t)(d[0] | d[1] << 8) % (TABLES * 512)], d + 2, 8);
	t.most = 6;
	rc = xlat_walk(&x, read_entry, &t, va, &pa, &len);
	if (rc != 0 && rc != -EFAULT)
		abort();
	if (rc < 0 && (pa != 1 || len != 0))
		abort();
	if (rc == 0 && (len == 0 || len > 1u << 30 || pa >> 52 || (pa ^ va) & 0xfff))
		abort();
	t.reads = 0;
	t.most = 5 * 4096;
	len = va;
	rc = xlat_first(&x, read_entry, &t, &va, &pa);
	if (rc == 0 ? va < len || pa >> 52 : va != len)
		abort();
	return 0;
}
