/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: tell what is in a dump.
 * Headers, bitmaps, page descriptors and the log are read, and the pages where that is quick, or is asked for.
 */
#include "applet.h"

#include "base/clock.h"
#include "base/str.h"
#include "codec/codec.h"
#include "host/json.h"
#include "vmcore/kdump.h"
#include "vmcore/klog.h"
#include "vmcore/page_look.h"
#include "vmcore/source.h"
#include "vmcore/vmcore.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern const struct applet applet_info;

#define WINDOW (1u << 15) /* pages whose bits are looked at together */

static const struct way {
	uint32_t flag;
	const char *name;
} ways[] = {
	{ 0, "stored" },
	{ PAGE_ZLIB, "zlib" },
	{ PAGE_LZO, "lzo" },
	{ PAGE_SNAPPY, "snappy" },
	{ PAGE_ZSTD, "zstd" },
};

/* Where the data of one part begins: there is the page that all pages of zeros share. */
struct lowest {
	uint64_t offset, pfn, pages;
	bool stored;
};

struct facts {
	struct source *s;
	bool all;                 /* every page is to be read */
	bool looked;              /* was */
	struct page_look look;    /* what that found */
	struct kdump_about about; /* of kdump-compressed dumps */
	bool kdump;
	uint64_t stored; /* bytes of the files */
	uint64_t existed, held, excluded, lost, away, damaged, zero;
	uint64_t pages[ARRAY_LEN(ways)], bytes[ARRAY_LEN(ways)];
	struct lowest low[KDUMP_PARTS];
	int64_t uptime_us; /* of the last line of the log; -1: nobody knows */
	char line[24];     /* how that line begins */
	size_t line_len;
	struct klog_stat log;
	char why_no_log[ERR_TEXT_MAX];
};

static int page_count(void *arg, const struct kdump_page *p)
{
	struct facts *f = arg;
	struct lowest *low = &f->low[p->part];

	f->lost += p->state == KDUMP_LOST || p->state == KDUMP_DAMAGED;
	f->away += p->state == KDUMP_AWAY;
	f->damaged += p->state == KDUMP_DAMAGED;
	if (p->state != KDUMP_HELD)
		return 0;
	f->held++;
	if (low->pages == 0 || p->desc.offset < low->offset)
		*low = (struct lowest){ p->desc.offset, p->pfn, 1, p->desc.flags == 0 };
	else if (p->desc.offset == low->offset)
		low->pages++;
	/* The shared page of zeros is stored; pages of zeros are no packed data. */
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		if (ways[i].flag == p->desc.flags) {
			f->pages[i]++;
			f->bytes[i] += p->desc.size;
		}
	return 0;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

/* Pages that share the first data of a part are pages of zeros, if that is what it holds and one is stored. */
static int zero_count(struct facts *f, struct err *e)
{
	size_t size = (size_t)f->s->info.page_size;
	uint8_t *page = malloc(size);

	if (!page)
		return err_set(e, -1, "no memory for a page");
	for (unsigned i = 0; i < f->about.parts; i++) {
		const struct lowest *low = &f->low[i];

		if (!low->stored || (low->pages == 1 && !(f->s->info.level & 1)))
			continue;
		if (f->s->ops->read_pa(f->s, low->pfn * size, page, size, NULL) < 0 ||
		    !all_zero(page, size))
			continue;
		f->zero += low->pages;
		f->pages[0] -= low->pages < f->pages[0] ? low->pages : f->pages[0];
		f->bytes[0] -= low->pages * size < f->bytes[0] ? low->pages * size : f->bytes[0];
	}
	free(page);
	return 0;
}

static int pages_kdump(struct facts *f, struct err *e)
{
	int rc;

	kdump_about(f->s, &f->about);
	f->stored = f->about.stored;
	f->existed = f->about.existed + f->about.stray;
	f->excluded = f->existed - f->about.kept;
	rc = kdump_pages(f->s, page_count, f, e);
	/* Nothing was left out for certain. */
	if (f->about.torn) {
		f->lost += f->excluded;
		f->excluded = 0;
	}
	return rc == 0 ? zero_count(f, e) : rc;
}

static void pages_elf(struct facts *f)
{
	uint8_t held[WINDOW / 8], existed[WINDOW / 8];

	f->stored = vmcore_stored(f->s);
	for (uint64_t first = 0; first < f->s->info.max_pfn; first += WINDOW) {
		f->s->ops->held(f->s, first, WINDOW, held);
		f->s->ops->existed(f->s, first, WINDOW, existed);
		for (unsigned i = 0; i < sizeof(held); i++) {
			f->held += (unsigned)__builtin_popcount(held[i]);
			f->existed += (unsigned)__builtin_popcount(existed[i]);
		}
	}
	f->lost = f->s->info.lost;
	f->excluded = f->existed - f->held - f->lost;
}

/* Digits at *P; steps over them. */
static uint64_t digits(const char **p)
{
	uint64_t v = 0;

	for (; **p >= '0' && **p <= '9' && v < 1ull << 40; (*p)++)
		v = v * 10 + (uint64_t)(**p - '0');
	return v;
}

/* A line that begins "[  123.456789]" is so many microseconds after boot; others leave things as they are. */
static void line_time(struct facts *f)
{
	const char *p = f->line + 1 + strspn(f->line + 1, " ");
	uint64_t s = digits(&p), us;

	if (f->line[0] != '[' || *p++ != '.')
		return;
	us = digits(&p);
	if (*p == ']')
		f->uptime_us = (int64_t)(s * 1000000 + us);
}

/* Remembers how the last line of the log begins. */
static int log_text(void *arg, const char *text, size_t n, struct err *e)
{
	struct facts *f = arg;

	(void)e;
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\n') {
			f->line[f->line_len] = '\0';
			if (f->line_len)
				line_time(f);
			f->line_len = 0;
		} else if (f->line_len < sizeof(f->line) - 1) {
			f->line[f->line_len++] = text[i];
		}
	}
	return 0;
}

/* Pages that do not read are lost, whatever their descriptors say. */
static int pages_look(struct facts *f, struct err *e)
{
	int rc = 0;

	f->look.deadline = DEADLINE_NEVER;
	f->looked = f->all || page_look_small(f->s);
	if (f->looked)
		rc = page_look(f->s, &f->look, e);
	f->held -= f->look.bad;
	f->lost += f->look.bad;
	f->damaged += f->look.bad;
	return rc;
}

static int gather(struct facts *f, struct err *e)
{
	const struct klog_out out = { .emit = log_text, .arg = f };
	struct err log = { 0 };
	int rc = 0;

	f->kdump = f->s->info.kind == SOURCE_KDUMP;
	f->uptime_us = -1;
	if (f->kdump)
		rc = pages_kdump(f, e);
	else
		pages_elf(f);
	if (rc == 0 && klog_read(f->s, &out, &f->log, &log) < 0)
		str_fmt(f->why_no_log, sizeof(f->why_no_log), "%s", log.text);
	return rc == 0 ? pages_look(f, e) : rc;
}

/* NULL: it is complete, as far as was looked. */
static const char *why_not(const struct facts *f)
{
	return f->s->info.incomplete ? f->s->info.why : f->look.bad ? f->look.why
								    : NULL;
}

static const char *when(char buf[32], int64_t t)
{
	time_t at = (time_t)t;
	struct tm tm;

	if (t <= 0 || !gmtime_r(&at, &tm) || strftime(buf, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		buf[0] = '\0';
	return buf;
}

/* "level 31: no zero, cache, private cache, user, free pages" */
static void level_text(unsigned level, char *buf, size_t n)
{
	static const char *const names[] = { "zero", "cache", "private cache", "user", "free" };
	const char *between = "without ";
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < ARRAY_LEN(names) && used < n; i++)
		if (level >> i & 1) {
			str_fmt(buf + used, n - used, "%s%s", between, names[i]);
			used += strlen(buf + used);
			between = ", ";
		}
	str_fmt(buf + used, n - used, used ? " pages" : "all pages");
}

static void print_format(const struct facts *f)
{
	const struct dump_info *info = &f->s->info;
	char text[128];

	if (f->kdump)
		printf("format      kdump-compressed, header version %d", f->about.version);
	else
		printf("format      ELF");
	if (info->flattened)
		printf(", flattened");
	if (f->kdump && f->about.split)
		printf(", split, %u file%s", f->about.parts, f->about.parts > 1 ? "s" : "");
	putchar('\n');
	if (f->kdump) {
		level_text(info->level, text, sizeof(text));
		printf("level       %u: %s\n", info->level, text);
	}
	if (info->erase_len)
		printf("erased      data was erased on purpose, %" PRIu64 " bytes of text tell which\n",
		       info->erase_len);
	if (why_not(f))
		printf("complete    no: %s\n", why_not(f));
	else
		printf("complete    %s\n", f->looked ? "yes" : "as far as the headers tell; --pages reads the pages");
}

static void print_kernel(const struct facts *f)
{
	const struct dump_info *info = &f->s->info;
	char buf[32];

	printf("kernel      %s %s %s\n", info->uts.release[0] ? info->uts.release : "of unknown release",
	       info->uts.machine[0] ? info->uts.machine : "unknown machine", info->uts.version);
	if (info->uts.nodename[0])
		printf("host        %s\n", info->uts.nodename);
	printf("cpus        %u\n", info->ncpu);
	if (when(buf, info->crash_time)[0])
		printf("crashed     %s\n", buf);
	if (f->uptime_us >= 0)
		printf("uptime      %" PRId64 ".%06" PRId64 " s at the last line of the log\n",
		       f->uptime_us / 1000000, f->uptime_us % 1000000);
	if (f->why_no_log[0])
		printf("log         %s\n", f->why_no_log);
	else
		printf("panic       %s\n", f->log.panic_line[0] ? f->log.panic_line : "the log does not tell why");
}

static void print_count(const char *what, uint64_t n, uint64_t size)
{
	char buf[32];

	if (n)
		printf("%-11s %" PRIu64 " pages, %s\n", what, n, str_size(buf, sizeof(buf), n * size));
}

static void print_pages(const struct facts *f)
{
	uint64_t size = f->s->info.page_size ? f->s->info.page_size : 4096, memory = f->existed * size;
	char a[32], b[32];

	print_count("memory", f->existed, size);
	print_count("kept", f->held, size);
	print_count("  zero", f->zero, size);
	print_count("left out", f->excluded, size);
	print_count("lost", f->lost, size);
	print_count("  damaged", f->damaged, size);
	print_count("elsewhere", f->away, size);
	if (f->away)
		printf("missing     the part of page frames %" PRIu64 " to %" PRIu64 "\n", f->about.gap_from,
		       f->about.gap_to - 1);
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		if (f->pages[i])
			printf("%-11s %" PRIu64 " pages, %s in %s\n", ways[i].name, f->pages[i],
			       str_size(a, sizeof(a), f->pages[i] * size), str_size(b, sizeof(b), f->bytes[i]));
	printf("size        %s", str_size(a, sizeof(a), f->stored));
	if (memory)
		printf(", %.1f %% of memory", 100.0 * (double)f->stored / (double)memory);
	putchar('\n');
}

static void put_json(const char *key, const char *value)
{
	char text[JSON_QUOTED(ERR_TEXT_MAX)];

	printf("\"%s\":%s,", key, json_quote(text, sizeof(text), value));
}

static void json_number(const char *key, uint64_t v)
{
	printf("\"%s\":%" PRIu64 ",", key, v);
}

static void json_flag(const char *key, bool v)
{
	printf("\"%s\":%s,", key, v ? "true" : "false");
}

static void json_kernel(const struct facts *f)
{
	const struct dump_info *info = &f->s->info;
	char buf[32];

	put_json("kernel", info->uts.release);
	put_json("version", info->uts.version);
	put_json("machine", info->uts.machine);
	put_json("host", info->uts.nodename);
	json_number("cpus", info->ncpu);
	put_json("crashed", when(buf, info->crash_time));
	if (f->uptime_us >= 0)
		printf("\"uptime\":%" PRId64 ".%06" PRId64 ",", f->uptime_us / 1000000, f->uptime_us % 1000000);
	put_json("panic", f->log.panic_line);
	put_json("log_error", f->why_no_log);
}

static void print_json(const struct facts *f)
{
	const struct dump_info *info = &f->s->info;
	const char *between = "";

	putchar('{');
	put_json("format", f->kdump ? "kdump-compressed" : "ELF");
	if (f->kdump) {
		json_number("header_version", (uint64_t)f->about.version);
		json_number("level", info->level);
		json_flag("split", f->about.split);
		json_number("files", f->about.parts);
	}
	json_flag("flattened", info->flattened);
	printf("\"complete\":%s,", why_not(f) ? "false" : f->looked ? "true"
								    : "null");
	put_json("incomplete_because", why_not(f) ? why_not(f) : "");
	json_flag("pages_read", f->looked);
	json_kernel(f);
	json_number("erased_text_bytes", info->erase_len);
	json_number("page_size", info->page_size);
	json_number("max_pfn", info->max_pfn);
	printf("\"pages\":{\"memory\":%" PRIu64 ",\"kept\":%" PRIu64 ",\"zero\":%" PRIu64 ",\"left_out\":%" PRIu64
	       ",\"lost\":%" PRIu64 ",\"elsewhere\":%" PRIu64 ",\"damaged\":%" PRIu64 "},\"codecs\":{",
	       f->existed, f->held, f->zero, f->excluded, f->lost, f->away, f->damaged);
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		if (f->pages[i]) {
			printf("%s\"%s\":{\"pages\":%" PRIu64 ",\"bytes\":%" PRIu64 "}", between, ways[i].name,
			       f->pages[i], f->bytes[i]);
			between = ",";
		}
	printf("},\"bytes\":%" PRIu64 "}\n", f->stored);
}

static int info_run(const char *const *path, unsigned n, bool json, bool all)
{
	struct facts *f = calloc(1, sizeof(*f));
	struct err e = { .text = "no memory" };
	int rc = f ? source_open(&f->s, path, n, &codec_unpack, &e) : -1;
	bool complete;

	if (rc == 0) {
		f->all = all;
		rc = gather(f, &e);
	}
	complete = rc == 0 && !why_not(f);
	if (rc < 0) {
		fprintf(stderr, "crashbox: %s\n", e.text);
	} else if (json) {
		print_json(f);
	} else {
		print_format(f);
		print_kernel(f);
		print_pages(f);
	}
	if (f && f->s)
		f->s->ops->free(f->s);
	free(f);
	return fflush(stdout) == 0 && complete ? EXIT_OK : EXIT_FAILED;
}

static int info_main(int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
						 { "pages", no_argument, NULL, 'p' },
						 { 0 } };
	bool json = false, all = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'j' && c != 'p')
			return applet_usage(&applet_info);
		json |= c == 'j';
		all |= c == 'p';
	}
	if (optind == argc)
		return applet_usage(&applet_info);
	return info_run((const char *const *)argv + optind, (unsigned)(argc - optind), json, all);
}

const struct applet applet_info = {
	.name = "info",
	.synopsis = "[--json] [--pages] FILE...",
	.help = "tell what is in a dump: kernel, time, panic, level, codecs, pages\n"
		"  FILE     an ELF vmcore or a kdump-compressed dump, plain or flattened; all parts of a\n"
		"           split one together\n"
		"  --json   as one JSON object\n"
		"  --pages  read every page, of large dumps too; else of those below 64 MiB\n"
		"Exit code: 0 complete, of a large dump as far as headers and descriptors tell, 1 incomplete or\n"
		"no dump\n",
	.main = info_main,
};
