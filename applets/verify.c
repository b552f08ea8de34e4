/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: read all of a dump.
 * Every bitmap, descriptor and page is looked at; what a debugger would stumble over is named here.
 */
#include "applet.h"

#include "base/clock.h"
#include "codec/codec.h"
#include "vmcore/kdump.h"
#include "vmcore/page_look.h"
#include "vmcore/source.h"
#include "vmcore/vmcore.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

extern const struct applet applet_verify;

#define NAMED 10u /* faults that are listed one by one */

struct check {
	struct source *s;
	bool quiet;
	uint64_t faults, pages;
	uint64_t lost;    /* pages, of all kinds; of them: */
	uint64_t gone;    /* without data */
	uint64_t damaged; /* a fault each */
	uint64_t away;    /* in other files */
};

static void __attribute__((format(printf, 2, 3))) fault(struct check *c, const char *fmt, ...)
{
	va_list ap;

	if (c->faults++ >= NAMED || c->quiet)
		return;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static void page_fault(void *arg, const char *why)
{
	fault(arg, "%s", why);
}

static int kdump_page(void *arg, const struct kdump_page *p)
{
	struct check *c = arg;

	c->gone += p->state == KDUMP_LOST;
	c->damaged += p->state == KDUMP_DAMAGED;
	c->away += p->state == KDUMP_AWAY;
	if (p->state == KDUMP_DAMAGED) {
		c->pages++;
		fault(c, "kdump: page frame %" PRIu64 ": its descriptor is damaged: %s", p->pfn, p->why);
	}
	return 0;
}

static int check_kdump(struct check *c, struct err *e)
{
	struct kdump_about about;
	int rc;

	kdump_about(c->s, &about);
	if (about.stray)
		fault(c, "kdump: %" PRIu64 " pages are in the dump that did not exist", about.stray);
	if (about.beyond)
		fault(c, "kdump: %" PRIu64 " bits of the bitmaps are for pages above the highest", about.beyond);
	if (about.cut)
		fault(c, "flattened stream: it has no end");
	if (about.torn)
		fault(c, "kdump: %s", c->s->info.why);
	rc = kdump_pages(c->s, kdump_page, c, e);
	if (c->gone && !about.marked)
		fault(c, "kdump: %" PRIu64 " pages were lost, but the dump is not marked incomplete", c->gone);
	return rc;
}

/* Segments beyond the file are a fault of a dump that claims to be whole, else they are what was lost. */
static void check_elf(struct check *c)
{
	const char *why;

	if (vmcore_flaws(c->s, &why))
		fault(c, "vmcore: %s", why);
	if (vmcore_cut(c->s))
		fault(c, "flattened stream: it has no end");
	c->gone = c->s->info.lost;
}

static int check_all(struct check *c, struct err *e)
{
	struct page_look look = { .deadline = DEADLINE_NEVER, .each_bad = page_fault, .arg = c };
	int rc = 0;

	if (c->s->info.kind == SOURCE_KDUMP)
		rc = check_kdump(c, e);
	else
		check_elf(c);
	if (rc == 0)
		rc = page_look(c->s, &look, e);
	c->pages += look.read;
	c->lost = c->s->info.lost + look.bad;
	c->damaged += look.bad;
	return rc;
}

static void verdict(const struct check *c)
{
	bool said;

	if (c->quiet)
		return;
	if (c->faults > NAMED)
		printf("… and %" PRIu64 " more\n", c->faults - NAMED);
	if (c->away)
		printf("%" PRIu64 " pages are in parts that were not given\n", c->away);
	if (!c->s->info.vmcoreinfo[0])
		puts("the dump has no vmcoreinfo");
	/* Where every page that is lost is listed as a fault, their number is enough. */
	said = c->s->info.incomplete && (c->faults == 0 || c->away || c->gone);
	if (said)
		printf("the dump is incomplete: %s; %" PRIu64 " pages are lost\n", c->s->info.why, c->lost);
	printf("%" PRIu64 " pages read, %" PRIu64 " fault%s\n", c->pages, c->faults, c->faults == 1 ? "" : "s");
	if (!said && c->lost)
		printf("%" PRIu64 " page%s lost\n", c->lost, c->lost == 1 ? " is" : "s are");
}

static int verify_run(const char *const *path, unsigned n, bool quiet)
{
	struct check c = { .quiet = quiet };
	struct err e = { 0 };
	int rc = source_open(&c.s, path, n, &codec_unpack, &e);
	bool sound;

	if (rc == 0)
		rc = check_all(&c, &e);
	if (rc < 0)
		fprintf(stderr, "crashbox: %s\n", e.text);
	else
		verdict(&c);
	sound = rc == 0 && c.faults == 0 && !c.s->info.incomplete;
	if (c.s)
		c.s->ops->free(c.s);
	return rc == 0 && sound && fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}

static int verify_main(int argc, char **argv)
{
	bool quiet = false;
	int c;

	while ((c = getopt(argc, argv, "q")) != -1) {
		if (c != 'q')
			return applet_usage(&applet_verify);
		quiet = true;
	}
	if (optind == argc)
		return applet_usage(&applet_verify);
	return verify_run((const char *const *)argv + optind, (unsigned)(argc - optind), quiet);
}

const struct applet applet_verify = {
	.name = "verify",
	.synopsis = "[-q] FILE...",
	.help = "read every page of a dump and say what is damaged\n"
		"  FILE   an ELF vmcore or a kdump-compressed dump, plain or flattened; all parts of a\n"
		"         split one together\n"
		"  -q     only the exit code: 0 sound and complete, 1 damaged, incomplete or no dump\n",
	.main = verify_main,
};
