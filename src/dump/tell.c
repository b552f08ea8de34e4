/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: what is going on and what came of it, in words.
 * The order of the report is the one that readers of makedumpfile's report know.
 */
#include "dump/tell.h"

#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PACE_MS 500 /* a speed over less time than this says nothing */

static const struct {
	const char *name, *key;
	unsigned dropped_by; /* level bits, one is enough */
	const char *left_out;
} class_of[PAGE_CLASSES] = {
	[PAGE_KERNEL] = { "kernel", "kernel", 0, "never" },
	[PAGE_SLAB] = { "slab", "slab", 0, "never" },
	[PAGE_TABLE] = { "page tables", "page_table", 0, "never" },
	[PAGE_MEMMAP] = { "struct pages", "memmap", 0, "never" },
	[PAGE_CACHE] = { "cache", "cache", LEVEL_CACHE | LEVEL_CACHE_PRIVATE, "-d 2 or -d 4" },
	[PAGE_CACHE_PRIVATE] = { "private cache", "cache_private", LEVEL_CACHE_PRIVATE, "-d 4" },
	[PAGE_USER] = { "user data", "user", LEVEL_USER, "-d 8" },
	[PAGE_HUGETLB] = { "user, hugetlb", "hugetlb", LEVEL_USER, "-d 8" },
	[PAGE_FREE] = { "free", "free", LEVEL_FREE, "-d 16" },
	[PAGE_UNACCEPTED] = { "unaccepted", "unaccepted", LEVEL_FREE, "-d 16" },
	[PAGE_OFFLINE] = { "offline", "offline", 0, "always" },
	[PAGE_HWPOISON] = { "hwpoison", "hwpoison", 0, "always" },
	[PAGE_UNKNOWN] = { "unknown", "unknown", 0, "never" },
};

struct text {
	char *buf;
	size_t n, used;
};

static void put(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (t->used >= t->n)
		return;
	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->used, t->n - t->used, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->used += (size_t)n;
}

const char *tell_class(enum page_class c)
{
	return class_of[c].name;
}

bool tell_class_dropped(enum page_class c, unsigned level)
{
	return c == PAGE_HWPOISON || c == PAGE_OFFLINE || (class_of[c].dropped_by & level);
}

struct tell_view tell_view(struct tell_pace *pace, const struct dump_progress *p, uint64_t page_size, int64_t now)
{
	struct tell_view v = { .stage = p->stage, .bytes = p->bytes, .left_s = -1, .done = p->done, .total = p->total };
	double part, ms, pages;

	/* Another stage, or the same one again for the next level of a list. */
	if (!pace->begun || pace->stage != p->stage || p->done < pace->from)
		*pace = (struct tell_pace){ .begun = true, .stage = p->stage, .since = now, .from = p->done };
	ms = (double)(now - pace->since);
	pages = (double)(p->done - pace->from);
	part = p->total ? (double)p->done / (double)p->total : 0;
	v.permille = part >= 1 ? 1000 : (unsigned)(part * 1000);
	if (ms < PACE_MS || pages <= 0)
		return v;
	v.rate = (uint64_t)(pages * (double)page_size * 1000 / ms);
	if (p->total >= p->done)
		v.left_s = (int64_t)((double)(p->total - p->done) / pages * ms / 1000 + 0.5);
	return v;
}

static const char *stage_name(enum dump_stage s)
{
	return s == DUMP_SCAN ? "looking at pages" : "copying pages";
}

char *tell_line(char *buf, size_t n, const struct tell_view *v)
{
	struct text t = { buf, n, 0 };
	char size[32];

	if (n)
		*buf = '\0';
	put(&t, "%-16s %3u.%u %%", stage_name(v->stage), v->permille / 10, v->permille % 10);
	if (v->rate)
		put(&t, ", %s/s", str_size(size, sizeof(size), v->rate));
	if (v->stage == DUMP_PAGES)
		put(&t, ", %s written", str_size(size, sizeof(size), v->bytes));
	if (v->left_s >= 0 && v->left_s < 100)
		put(&t, ", %d s left", (int)v->left_s);
	else if (v->left_s >= 0)
		put(&t, ", %lld min left", (long long)(v->left_s + 30) / 60);
	return buf;
}

char *tell_json(char *buf, size_t n, const struct tell_view *v)
{
	struct text t = { buf, n, 0 };

	if (n)
		*buf = '\0';
	put(&t, "{\"stage\":\"%s\",\"percent\":%u.%u,\"pages\":%llu,\"total\":%llu,\"bytes\":%llu",
	    v->stage == DUMP_SCAN ? "scan" : "pages", v->permille / 10, v->permille % 10, (unsigned long long)v->done,
	    (unsigned long long)v->total, (unsigned long long)v->bytes);
	put(&t, ",\"bytes_per_second\":%llu,\"seconds_left\":", (unsigned long long)v->rate);
	if (v->left_s < 0)
		put(&t, "null}");
	else
		put(&t, "%lld}", (long long)v->left_s);
	return buf;
}

static void put_pages(struct text *t, const char *what, uint64_t pages, uint64_t page_size)
{
	char size[32];

	put(t, "%-19s: %12llu pages, %s\n", what, (unsigned long long)pages,
	    str_size(size, sizeof(size), pages * page_size));
}

/* Pages of the source, as the filter counted them. */
static uint64_t all_pages(const struct dump_stat *st)
{
	uint64_t sum = st->lost;

	for (unsigned i = 0; i < PAGE_CLASSES; i++)
		sum += st->filter.pages[i];
	return sum;
}

static void put_classes(struct text *t, const struct dump_stat *st, uint64_t page_size, bool dropped)
{
	char name[32];

	for (unsigned i = 0; i < PAGE_CLASSES; i++) {
		if (tell_class_dropped((enum page_class)i, st->level) != dropped || !st->filter.pages[i])
			continue;
		snprintf(name, sizeof(name), "    %s", class_of[i].name);
		put_pages(t, name, st->filter.pages[i], page_size);
	}
}

static unsigned percent(uint64_t part, uint64_t whole)
{
	return whole ? (unsigned)((double)part / (double)whole * 100 + 0.5) : 0;
}

static void put_codecs(struct text *t, const struct dump_stat *st)
{
	char in[32], out[32];

	for (unsigned i = 0; i < st->ncodec; i++)
		put(t, "  %-17s: %12llu pages, %s into %s (%u %%)\n", st->codec[i].name,
		    (unsigned long long)st->codec[i].pages, str_size(in, sizeof(in), st->codec[i].in),
		    str_size(out, sizeof(out), st->codec[i].out), percent(st->codec[i].out, st->codec[i].in));
	if (st->switches)
		put(t, "  %-17s: %12u times\n", "codec changed", st->switches);
}

static void put_times(struct text *t, const struct dump_stat *st)
{
	put(t, "%-19s: %lld.%03lld s, of them looking at pages %lld.%03lld s\n", "Time", (long long)st->total_ms / 1000,
	    (long long)st->total_ms % 1000, (long long)st->scan_ms / 1000, (long long)st->scan_ms % 1000);
	put(t, "%-19s: %u; packing %lld ms, writing %lld ms over all of them\n", "Threads", st->threads,
	    (long long)st->pack_us / 1000, (long long)st->write_us / 1000);
	if (st->windows > 1)
		put(t, "%-19s: %llu windows, for want of memory\n", "Bitmap", (unsigned long long)st->windows);
}

char *tell_report(char *buf, size_t n, const struct dump_stat *st, uint64_t page_size)
{
	struct text t = { buf, n, 0 };
	uint64_t all = all_pages(st), kept = st->kept < all ? st->kept : all;
	char size[32];

	if (n)
		*buf = '\0';
	put_pages(&t, "Memory", all, page_size);
	put_pages(&t, "  Left out", all - kept, page_size);
	put_classes(&t, st, page_size, true);
	put_pages(&t, "  Kept", kept, page_size);
	if (st->zero)
		put_pages(&t, "    all zero", st->zero, page_size);
	put_classes(&t, st, page_size, false);
	put(&t, "%-19s: %12llu pages\n", "Holes", (unsigned long long)st->filter.holes);
	if (st->filter.unreadable || st->filter.distrusted)
		put(&t, "%-19s: %llu struct pages unreadable, %llu blocks of impossible size; their pages are kept\n",
		    "Not trusted", (unsigned long long)st->filter.unreadable,
		    (unsigned long long)st->filter.distrusted);
	if (st->unreadable)
		put_pages(&t, "Unreadable", st->unreadable, page_size);
	if (st->lost)
		put_pages(&t, "Lost in the input", st->lost, page_size);
	if (st->ncodec) {
		put_pages(&t, "Written", st->done, page_size);
		put_codecs(&t, st);
		put(&t, "%-19s: %s, %u %% of the memory\n", "File",
		    str_size(size, sizeof(size), st->file_size), percent(st->file_size, all * page_size));
	}
	put_times(&t, st);
	return buf;
}

static void put_json_pages(struct text *t, const struct dump_stat *st)
{
	put(t, ",\"pages\":{");
	for (unsigned i = 0; i < PAGE_CLASSES; i++)
		put(t, "%s\"%s\":%llu", i ? "," : "", class_of[i].key, (unsigned long long)st->filter.pages[i]);
	put(t, "},\"holes\":%llu,\"kept\":%llu,\"written\":%llu,\"zero\":%llu,\"unreadable\":%llu,\"lost\":%llu",
	    (unsigned long long)st->filter.holes, (unsigned long long)st->kept, (unsigned long long)st->done,
	    (unsigned long long)st->zero, (unsigned long long)st->unreadable, (unsigned long long)st->lost);
	put(t, ",\"struct_pages_unreadable\":%llu,\"blocks_distrusted\":%llu",
	    (unsigned long long)st->filter.unreadable,
	    (unsigned long long)st->filter.distrusted);
}

char *tell_report_json(char *buf, size_t n, const struct dump_stat *st, uint64_t page_size, const char *result)
{
	struct text t = { buf, n, 0 };

	if (n)
		*buf = '\0';
	put(&t, "{\"stage\":\"end\",\"result\":\"%s\",\"level\":%u,\"page_size\":%llu", result, st->level,
	    (unsigned long long)page_size);
	put_json_pages(&t, st);
	put(&t, ",\"codecs\":[");
	for (unsigned i = 0; i < st->ncodec; i++)
		put(&t, "%s{\"name\":\"%s\",\"pages\":%llu,\"in\":%llu,\"out\":%llu}", i ? "," : "", st->codec[i].name,
		    (unsigned long long)st->codec[i].pages, (unsigned long long)st->codec[i].in,
		    (unsigned long long)st->codec[i].out);
	put(&t, "],\"codec_changes\":%u,\"file_size\":%llu,\"bytes\":%llu", st->switches,
	    (unsigned long long)st->file_size, (unsigned long long)st->written);
	put(&t, ",\"threads\":%u,\"windows\":%llu,\"important_first\":%s", st->threads, (unsigned long long)st->windows,
	    st->important ? "true" : "false");
	put(&t, ",\"scan_ms\":%lld,\"total_ms\":%lld,\"pack_us\":%lld,\"write_us\":%lld}", (long long)st->scan_ms,
	    (long long)st->total_ms, (long long)st->pack_us, (long long)st->write_us);
	return buf;
}

char *tell_sentence_json(char *buf, size_t n, const char *stage, const char *text)
{
	struct text t = { buf, n, 0 };

	if (n)
		*buf = '\0';
	put(&t, "{\"stage\":\"%s\",\"text\":\"", stage);
	for (; *text; text++)
		put(&t, "%s%c", *text == '"' || *text == '\\' ? "\\" : "", *text >= ' ' && *text <= '~' ? *text : '?');
	put(&t, "\"}");
	return buf;
}

char *tell_usage(char *buf, size_t n, const struct dump_stat *st, uint64_t page_size)
{
	struct text t = { buf, n, 0 };
	char size[32];

	if (n)
		*buf = '\0';
	put(&t, "%-16s %14s %12s  %s\n", "KIND", "PAGES", "SIZE", "LEFT OUT BY");
	for (unsigned i = 0; i < PAGE_CLASSES; i++)
		put(&t, "%-16s %14llu %12s  %s\n", class_of[i].name, (unsigned long long)st->filter.pages[i],
		    str_size(size, sizeof(size), st->filter.pages[i] * page_size), class_of[i].left_out);
	put(&t, "%-16s %14llu %12s  -d 1, of those that -d 30 keeps\n", "zero", (unsigned long long)st->zero,
	    str_size(size, sizeof(size), st->zero * page_size));
	put(&t, "%-16s %14llu %12s\n", "all", (unsigned long long)all_pages(st),
	    str_size(size, sizeof(size), all_pages(st) * page_size));
	return buf;
}

char *tell_input(char *buf, size_t n, const struct dump_info *info)
{
	struct text t = { buf, n, 0 };

	put(&t, "the input is incomplete: %s", info->why ? info->why : "");
	if (info->lost)
		put(&t, ", %llu pages are lost", (unsigned long long)info->lost);
	put(&t, "; the output will say the same");
	return buf;
}

char *tell_lost(char *buf, size_t n, const char *name, const struct dump_stat *st)
{
	struct text t = { buf, n, 0 };

	put(&t, "%s is incomplete: ", name);
	if (st->unreadable)
		put(&t, "%llu pages of the input cannot be read, ", (unsigned long long)st->unreadable);
	put(&t, "%llu pages in all are lost in it; it opens and has all others",
	    (unsigned long long)st->lost + st->unreadable);
	return buf;
}

char *tell_broken(char *buf, size_t n, const char *name, const struct dump_stat *st, const char *why)
{
	const char *base = strrchr(name, '/'), *colon = ": ";
	struct text t = { buf, n, 0 };

	/* The sentence may name the file itself. */
	if (strstr(why, base ? base + 1 : name))
		name = colon = "";
	put(&t, "%s%s%s", name, colon, why);
	if (st->done)
		put(&t, "; the file is incomplete: it opens and has %llu of %llu pages",
		    (unsigned long long)(st->done - st->lost - st->unreadable), (unsigned long long)st->kept);
	return buf;
}

char *tell_pieces(char *buf, size_t n, const char *name, uint64_t lost, const char *why)
{
	struct text t = { buf, n, 0 };

	put(&t, "%s is incomplete, as its pieces are: %llu pages are lost in it", name, (unsigned long long)lost);
	if (why[0])
		put(&t, "; %s", why);
	return buf;
}
