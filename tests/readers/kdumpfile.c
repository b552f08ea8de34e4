/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/readers: reads a dump through libkdumpfile and compares every page with the full vmcore.
 * Promise: exit 0 when libkdumpfile gives every page that the dump keeps, and each is the page of the vmcore.
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

int main(int argc, char **argv)
{
	static struct dump full, d;
	uint8_t page[PAGE], want[PAGE];
	uint64_t same = 0, absent = 0, bad = 0;
	char joined[4096] = "";
	kdump_ctx_t *ctx;

	if (argc < 3) {
		fputs("usage: kdumpfile FULL DUMP...     the files of a split dump together\n", stderr);
		return 2;
	}
	dump_open(&full, argv[1]);
	for (int i = 2; i < argc; i++)
		snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%s", i > 2 ? "," : "", argv[i]);
	dump_open(&d, joined);
	ctx = open_library(argc - 2, argv + 2);
	for (uint64_t p = 0; p < full.npages; p++) {
		bool kept = p < d.npages && bit(d.kept, p) && !bit(d.lost, p);
		size_t n = PAGE;

		if (!bit(full.exists, p) || dump_partial(&full, p))
			continue;
		if (kdump_read(ctx, KDUMP_MACHPHYSADDR, p * PAGE, page, &n) != KDUMP_OK) {
			absent++;
			if (kept && bad++ < 4)
				printf("page %#llx: %s\n", (unsigned long long)p, kdump_get_err(ctx));
			continue;
		}
		same++;
		/* An ELF reader gives zeros for what a segment leaves out at its end. */
		if (kept && (dump_page(&full, p, want, NULL) || memcmp(page, want, PAGE)) && bad++ < 4)
			printf("page %#llx differs\n", (unsigned long long)p);
	}
	printf("%llu pages read, %llu absent, %llu wrong\n", (unsigned long long)same, (unsigned long long)absent,
	       (unsigned long long)bad);
	kdump_free(ctx);
	return bad || same < 10000;
}
