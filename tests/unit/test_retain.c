/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: which old dumps stay and which go.
 * A list of dumps is written as words, newest first; the verdicts come back as a word: k kept, t thinned, r removed.
 */
#include "check.h"

#include "conf/settings.h"
#include "dump/dump_names.h"
#include "dump/retain.h"

#include <errno.h>
#include <stdlib.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW 1700000000

/*
 * Dumps from newest to oldest, a word each: hours ago, then 'w' called whole, 'p' proven to be whole, 'i' incomplete,
 * 'l' log only, 'c' being written. Each takes 100 bytes, 90 of them its vmcore. The verdicts, newest first, in a static
 * buffer.
 */
static const char *choose(const char *list, const struct retain_rules *r, uint64_t free_bytes, uint64_t need)
{
	static char got[2100];
	static struct retain_dump d[2048];
	const struct retain_now at = { NOW, free_bytes, need };
	unsigned n = 0;
	char *end;

	for (const char *s = list; *s; s = *end ? end + 1 : end) {
		double hours = strtod(s, &end);

		memset(&d[n], 0, sizeof(d[n]));
		snprintf(d[n].name, sizeof(d[n].name), "%u", n);
		d[n].when = NOW - (int64_t)(hours * 3600);
		d[n].whole = *end == 'w' || *end == 'p';
		d[n].proven = *end == 'p';
		d[n].current = *end == 'c';
		d[n].bytes = 100;
		d[n].core_bytes = *end == 'l' ? 0 : 90;
		n++;
		end++;
	}
	retain_choose(d, n, r, &at);
	for (unsigned i = 0; i < n; i++)
		got[i] = "ktr"[d[i].verdict];
	got[n] = '\0';
	return got;
}

/* What is free, what a dump will need, and the verdicts that must come back. */
struct verdict {
	const char *list;
	uint64_t free_bytes, need;
	const char *want;
};

static void expect(const struct retain_rules *r, const struct verdict *v)
{
	for (; v->list; v++)
		CHECK_STR(choose(v->list, r, v->free_bytes, v->need), v->want);
}

static void check_number(void)
{
	const struct retain_rules none = { 0 }, one = { .keep = 1 }, two = { .keep = 2 };
	static const struct verdict of_none[] = { { "1w 2w 3w 4w", 0, 0, "kkkk" }, { 0 } };
	static const struct verdict of_one[] = {
		{ "1w", 0, 0, "k" },
		/* The newest whole one stays whatever is newer. */
		{ "1i 2i 3w 4w", 0, 0, "kkkr" },
		{ "1c 2w", 0, 0, "kk" },
		/* What is only called whole does not cost the newest that is. */
		{ "1w 2w 3p 4w", 0, 0, "krkr" },
		{ "1i 2w 3p 4w", 0, 0, "kkkr" },
		{ 0 },
	};
	static const struct verdict of_two[] = {
		{ "", 0, 0, "" },
		{ "1w 2w 3w 4w", 0, 0, "kkrr" },
		/* Incomplete dumps do not count, and go with the whole ones around them. */
		{ "1i 2w 3i 4w 5i 6w", 0, 0, "kkkkrr" },
		/* The one being written counts, wherever its clock puts it. */
		{ "9c 1w 2w 3w", 0, 0, "kkrr" },
		{ 0 },
	};

	expect(&none, of_none);
	expect(&one, of_one);
	expect(&two, of_two);
}

static void check_age(void)
{
	const struct retain_rules day = { .days = 1 };
	static const struct verdict of_day[] = {
		{ "1w 23w 25w 1000i", 0, 0, "kkrr" },
		{ "100w 200w", 0, 0, "kr" },
		{ "100i 200w 300w", 0, 0, "kkr" },
		{ 0 },
	};

	expect(&day, of_day);
}

static void check_room(void)
{
	const struct retain_rules floor = { .free_bytes = 250 };
	static const struct verdict of_floor[] = {
		{ "1w 20w 30w 40w", 250, 0, "kkkk" },
		{ "1w 20w 30w 40w", 249, 0, "kkkr" },
		{ "1w 20w 30w 40w", 49, 0, "krrr" },
		{ "1w 20w 30w 40w", 0, 0, "krrr" },
		{ "1i 20i 30w 40w", 0, 0, "krkr" },
		{ 0 },
	};

	expect(&floor, of_floor);
}

/* Before a dump: only what a rule would take, and only as far as it helps. */
static void check_before(void)
{
	const struct retain_rules none = { 0 }, two = { .keep = 2 }, floor = { .free_bytes = 50 };
	static const struct verdict of_none[] = { { "1w 20w 30w 40w", 0, 500, "kkkk" }, { 0 } };
	static const struct verdict of_two[] = {
		{ "1w 20w 30w 40w", 500, 500, "kkkk" },
		{ "1w 20w 30w 40w", 450, 500, "kkkr" },
		{ "1w 20w 30w 40w", 0, 500, "krrr" },
		{ "1c 20w 30w 40w", 0, 500, "kkrr" },
		{ 0 },
	};
	static const struct verdict of_floor[] = {
		{ "1w 20w 30w 40w", 250, 300, "kkkr" },
		{ "1w 20w 30w 40w", 300, 300, "kkkk" },
		{ 0 },
	};

	expect(&none, of_none);
	expect(&two, of_two);
	expect(&floor, of_floor);
}

static void check_loop(void)
{
	const struct retain_rules loop = { .loop_min = 15 };
	static const struct verdict of_loop[] = {
		{ "1w 1.1w 1.2w", 0, 0, "kkk" },
		{ "1w 1.1w 1.2w 1.3w", 0, 0, "kttk" },
		{ "1w 1.1l 1.2i 1.3w 90w", 0, 0, "kktkk" },
		{ "1w 1.1w 1.2w 2w 2.1w 2.2w", 0, 0, "kkkkkk" },
		/* One that is incomplete at the head: the newest whole one is the last of the loop. */
		{ "1i 1.1w 1.2w 1.3w 1.4w", 0, 0, "kkttk" },
		{ 0 },
	};
	char many[2000] = "", want[300];
	size_t used = 0;

	expect(&loop, of_loop);
	for (unsigned i = 0; i < 100; i++)
		used += (size_t)snprintf(many + used, sizeof(many) - used, "%.1fw ", 1 + 0.1 * i);
	memset(want, 'r', 100);
	memset(want, 't', RETAIN_LOGS + 1);
	want[0] = want[99] = 'k';
	want[100] = '\0';
	CHECK_STR(choose(many, &loop, 0, 0), want);
}

static void check_names(void)
{
	int64_t a, b;
	const struct dump_name *row;
	bool packed;

	setenv("TZ", "UTC", 1);
	CHECK_INT(retain_time("127.0.0.1-2024-02-29-23:59:58", &a), 0);
	CHECK_INT(a, 1709251198);
	CHECK_INT(retain_time("127.0.0.1-2024-02-29-23-59-58.12", &b), 0);
	CHECK_INT(a, b);
	CHECK_INT(retain_time("10.0.0.1-2024-02-29-23:59:58", &b), -EINVAL);
	CHECK_INT(retain_time("127.0.0.1-2024-02-29-23:59:58-keep", &b), -EINVAL);
	CHECK_INT(retain_time("127.0.0.1-2024-02-29-23:59:5", &b), -EINVAL);
	CHECK_INT(retain_time("127.0.0.1-2024-02-29-23:59:58.", &b), -EINVAL);
	CHECK_INT(retain_time("127.0.0.1-", &b), -EINVAL);
	CHECK_INT(retain_time("kdump-test-1", &b), -EINVAL);
	CHECK_INT(retain_time("127.0.0.1-2024-13-29-23:59:58", &b), -EINVAL);
	CHECK_INT(retain_foreign_time("202402292359", &b), 0);
	CHECK_INT(b, 1709251140);
	CHECK_INT(retain_foreign_time("2024-02-29-23:59", &b), 0);
	CHECK_INT(b, 1709251140);
	CHECK_INT(retain_foreign_time("2024-02-29-23:59:58", &b), 0);
	CHECK_INT(b, a);
	CHECK_INT(retain_foreign_time("20240229235", &b), -EINVAL);
	CHECK_INT(retain_foreign_time("202402302460", &b), -EINVAL);
	CHECK_INT(retain_foreign_time("host-202402292359", &b), -EINVAL);
	CHECK_INT(retain_foreign_time("2024-02-29", &b), -EINVAL);
	CHECK((row = dump_name_find("vmcore", NULL)) && row->part == PART_CORE && !row->stamped);
	CHECK((row = dump_name_find("vmcore-incomplete", NULL)) && row->part == PART_CUT);
	CHECK((row = dump_name_find("kexec-dmesg.log", NULL)) && row->part == PART_OTHER);
	CHECK((row = dump_name_find("dump.202402292359", &packed)) && row->part == PART_CORE && !packed);
	CHECK(row && strcmp(dump_name_stamp(row, "dump.202402292359"), "202402292359") == 0);
	CHECK((row = dump_name_find("dump.202402292359.lz4", &packed)) && row->writers == WRITER_FOREIGN && packed);
	CHECK((row = dump_name_find("vmcore.202402292359", &packed)) && row->part == PART_CORE && row->stamped);
	CHECK((row = dump_name_find("dump-incomplete.gz", &packed)) && row->part == PART_CUT && packed);
	CHECK((row = dump_name_find("dmesg.202402292359", NULL)) && row->part == PART_LOG);
	CHECK(!dump_name_find("notes", NULL));
	CHECK(!dump_name_find("dump", NULL));
	CHECK(!dump_name_find("dump.2024", NULL));
	CHECK(!dump_name_find("dmesg.202402292359.gz", NULL));
	CHECK(!dump_name_find("vmcore.flat.gz", NULL));
}

/* ---- settings ---- */

static char heard[400];

static void hear(void *arg, enum conf_severity s, unsigned line, const char *text)
{
	(void)arg;
	snprintf(heard, sizeof(heard), "%d:%u: %s", s, line, text);
}

static struct retain_rules rules(const char *text)
{
	const struct conf_sayer who = { .say = hear };
	struct retain_rules r, again;
	struct err e = { 0 };
	char buf[SETTINGS_TEXT_MAX];

	heard[0] = '\0';
	settings_default(&r);
	CHECK_INT(settings_parse(&r, text, strlen(text), &who, &e), 0);
	settings_default(&again);
	settings_text(&r, buf);
	CHECK_INT(settings_parse(&again, buf, strlen(buf), NULL, &e), 0);
	CHECK(r.keep == again.keep && r.days == again.days && r.free_bytes == again.free_bytes);
	CHECK(r.loop_min == again.loop_min && r.foreign == again.foreign);
	return r;
}

static void check_settings(void)
{
	static const struct {
		const char *text;
		struct retain_rules want; /* without the guard against loops, which stays as it is by default */
	} fine[] = {
		{ "", { 0 } },
		{ "KDUMP_KEEP_OLD_DUMPS=5\n", { .keep = 6 } },
		{ "KDUMP_KEEP_OLD_DUMPS=-1\n", { .keep = 1 } },
		{ "KDUMP_KEEP_OLD_DUMPS=0\n", { 0 } },
		{ "KDUMP_NUM_DUMPS=\"3\"\n", { .keep = 3 } },
		{ "KDUMP_NUM_DUMPS=3\nKDUMP_KEEP_OLD_DUMPS=1\n", { .keep = 3 } },
		{ "KDUMP_NUM_DUMPS=3\nKDUMP_KEEP_OLD_DUMPS=0\n", { 0 } },
		{ "KDUMP_KEEP_DAYS=30\n", { .days = 30 } },
		{ "KDUMP_FREE_DISK_SIZE=64\n", { .free_bytes = 64 << 20 } },
		{ "KDUMP_FREE_DISK_SIZE=64M\n", { .free_bytes = 64 << 20 } },
	};

	for (unsigned i = 0; i < sizeof(fine) / sizeof(*fine); i++) {
		const struct retain_rules r = rules(fine[i].text);

		CHECK_INT(r.keep, fine[i].want.keep);
		CHECK_INT(r.days, fine[i].want.days);
		CHECK_INT(r.free_bytes, fine[i].want.free_bytes);
		CHECK_INT(r.loop_min, RETAIN_LOOP_MIN);
		CHECK_STR(heard, "");
	}
	CHECK_INT(rules("KDUMP_BOOT_LOOP_MINUTES=0\n").loop_min, 0);
	CHECK_STR(heard, "");
	CHECK_INT(rules("\nKDUMP_NUM_DUMPS=few\n").keep, 0);
	CHECK_STR(heard, "1:2: KDUMP_NUM_DUMPS 'few': expected a number; no dump is deleted for it");
	CHECK_INT(rules("KDUMP_FREE_DISK_SIZE=1G\n").free_bytes, 0);
	CHECK(strstr(heard, "MiB"));
	CHECK_INT(rules("KDUMP_KEEP_DAYS=-3\n").days, 0);
	CHECK_INT(rules("KDUMP_NUM_DUMPS=$(rm x)\n").keep, 0);
	CHECK_STR(heard, "1:1: KDUMP_NUM_DUMPS: an expansion that only a shell can make; the line is passed over: "
			 "no dump is deleted for it");
	CHECK_INT(rules("KDUMP_KEEP_DAYS=3\nif a; then\nKDUMP_NUM_DUMPS=1\nfi\n").keep, 0);
	CHECK_STR(heard, "1:2: not an assignment but an if block: only a shell can tell what holds; lines 2 to 4 are "
			 "passed over, with what they assign: no dump is deleted for it");
	rules("KDUMP_CMDLINE=$(rm x)\n"); /* no rule: others speak of it */
	CHECK_STR(heard, "");
	CHECK(rules("KDUMP_RETAIN_FOREIGN=yes\n").foreign);
	CHECK(!rules("KDUMP_RETAIN_FOREIGN=No\n").foreign);
	CHECK_STR(heard, "");
	CHECK(!rules("KDUMP_RETAIN_FOREIGN=maybe\n").foreign);
	CHECK_STR(heard, "1:1: KDUMP_RETAIN_FOREIGN 'maybe': expected yes or no; no dump is deleted for it");
}

/* ---- a real directory ---- */

static void make(const char *base, const char *dir, const char *files)
{
	char path[600], list[200], *cursor = list, *word;

	snprintf(path, sizeof(path), "%s/%s", base, dir);
	CHECK_INT(mkdir(path, 0755), 0);
	snprintf(list, sizeof(list), "%s", files);
	while ((word = strsep(&cursor, " "))) {
		int fd;

		snprintf(path, sizeof(path), "%s/%s/%s", base, dir, word);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		CHECK(fd >= 0 && write(fd, "dump", 4) == 4);
		close(fd);
	}
}

static int there(const char *base, const char *name)
{
	char path[600];
	struct stat s;

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return lstat(path, &s) == 0;
}

#define D "127.0.0.1-2024-01-"

static void fill(const char *base)
{
	char path[600];

	make(base, D "01-00:00:00", "vmcore vmcore-dmesg.txt kexec-dmesg.log crashbox-report.json");
	make(base, D "02-00:00:00", "vmcore vmcore-dmesg.txt notes-of-joe");
	make(base, D "03-00:00:00.1", "vmcore.flat vmcore-dmesg.txt");
	make(base, D "04-00:00:00", "vmcore-incomplete");
	make(base, D "05-00:00:00", "vmcore");
	make(base, D "06-00:00:00", "vmcore-dmesg.txt");
	make(base, "192.0.2.1-2024-01-01-00:00:00", "vmcore");
	make(base, "elsewhere", "vmcore");
	make(base, D "07-00:00:00", "vmcore-dmesg.txt");
	snprintf(path, sizeof(path), "%s/%s", base, D "07-00:00:00/vmcore");
	CHECK_INT(symlink("../elsewhere/vmcore", path), 0);
	snprintf(path, sizeof(path), "%s/%s", base, D "08-00:00:00");
	CHECK_INT(symlink("elsewhere", path), 0);
}

static void check_stays(const char *base)
{
	CHECK(there(base, D "02-00:00:00/vmcore"));
	CHECK(there(base, D "02-00:00:00/notes-of-joe"));
	CHECK(there(base, D "05-00:00:00/vmcore"));
	CHECK(there(base, D "06-00:00:00/vmcore-dmesg.txt"));
	CHECK(there(base, "192.0.2.1-2024-01-01-00:00:00/vmcore"));
	CHECK(there(base, "elsewhere/vmcore"));
	CHECK(there(base, D "07-00:00:00/vmcore"));
	CHECK(there(base, D "08-00:00:00"));
}

static void check_dir(void)
{
	const struct retain_rules one = { .keep = 1 };
	struct retain_ask ask = { .dry = true };
	struct retain_done done;
	struct err e = { 0 };
	char base[] = "/tmp/crashbox-retain-XXXXXX", command[100];

	CHECK(mkdtemp(base) != NULL);
	fill(base);
	CHECK_INT(retain_run(&done, base, &one, &ask, &e), 0);
	CHECK_INT(done.removed, 3);
	CHECK(there(base, D "01-00:00:00/vmcore"));
	ask.dry = false;
	CHECK_INT(retain_run(&done, base, &one, &ask, &e), 0);
	CHECK_INT(done.removed, 3);
	CHECK_INT(done.kept, 2);
	CHECK(done.freed >= 3);
	check_stays(base);
	CHECK(!there(base, D "01-00:00:00"));
	CHECK(!there(base, D "03-00:00:00.1"));
	CHECK(!there(base, D "04-00:00:00"));
	CHECK_INT(retain_run(&done, base, &one, &ask, &e), 0);
	CHECK_INT(done.removed, 0);
	CHECK_INT(retain_run(&done, "/no/such/place", &one, &ask, &e), -ENOENT);
	snprintf(command, sizeof(command), "rm -r %s", base);
	CHECK_INT(system(command), 0);
}

/* Between the look and the deletion: the directory that is to go and the newest whole one change their names. */
static void exchange(void *arg, const struct retain_dump *d)
{
	char old[200], new[200], other[200];

	if (strcmp(d->name, D "01-00:00:00") != 0)
		return;
	snprintf(old, sizeof(old), "%s/%s", (char *)arg, D "01-00:00:00");
	snprintf(new, sizeof(new), "%s/%s", (char *)arg, D "05-00:00:00");
	snprintf(other, sizeof(other), "%s/between", (char *)arg);
	CHECK_INT(rename(old, other) || rename(new, old) || rename(other, new), 0);
}

static void check_exchange(void)
{
	char base[] = "/tmp/crashbox-retain-XXXXXX", command[100];
	const struct retain_rules one = { .keep = 1 };
	const struct retain_ask ask = { .tell = exchange, .arg = base };
	struct retain_done done;
	struct err e = { 0 };

	CHECK(mkdtemp(base) != NULL);
	make(base, D "01-00:00:00", "vmcore");
	make(base, D "05-00:00:00", "vmcore vmcore-dmesg.txt");
	CHECK_INT(retain_run(&done, base, &one, &ask, &e), -ESTALE);
	CHECK(strstr(e.text, "another program has renamed " D "01-00:00:00 meanwhile: it stays") != NULL);
	CHECK(there(base, D "01-00:00:00/vmcore-dmesg.txt"));
	CHECK(there(base, D "01-00:00:00/vmcore"));
	CHECK(there(base, D "05-00:00:00/vmcore"));
	CHECK_INT(done.removed, 0);
	snprintf(command, sizeof(command), "chmod 777 %s/*01-*; rm %s/*05-*/vmcore", base, base);
	CHECK_INT(system(command), 0);
	/* What others can write to is left alone. */
	CHECK_INT(retain_run(&done, base, &(struct retain_rules){ .days = 1 }, &ask, &e), 0);
	CHECK_INT(done.removed, 0);
	snprintf(command, sizeof(command), "rm -r %s", base);
	CHECK_INT(system(command), 0);
}

#define K "20240101"

/* What kdump-tools and SUSE's kdump left: counted, and taken by the rules only when these say so. */
static void check_foreign(void)
{
	const struct retain_rules one = { .keep = 1 }, all = { .keep = 1, .foreign = true };
	const struct retain_ask ask = { 0 };
	struct retain_done done;
	struct err e = { 0 };
	char base[] = "/tmp/crashbox-retain-XXXXXX", command[100];

	CHECK(mkdtemp(base) != NULL);
	make(base, K "0000", "dump." K "0000 dmesg." K "0000");
	make(base, K "0100", "dump-incomplete.gz");
	make(base, "2024-01-01-02:00", "vmcore dmesg.txt README.txt");
	make(base, K "0300", "dump." K "0300 notes"); /* not a dump's file */
	make(base, K "0400", "dump." K "0300");       /* of another dump */
	make(base, "2024-01-01-04:00", "vmcore dump.202412310000");
	make(base, "2024-01-01-05:00", "README.txt"); /* no dump */
	make(base, D "06-00:00:00", "vmcore");
	CHECK_INT(retain_run(&done, base, &one, &ask, &e), 0);
	CHECK_INT(done.removed, 0);
	CHECK_INT(done.kept, 1);
	CHECK_INT(done.foreign, 5); /* not 202401010400: its dump is not its own */
	CHECK(done.foreign_bytes >= 4);
	CHECK(there(base, K "0000/dump." K "0000"));
	CHECK_INT(retain_run(&done, base, &all, &ask, &e), 0);
	CHECK_INT(done.removed, 3);
	CHECK_INT(done.kept, 1);
	CHECK(!there(base, K "0000") && !there(base, K "0100") && !there(base, "2024-01-01-02:00"));
	CHECK(there(base, K "0300/dump." K "0300") && there(base, K "0300/notes"));
	CHECK(there(base, K "0400/dump." K "0300"));
	CHECK(there(base, "2024-01-01-04:00/vmcore"));
	CHECK(there(base, "2024-01-01-05:00/README.txt"));
	CHECK(there(base, D "06-00:00:00/vmcore"));
	snprintf(command, sizeof(command), "rm -r %s", base);
	CHECK_INT(system(command), 0);
}

int main(void)
{
	umask(022);
	check_foreign();
	check_exchange();
	check_number();
	check_age();
	check_room();
	check_before();
	check_loop();
	check_names();
	check_settings();
	check_dir();
	return check_done();
}
