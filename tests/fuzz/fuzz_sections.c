/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: a whole filter over a machine whose vmcoreinfo and memory are the input.
 * The input is lines of vmcoreinfo, an empty line, and memory that repeats itself at every address. Whatever the
 * tables say, the filter opens, scans in bounded time and keeps pages that it could not judge.
 */
#include "filter/filter.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGES 2048u

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

struct blob {
	struct source source;
	const uint8_t *at;
	size_t len;
	struct segment segment[2];
};

static int read_pa(struct source *s, uint64_t pa, void *buf, size_t n, struct err *e)
{
	const struct blob *b = (const struct blob *)s;
	uint8_t *to = buf;

	if (pa >> 44)
		return err_set(e, -EFAULT, "nowhere");
	while (n) {
		size_t at = (size_t)(pa % b->len), part = b->len - at < n ? b->len - at : n;

		memcpy(to, b->at + at, part);
		to += part;
		pa += part;
		n -= part;
	}
	return 0;
}

static int map_file(struct source *s, uint64_t off, size_t n, const void **ret, struct err *e)
{
	(void)s, (void)off, (void)n, (void)ret;
	return err_set(e, -EOPNOTSUPP, "no");
}

static void unmap(struct source *s, const void *p, size_t n)
{
	(void)s, (void)p, (void)n;
}

static bool where(struct source *s, uint64_t pa, uint64_t *off, uint64_t *len)
{
	(void)s, (void)pa, (void)off, (void)len;
	return false;
}

static void held(struct source *s, uint64_t first, uint64_t n, uint8_t *bits)
{
	(void)s;
	memset(bits, 0, (n + 7) / 8);
	for (uint64_t i = 0; i < n; i++)
		if (first + i < PAGES)
			bits[i / 8] |= (uint8_t)(1u << i % 8);
}

/* The upper half of the addresses is mapped, in leaves of 2 MiB. */
static int translate(struct source *s, uint64_t va, uint64_t *pa, uint64_t *len, struct err *e)
{
	(void)s;
	if (!(va >> 63))
		return err_set(e, -EFAULT, "not mapped");
	*pa = va & ((1ull << 44) - 1);
	*len = (2 << 20) - va % (2 << 20);
	return 0;
}

static void nothing(struct source *s)
{
	(void)s;
}

static const struct source_ops ops = {
	.name = "blob",
	.map_file = map_file,
	.unmap = unmap,
	.read_pa = read_pa,
	.where = where,
	.held = held,
	.existed = held,
	.translate = translate,
	.free = nothing,
};

static void scan(struct filter *f)
{
	static uint8_t bits[2][PAGES / 8], rank[PAGES / FILTER_BLOCK];
	struct filter_stat st = { 0 };
	struct filter_out out = { .nlevel = 2, .level = { 0, 31 }, .bits = { bits[0], bits[1] }, .rank = rank };
	uint64_t all = 0;

	out.stat = &st;
	if (filter_scan(f, 0, PAGES, &out, NULL) != 0)
		abort();
	for (unsigned i = 0; i < PAGE_CLASSES; i++)
		all += st.pages[i];
	if (all != PAGES || st.holes)
		abort();
	for (unsigned i = 0; i < sizeof(rank); i++)
		if (rank[i] >= RANK_N)
			abort();
	/* A higher level keeps nothing that a lower one does not. */
	for (unsigned i = 0; i < PAGES / 8; i++)
		if (bits[1][i] & ~bits[0][i])
			abort();
	if (filter_doubt(f, &st) & filter_can(f))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	const uint8_t *gap = n ? memmem(d, n, "\n\n", 2) : NULL;
	struct blob b = { .segment = { { 0, UINT64_MAX, 0, PAGES << 12, PAGES << 12 },
				       { 1ull << 36, UINT64_MAX, 0, 1ull << 36, 1ull << 36 } } };
	const char *notes[FILTER_NOTES];
	struct filter *f;
	char *text;

	if (!gap || (size_t)(gap + 2 - d) == n)
		return 0;
	b.at = gap + 2;
	b.len = n - (size_t)(b.at - d);
	text = calloc(1, (size_t)(gap - d) + 2);
	if (!text)
		abort();
	memcpy(text, d, (size_t)(gap - d) + 1);
	b.source.ops = &ops;
	b.source.info = (struct dump_info){ .page_size = 4096,
					    .machine = EM_X86_64,
					    .segment = b.segment,
					    .nsegment = 2,
					    .max_pfn = 1u << 25,
					    .vmcoreinfo = text,
					    .vmcoreinfo_len = strlen(text) };
	if (filter_open(&f, &b.source, NULL) != 0)
		abort();
	for (unsigned i = filter_notes(f, notes); i > 0; i--)
		if (strlen(notes[i - 1]) < 10)
			abort();
	scan(f);
	filter_free(f);
	free(text);
	return 0;
}
