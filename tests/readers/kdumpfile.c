/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/readers: reads a dump through libkdumpfile and compares every page with the full vmcore.
 * Promise: exit 0 when libkdumpfile gives every page that the dump keeps, and each is the page of the vmcore; for a
 * dump of damaged input also, when it gives no page that was lost (of an ELF file zeros: it has no other word).
 */
#include <errno.h>
#include <fcntl.h>
#include <libkdumpfile/kdumpfile.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dump.h"

static kdump_ctx_t *open_library(int n, char **paths)
{
	kdump_ctx_t *ctx = kdump_new();
	int fds[PARTS];

	if (!ctx || n > PARTS)
		die("no memory");
	for (int i = 0; i < n; i++) {
		fds[i] = open(paths[i], O_RDONLY | O_CLOEXEC);
		if (fds[i] < 0)
			die("%s: %s", paths[i], strerror(errno));
	}
	if (kdump_open_fdset(ctx, (unsigned)n, fds) != KDUMP_OK)
		die("libkdumpfile: %s", kdump_get_err(ctx));
	return ctx;
}

enum { LISTED = 24 };

/* Whether page @pfn, which the vmcore has, is one that the damaged @input lost. */
static bool was_lost(const struct dump *input, uint64_t pfn)
{
	uint8_t page[PAGE];

	if (pfn >= input->npages)
		return false;
	return input->elf ? bit(input->exists, pfn) && !bit(input->kept, pfn)
			  : bit(input->kept, pfn) && dump_page(input, pfn, page, NULL) != NULL;
}

/* What became of the pages that the input had before it was damaged. */
struct verdict {
	uint64_t same, dropped, errors, zeros, bad;
};

static void complain(struct verdict *v, uint64_t pfn, const char *what)
{
	if (v->bad++ < 4)
		printf("page %#llx: %s\n", (unsigned long long)pfn, what);
}

/* One page of the dump @d that was made of @input, a damaged copy of @full or of a dump of it. */
static void judge_page(kdump_ctx_t *ctx, const struct dump *full, const struct dump *input, const struct dump *d,
		       uint64_t pfn, struct verdict *v)
{
	static const uint8_t zeros[PAGE];
	uint8_t page[PAGE], want[PAGE];
	size_t n = PAGE;
	bool gone = was_lost(input, pfn);
	bool has = pfn < d->npages && bit(d->kept, pfn) && !bit(d->lost, pfn);
	bool ok = kdump_read(ctx, KDUMP_MACHPHYSADDR, pfn * PAGE, page, &n) == KDUMP_OK;

	if (gone && has) {
		complain(v, pfn, "was lost, and the dump has bytes for it");
	} else if (gone && !ok) {
		v->errors++;
	} else if (gone) {
		v->zeros++;
		if (!d->elf || memcmp(page, zeros, PAGE))
			complain(v, pfn, "was lost, and libkdumpfile reads it");
	} else if (!has && pfn < d->npages && bit(d->lost, pfn)) {
		complain(v, pfn, "was sound, and the dump has lost it");
	} else if (!has) {
		v->dropped++;
	} else if (!ok) {
		complain(v, pfn, kdump_get_err(ctx));
	} else if (dump_page(full, pfn, want, NULL) || memcmp(page, want, PAGE)) {
		complain(v, pfn, "differs from the vmcore");
	} else {
		v->same++;
	}
}

/* libkdumpfile and a dump of damaged input: it has no page that was lost, and the others as they were. */
static int judge_damaged(kdump_ctx_t *ctx, const struct dump *full, const struct dump *d, const char *path)
{
	static struct dump input;
	struct verdict v = { 0 };

	dump_open(&input, path);
	for (uint64_t p = 0; p < full->npages; p++)
		if (bit(full->exists, p) && !dump_partial(full, p) && p < input.npages)
			judge_page(ctx, full, &input, d, p, &v);
	if (!d->incomplete)
		complain(&v, 0, "the dump does not say that it is incomplete");
	printf("%llu pages the same, %llu not in it, %llu lost: %llu errors, %llu zeros; %llu wrong\n",
	       (unsigned long long)v.same, (unsigned long long)v.dropped, (unsigned long long)(v.errors + v.zeros),
	       (unsigned long long)v.errors, (unsigned long long)v.zeros, (unsigned long long)v.bad);
	return v.bad || !v.same || !(v.errors + v.zeros);
}

/* libkdumpfile and a dump of sound input: it gives every page that is kept, as the vmcore has it. */
static int judge_sound(kdump_ctx_t *ctx, const struct dump *full, const struct dump *d)
{
	uint8_t page[PAGE], want[PAGE];
	uint64_t same = 0, absent = 0, bad = 0;

	for (uint64_t p = 0; p < full->npages; p++) {
		bool kept = p < d->npages && bit(d->kept, p) && !bit(d->lost, p);
		size_t n = PAGE;

		if (!bit(full->exists, p) || dump_partial(full, p))
			continue;
		if (kdump_read(ctx, KDUMP_MACHPHYSADDR, p * PAGE, page, &n) != KDUMP_OK) {
			absent++;
			if (kept && bad++ < 4)
				printf("page %#llx: %s\n", (unsigned long long)p, kdump_get_err(ctx));
			continue;
		}
		same++;
		/* An ELF reader gives zeros for what a segment leaves out at its end. */
		if (kept && (dump_page(full, p, want, NULL) || memcmp(page, want, PAGE)) && bad++ < 4)
			printf("page %#llx differs\n", (unsigned long long)p);
	}
	printf("%llu pages read, %llu absent, %llu wrong\n", (unsigned long long)same, (unsigned long long)absent,
	       (unsigned long long)bad);
	return bad || same < 10000;
}

/* Prints some pages of @full whose first word is not 0: "lost|sound PHYSICAL VIRTUAL WORD", as @path has them. */
static int list_pages(const struct dump *full, const char *path)
{
	static struct dump input;
	uint64_t n[2] = { 0 }, word;
	uint8_t page[PAGE];

	dump_open(&input, path);
	/* From the end of memory down, a stride of a prime: lost pages may all lie behind one place. */
	for (uint64_t i = 0; i < full->npages && (n[0] < LISTED || n[1] < LISTED); i++) {
		uint64_t pfn = full->npages - 1 - i * 7919 % full->npages;
		bool lost = was_lost(&input, pfn);
		const struct load *l = full->load;

		if (pfn >= input.npages || n[lost] == LISTED || (!lost && !bit(input.kept, pfn)) ||
		    dump_partial(full, pfn) || dump_page(full, pfn, page, NULL))
			continue;
		memcpy(&word, page, sizeof(word));
		while (l < full->load + full->nloads && (pfn * PAGE < l->pa || pfn * PAGE >= l->pa + l->filesz))
			l++;
		if (!word || l == full->load + full->nloads)
			continue;
		n[lost]++;
		printf("%s %llx %llx %016llx\n", lost ? "lost" : "sound", (unsigned long long)(pfn * PAGE),
		       (unsigned long long)(l->va + (pfn * PAGE - l->pa)), (unsigned long long)word);
	}
	return !n[0] || !n[1];
}

int main(int argc, char **argv)
{
	static struct dump full, d;
	char joined[4096] = "";
	const char *damaged = NULL;
	kdump_ctx_t *ctx;
	bool pages = false;
	int bad;

	if (argc == 4 && !strcmp(argv[1], "--pages")) {
		pages = true;
		argc--;
		argv++;
	} else if (argc > 2 && !strcmp(argv[1], "--damaged")) {
		damaged = argv[2];
		argc -= 2;
		argv += 2;
	}
	if (argc < 3) {
		fputs("usage: kdumpfile [--damaged INPUT] FULL DUMP...     the files of a split dump together\n"
		      "       kdumpfile --pages INPUT FULL     some pages that INPUT lost, and some that are sound\n"
		      "  INPUT: what DUMP was made of, a damaged copy of FULL or of a dump of it\n",
		      stderr);
		return 2;
	}
	dump_open(&full, argv[pages ? 2 : 1]);
	if (pages)
		return list_pages(&full, argv[1]);
	for (int i = 2; i < argc; i++)
		snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%s", i > 2 ? "," : "", argv[i]);
	dump_open(&d, joined);
	ctx = open_library(argc - 2, argv + 2);
	bad = damaged ? judge_damaged(ctx, &full, &d, damaged) : judge_sound(ctx, &full, &d);
	kdump_free(ctx);
	return bad;
}
