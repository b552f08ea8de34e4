/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/oracle: judges dumps of one memory page by page, through readers of its own.
 * Promise: exit 0 when everything asked for holds, 1 when something does not (and says what), 2 when it cannot tell.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dump.h"

enum { KINDS = 64,
       SHOWN = 4,
       RULES = 64 };

static const char usage[] =
	"usage: pages info DUMP             what is in it\n"
	"       pages verify FULL DUMP      every page kept decodes and is the page of FULL, which may\n"
	"                                   be the memory of the machine as QEMU wrote it\n"
	"       pages bytes FULL DUMP       the same, whatever the headers say\n"
	"       pages set DUMP FILE         the kept set alone, to stand for the dump in compare\n"
	"       pages compare FULL THEIRS OURS [RULES]   the kept sets; differences that no rule explains fail\n"
	"       pages cover FULL SET ELF    the pages of SET that are not zero are in ELF, which may hold more\n"
	"       pages must FULL DUMP [SOURCE]   page tables, log and text of the kernel are kept, but for pages\n"
	"                                   that are poisoned in SOURCE, a damaged copy of FULL\n"
	"       pages kinds FULL DUMP       kept and dropped by kind of page\n"
	"  DUMP: kdump-compressed, ELF or flattened; files of a split dump with commas between\n";

static const char *const codec_name[CODECS] = { "stored", "zlib", "LZO", "snappy", "zstd" };

/* What is known of a difference: who keeps the page, and why that is right. */
struct rule {
	char who[16], kind[32], key[64], reason[300];
	uint32_t bits; /* levels that have any of them; 0: every level */
};

struct tally {
	const char *who, *kind;
	const struct rule *rule;
	uint64_t count, pfn[SHOWN];
};

struct differences {
	struct rule rule[RULES];
	unsigned nrules;
	struct tally tally[KINDS];
	unsigned ntallies;
};

static const uint8_t zero_page[PAGE];

static uint64_t count_bits(const uint8_t *map, uint64_t n)
{
	uint64_t c = 0;

	for (uint64_t i = 0; i < n; i++)
		c += bit(map, i);
	return c;
}

static int cmd_info(char **av)
{
	static struct dump d;
	uint64_t broken = 0, zero = 0, codec[CODECS] = { 0 };
	uint8_t page[PAGE];

	dump_open(&d, av[0]);
	for (uint64_t p = 0; p < d.npages; p++) {
		const char *why;
		int how;

		if (!bit(d.kept, p) || bit(d.lost, p))
			continue;
		why = dump_page(&d, p, page, &how);
		if (why && broken++ < SHOWN)
			printf("page %#llx: %s\n", (unsigned long long)p, why);
		if (why)
			continue;
		codec[how]++;
		zero += !memcmp(page, zero_page, PAGE);
	}
	printf("format %s%s%s\n", d.view[0].flat ? "flattened " : "", d.elf ? "ELF" : "kdump", d.split ? " split" : "");
	printf("release %s machine %s level %u status %#x cpus %u crashtime %llu phys_base %#llx\n", d.release,
	       d.machine, d.level, d.status, d.nr_cpus, (unsigned long long)d.timestamp,
	       (unsigned long long)d.phys_base);
	printf("pages %llu exist %llu kept %llu lost %llu zero %llu broken %llu\n", (unsigned long long)d.npages,
	       (unsigned long long)count_bits(d.exists, d.npages), (unsigned long long)count_bits(d.kept, d.npages),
	       (unsigned long long)count_bits(d.lost, d.npages), (unsigned long long)zero, (unsigned long long)broken);
	for (int i = 0; i < CODECS; i++)
		printf("%s%s %llu", i ? " " : "", codec_name[i], (unsigned long long)codec[i]);
	printf("\n%s, overlaps %u%s\n", d.incomplete ? "incomplete" : "complete", d.view[0].overlaps,
	       d.view[0].cut ? ", no end mark" : "");
	return broken || d.view[0].overlaps || (count_bits(d.lost, d.npages) && !d.incomplete);
}

/* The notes of the source, or the first of them, and behind all of them none but crashbox's own. */
static bool notes_are_of(const struct dump *full, const struct dump *d)
{
	size_t both = d->note_size < full->note_size ? d->note_size : full->note_size;

	if (memcmp(d->note, full->note, both))
		return false;
	return d->note_size <= full->note_size ||
	       (d->note_size - both > 20 && !memcmp(d->note + both + 12, "CRASHBOX", 8));
}

/* What a dump repeats of its source besides pages. */
static int verify_head(const struct dump *full, const struct dump *d)
{
	int bad = 0;
	uint64_t phys;

	if (!d->info || d->info_size != full->info_size || memcmp(d->info, full->info, d->info_size))
		bad += printf("vmcoreinfo is not that of the source\n") > 0;
	if (!notes_are_of(full, d))
		bad += printf("the notes are not those of the source\n") > 0;
	if (d->elf)
		return bad;
	if (strcmp(d->machine, "x86_64"))
		bad += printf("machine \"%s\"\n", d->machine) > 0;
	if (!memmem(full->info, full->info_size, d->release, strlen(d->release)) || !d->release[0])
		bad += printf("release \"%s\" is not in vmcoreinfo\n", d->release) > 0;
	if (dump_info(full, "NUMBER(phys_base)", 10, &phys) && phys != d->phys_base)
		bad += printf("phys_base %#llx\n", (unsigned long long)d->phys_base) > 0;
	if (!d->nr_cpus)
		bad += printf("no CPU\n") > 0;
	return bad;
}

/* A machine's memory, seen from outside, has not what the first kernel had in the low 640 KiB: kexec moved it away. */
static bool low_memory(const struct dump *full, const struct dump *d, uint64_t pfn)
{
	return !full->info && d->info && pfn < 0xa0;
}

static uint64_t verify_pages(const struct dump *full, const struct dump *d, uint64_t *codec)
{
	uint8_t page[PAGE], want[PAGE];
	uint64_t bad = 0;
	int how = 0;

	for (uint64_t p = 0; p < d->npages; p++) {
		const char *why;

		if (!bit(d->kept, p) || low_memory(full, d, p) || (bit(d->lost, p) && d->incomplete))
			continue;
		why = dump_page(d, p, page, &how);
		codec[how]++;
		if (!why && d->elf && dump_partial(d, p) && !dump_partial(full, p))
			why = "only a part of it is there";
		if (!why && dump_page(full, p, want, NULL))
			why = "the source does not have it";
		if (!why && memcmp(page, want, PAGE))
			why = "other bytes than in the source";
		if (why && bad++ < SHOWN)
			printf("page %#llx: %s\n", (unsigned long long)p, why);
	}
	return bad;
}

static int verify(char **av, bool heads)
{
	static struct dump full, d;
	uint64_t bad, kept, lost, codec[CODECS] = { 0 };
	int head;

	dump_open(&full, av[0]);
	dump_open(&d, av[1]);
	head = heads && full.info ? verify_head(&full, &d) : 0;
	bad = verify_pages(&full, &d, codec);
	kept = count_bits(d.kept, d.npages);
	lost = count_bits(d.lost, d.npages);
	for (unsigned i = 0; i < d.nparts + d.elf; i++)
		if (d.view[i].overlaps)
			head += printf("%u flattened records overlap\n", d.view[i].overlaps) > 0;
	if (head || bad || !kept) {
		printf("%s: %d of the headers and %llu of %llu pages are wrong\n", av[1], head, (unsigned long long)bad,
		       (unsigned long long)kept);
		return 1;
	}
	printf("%llu pages equal, %llu lost, %s:", (unsigned long long)(kept - lost), (unsigned long long)lost,
	       d.incomplete ? "incomplete" : "complete");
	for (int i = 0; i < CODECS; i++)
		printf(" %s %llu", codec_name[i], (unsigned long long)codec[i]);
	putchar('\n');
	return 0;
}

static int cmd_verify(char **av)
{
	return verify(av, true);
}

static int cmd_bytes(char **av)
{
	return verify(av, false);
}

static int cmd_set(char **av)
{
	static struct dump d;
	uint64_t head[3];
	FILE *f;

	dump_open(&d, av[0]);
	f = fopen(av[1], "we");
	memcpy(head, "PAGESET1", 8);
	head[1] = d.npages;
	head[2] = d.level;
	if (!f || fwrite(head, sizeof(head), 1, f) != 1 || fwrite(d.exists, d.npages / 8 + 8, 1, f) != 1 ||
	    fwrite(d.kept, d.npages / 8 + 8, 1, f) != 1 || fclose(f))
		die("%s: %s", av[1], strerror(errno));
	return 0;
}

/* A line: WHO KIND LEVELS KEY REASON, see differences.txt. */
static void read_rules(struct differences *diff, const struct dump *full, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[500];
	uint64_t value;

	if (!f)
		die("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		struct rule *r = &diff->rule[diff->nrules];
		char bits[16];

		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (diff->nrules == RULES ||
		    sscanf(line, "%15s %31s %15s %63s %299[^\n]", r->who, r->kind, bits, r->key, r->reason) != 5)
			die("%s: not a rule: %s", path, line);
		r->bits = bits[0] == '*' ? 0 : (uint32_t)strtoul(bits, NULL, 0);
		if (r->key[0] == '*' || dump_info(full, r->key, 0, &value))
			diff->nrules++;
	}
	fclose(f);
}

static const struct rule *find_rule(const struct differences *diff, const char *who, const char *kind, uint32_t level)
{
	for (unsigned i = 0; i < diff->nrules; i++) {
		const struct rule *r = &diff->rule[i];

		if (!strcmp(r->who, who) && !strcmp(r->kind, kind) && (!r->bits || r->bits & level))
			return r;
	}
	return NULL;
}

static void note_difference(struct differences *diff, const char *who, const char *kind, uint64_t pfn, uint32_t level)
{
	struct tally *t = diff->tally;

	while (t < diff->tally + diff->ntallies && (strcmp(t->who, who) || strcmp(t->kind, kind)))
		t++;
	if (t == diff->tally + KINDS)
		die("more than %d kinds of differences", KINDS);
	if (t == diff->tally + diff->ntallies) {
		diff->ntallies++;
		*t = (struct tally){ who, kind, find_rule(diff, who, kind, level), 0, { 0 } };
	}
	if (t->count < SHOWN)
		t->pfn[t->count] = pfn;
	t->count++;
}

static int tell_differences(const struct differences *diff, const struct dump *full)
{
	int unexplained = 0;

	for (unsigned i = 0; i < diff->ntallies; i++) {
		const struct tally *t = &diff->tally[i];

		printf("%s %s %llu pages: %s\n", t->who, t->kind, (unsigned long long)t->count,
		       t->rule ? t->rule->reason : "UNEXPLAINED");
		unexplained += !t->rule;
		for (uint64_t n = 0; n < SHOWN && n < t->count; n++) {
			struct words w;

			words_get(full, t->pfn[n], &w);
			printf("    pfn %#llx flags %#llx refcount %d mapcount %#x mapping %#llx private %#llx "
			       "head %#llx\n",
			       (unsigned long long)t->pfn[n], (unsigned long long)w.flags, (int)w.refcount, w.mapcount,
			       (unsigned long long)w.mapping, (unsigned long long)w.private,
			       (unsigned long long)w.head);
		}
	}
	return unexplained;
}

static int cmd_compare(char **av)
{
	static struct dump full, theirs, ours;
	static struct differences diff;
	uint64_t last;
	int bad;

	dump_open(&full, av[0]);
	if (!words_open(&full))
		die("%s: cannot find its memory map", av[0]);
	dump_open(&theirs, av[1]);
	dump_open(&ours, av[2]);
	if (av[3])
		read_rules(&diff, &full, av[3]);
	last = theirs.npages < ours.npages ? theirs.npages : ours.npages;
	for (uint64_t p = 0; p < last; p++) {
		struct words w;

		if (bit(theirs.kept, p) == bit(ours.kept, p) && bit(theirs.exists, p) == bit(ours.exists, p))
			continue;
		words_get(&full, p, &w);
		if (bit(theirs.kept, p) != bit(ours.kept, p))
			note_difference(&diff, bit(ours.kept, p) ? "ours" : "theirs", w.kind, p, ours.level);
		if (bit(theirs.exists, p) != bit(ours.exists, p))
			note_difference(&diff, bit(ours.exists, p) ? "exists-ours" : "exists-theirs", w.kind, p,
					ours.level);
	}
	bad = tell_differences(&diff, &full);
	if (theirs.npages != ours.npages)
		bad += printf("%llu pages, they have %llu\n", (unsigned long long)ours.npages,
			      (unsigned long long)theirs.npages) > 0;
	if (theirs.level != ours.level)
		bad += printf("level %u, theirs is %u\n", ours.level, theirs.level) > 0;
	if (!bad)
		printf("level %u: %llu pages kept by both, %u kinds of explained differences\n", ours.level,
		       (unsigned long long)count_bits(ours.kept, last), diff.ntallies);
	return bad != 0;
}

static int cmd_cover(char **av)
{
	static struct dump full, set, elf;
	uint64_t missing = 0, more = 0;
	uint8_t page[PAGE];

	dump_open(&full, av[0]);
	dump_open(&set, av[1]);
	dump_open(&elf, av[2]);
	for (uint64_t p = 0; p < full.npages; p++) {
		bool wanted = p < set.npages && bit(set.kept, p), there = p < elf.npages && bit(elf.kept, p);

		more += there && !wanted;
		if (!wanted || there || dump_page(&full, p, page, NULL))
			continue;
		if ((!(set.level & 1) || memcmp(page, zero_page, PAGE)) && missing++ < SHOWN)
			printf("page %#llx is missing\n", (unsigned long long)p);
	}
	printf("level %u: %llu pages missing, %llu more than asked for\n", set.level, (unsigned long long)missing,
	       (unsigned long long)more);
	return missing != 0;
}

static int cmd_must(char **av)
{
	static struct dump full, d, source;
	uint64_t missing = 0, count = 0;
	struct words w;
	uint8_t *map;

	dump_open(&full, av[0]);
	if (!words_open(&full))
		die("%s: cannot find its memory map", av[0]);
	dump_open(&d, av[1]);
	map = calloc(1, full.npages / 8 + 8);
	if (!map)
		die("no memory");
	words_must(&full, map);
	if (av[2])
		dump_open(&source, av[2]);
	for (uint64_t p = 0; p < full.npages; p++) {
		if (!bit(map, p) || (av[2] && words_poisoned(&full, &source, p)))
			continue;
		count++;
		words_get(&full, p, &w);
		if ((p >= d.npages || !bit(d.kept, p)) && missing++ < SHOWN)
			printf("page %#llx, %s, was dropped\n", (unsigned long long)p, w.kind);
	}
	printf("%llu of %llu pages that must be kept were dropped\n", (unsigned long long)missing,
	       (unsigned long long)count);
	return missing || count < 1000;
}

static int cmd_kinds(char **av)
{
	static struct dump full, d;
	static struct differences diff;

	dump_open(&full, av[0]);
	if (!words_open(&full))
		die("%s: cannot find its memory map", av[0]);
	dump_open(&d, av[1]);
	for (uint64_t p = 0; p < d.npages; p++) {
		struct words w;

		if (!bit(d.exists, p))
			continue;
		words_get(&full, p, &w);
		note_difference(&diff, bit(d.kept, p) ? "kept" : "dropped", w.kind, p, d.level);
	}
	for (unsigned i = 0; i < diff.ntallies; i++)
		printf("%s %s %llu\n", diff.tally[i].who, diff.tally[i].kind, (unsigned long long)diff.tally[i].count);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int least, most;
		int (*run)(char **av);
	} commands[] = {
		{ "info", 1, 1, cmd_info },
		{ "verify", 2, 2, cmd_verify },
		{ "bytes", 2, 2, cmd_bytes },
		{ "set", 2, 2, cmd_set },
		{ "compare", 3, 4, cmd_compare },
		{ "cover", 3, 3, cmd_cover },
		{ "must", 2, 3, cmd_must },
		{ "kinds", 2, 2, cmd_kinds },
	};

	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(argv[1], commands[i].name) && argc - 2 >= commands[i].least && argc - 2 <= commands[i].most)
			return commands[i].run(argv + 2);
	fputs(usage, stderr);
	return 2;
}
