/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: every page of a dump, read once.
 * Headers and descriptors can be sound where the data behind them is not: only reading finds that.
 */
#include "vmcore/page_look.h"

#include "base/bits.h"
#include "base/clock.h"
#include "base/str.h"
#include "vmcore/file.h"
#include "vmcore/kdump.h"
#include "vmcore/vmcore.h"

#include <errno.h>
#include <stdlib.h>

#define WINDOW       4096u /* pages whose bits are looked at together */
#define SMALL_STORED ((uint64_t)64 << 20)
#define SMALL_MEMORY ((uint64_t)1 << 30)

static uint64_t page_size(const struct source *s)
{
	return s->info.page_size ? s->info.page_size : 4096;
}

static void page_try(struct source *s, struct page_look *l, uint64_t pfn, uint8_t *page)
{
	struct err e = { 0 };
	int rc = s->ops->read_pa(s, pfn * page_size(s), page, (size_t)page_size(s), &e);

	l->read++;
	if (rc == 0)
		return;
	l->failed |= rc == DFILE_FAILED;
	if (l->bad++ == 0)
		(void)str_fmt(l->why, sizeof(l->why), "%s", e.text);
	if (l->each_bad)
		l->each_bad(l->arg, e.text);
}

int page_look(struct source *s, struct page_look *l, struct err *e)
{
	uint8_t held[WINDOW / 8], *page = malloc((size_t)page_size(s));

	l->read = l->bad = 0;
	l->why[0] = '\0';
	l->failed = false;
	if (!page)
		return err_set(e, -ENOMEM, "no memory for a page");
	for (uint64_t first = 0; first < s->info.max_pfn; first += WINDOW) {
		s->ops->held(s, first, WINDOW, held);
		for (uint64_t i = bits_next(held, 0, WINDOW, true); i < WINDOW;
		     i = bits_next(held, i + 1, WINDOW, true)) {
			if (l->read % 64 == 0 && l->deadline != DEADLINE_NEVER && clock_ms() > l->deadline) {
				free(page);
				return err_set(e, -ETIMEDOUT, "not all pages were read");
			}
			page_try(s, l, first + i, page);
		}
	}
	free(page);
	return 0;
}

bool page_look_small(const struct source *s)
{
	uint64_t stored, memory = 0;

	if (s->info.kind == SOURCE_KDUMP) {
		struct kdump_about about;

		kdump_about(s, &about);
		stored = about.stored;
		memory = about.kept * page_size(s);
	} else {
		stored = vmcore_stored(s);
		for (unsigned i = 0; i < s->info.nsegment && memory <= SMALL_MEMORY; i++)
			memory += s->info.segment[i].len;
	}
	return stored <= SMALL_STORED && memory <= SMALL_MEMORY;
}
