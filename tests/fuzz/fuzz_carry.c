/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: the note that carries things over, the machine of a dump, files of other programs.
 * Any text: strings end, ranges do not wrap, and what is made of it is read back as it was.
 */
#include "base/foreign.h"
#include "vmcore/carry.h"
#include "vmcore/machine.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void check_ranges(const struct carry *c)
{
	for (unsigned i = 0; i < c->nrange; i++) {
		const struct carry_range *r = &c->range[i];
		uint64_t pa = 0, len = 0;

		if (r->len == 0 || r->va + (r->len - 1) < r->va || r->pa + r->len < r->pa)
			abort();
		if (!carry_find(c, r->va, &pa, &len) || len == 0 || !carry_find(c, r->va + (r->len - 1), &pa, &len))
			abort();
	}
}

/* What carry_use() gives goes into a note, and comes out of it as it was. */
static void check_again(const struct carry *c)
{
	struct dump_info info = { .crash_time = 0 };
	struct carry again;
	size_t len = 0;
	uint8_t *note;

	carry_use(c, &info);
	note = carry_make(&info, info.level, &len);
	if (!note)
		return;
	carry_parse((const char *)note + 24, len - 24, &again);
	if (again.machine != c->machine || again.level != c->level || memcmp(&again.uts, &c->uts, sizeof(c->uts)) != 0)
		abort();
	free(note);
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	char *text = malloc(n + 1);
	struct carry c;

	if (!text)
		return 0;
	memcpy(text, d, n);
	text[n] = '\0';
	carry_parse(text, n, &c);
	check_ranges(&c);
	check_again(&c);
	(void)machine_name(machine_guess(text, n, n > 3 ? (uint32_t)d[0] << 1 : 0));
	(void)foreign_find(d, n, "a text");
	free(text);
	return 0;
}
