/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the dumps on this machine.
 * What each is of and whether it is whole, in a child of its own that has no privileges: a directory of dumps may hold
 * what another user put there.
 */
#include "host/list.h"

#include "base/clock.h"
#include "base/dumpdir.h"
#include "base/fdio.h"
#include "base/str.h"
#include "codec/codec.h"
#include "dump/dump_names.h"
#include "host/confine.h"
#include "host/json.h"
#include "iface/source.h"
#include "vmcore/page_look.h"
#include "vmcore/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_ROOM  4096
#define REPORT_MAX (4u << 20)
#define LOG_MAX    (64u << 20)
#define TEST_NAME  "kdump-test-"

/* For one directory: the files are as large as their makers like, and others may have made them. */
#define LOOK_MS     10000
#define LOOK_MEMORY ((uint64_t)256 << 20)
#define OURS_MS     60000 /* for all of this user's and root's */
#define OTHERS_MS   20000 /* for all of the others, which are looked at afterwards */
#define PAGES_MS    1000  /* for the pages of one dump, */
#define PAGES_ALL   5000  /* and of all of ours, or of the others */

static const char report_name[] = "crashbox-report.json";

const char *dump_state_name(enum dump_state s)
{
	static const char *const name[] = { [DUMP_WHOLE] = "whole",
					    [DUMP_UNREAD] = "unchecked",
					    [DUMP_FLAT] = "flattened",
					    [DUMP_INCOMPLETE] = "INCOMPLETE",
					    [DUMP_PACKED] = "packed",
					    [DUMP_LOG] = "log only",
					    [DUMP_BAD] = "UNREADABLE" };

	return name[s];
}

/* What a child looks at; the files are open. */
struct look {
	int core, report, log; /* -1: there is none */
	const char *path;      /* of CORE, for sentences */
	int64_t pages_until;   /* for the pages of CORE */
	struct dump_entry d;
};

/* True when it tells the time of the crash. */
static bool read_report(int fd, struct dump_entry *d)
{
	char number[24], *text = NULL;
	struct json obj;
	uint64_t when;
	bool told;

	if (fd < 0 || fd_slurp(fd, REPORT_MAX, &text, &obj.n))
		return false;
	obj.p = text;
	json_member(obj, "kernel", d->kernel, sizeof(d->kernel));
	json_member(obj, "panic", d->panic, sizeof(d->panic));
	json_member(obj, "crash_time", number, sizeof(number));
	told = str_u64(number, INT64_MAX, &when) == 0;
	if (told)
		d->when = (int64_t)when;
	free(text);
	return told;
}

/* Dumps of other programs have no report: the log's last "Kernel panic" tells. */
static void read_log(int fd, struct dump_entry *d)
{
	static const char *const word[] = { "Kernel panic - not syncing", "BUG: ", "Oops: ", "general protection" };
	char *text = NULL, *at = NULL;
	size_t n;

	if (fd < 0 || fd_slurp(fd, LOG_MAX, &text, &n))
		return;
	for (size_t i = 0; i < ARRAY_LEN(word) && !at; i++)
		at = strstr(text, word[i]);
	if (at) {
		at[strcspn(at, "\n")] = '\0';
		str_safe(d->panic, sizeof(d->panic), at);
	}
	free(text);
}

/* What the headers of S say D is; its pages, when they can be read by UNTIL, can say that it is not. */
static void look_at_pages(struct source *s, int64_t until, struct dump_entry *d)
{
	struct page_look look = { .deadline = until < deadline_in(PAGES_MS) ? until : deadline_in(PAGES_MS) };
	bool all = page_look_small(s) && page_look(s, &look, NULL) == 0;

	if (look.bad) {
		d->state = DUMP_INCOMPLETE;
		(void)str_fmt(d->why, sizeof(d->why), "%s", look.why);
	} else if (!all && d->state == DUMP_FLAT) {
		(void)str_fmt(d->why, sizeof(d->why), "its pages were not read: `crashbox verify` reads them");
	} else if (!all) {
		d->state = DUMP_UNREAD;
	}
}

/* What the dump FD, which goes, says of itself. */
static void open_dump(const struct look *l, bool told, struct dump_entry *d)
{
	struct source *s = NULL;
	struct err e = { 0 };

	if (source_from(&s, l->core, l->path, &codec_unpack, &e)) {
		d->state = d->state == DUMP_INCOMPLETE || d->state == DUMP_PACKED ? d->state : DUMP_BAD;
		(void)str_fmt(d->why, sizeof(d->why), "%s", e.text);
		return;
	}
	if (s->info.incomplete) {
		d->state = DUMP_INCOMPLETE;
		(void)str_fmt(d->why, sizeof(d->why), "%s", s->info.why);
	}
	if (s->info.flattened && d->state == DUMP_WHOLE)
		d->state = DUMP_FLAT; /* kdump-tools leaves a stream called dump.STAMP */
	if (d->state == DUMP_WHOLE || d->state == DUMP_FLAT)
		look_at_pages(s, l->pages_until, d);
	if (!d->kernel[0])
		str_safe(d->kernel, sizeof(d->kernel), s->info.osrelease[0] ? s->info.osrelease : s->info.uts.release);
	if (s->info.crash_time && !told)
		d->when = s->info.crash_time;
	s->ops->free(s);
}

/* In a child: fills L->d and gives it. */
static int look_inside(void *arg, int out, struct err *e)
{
	struct look *l = arg;
	bool told = read_report(l->report, &l->d);

	if (!l->d.panic[0])
		read_log(l->log, &l->d);
	if (l->core >= 0)
		open_dump(l, told, &l->d);
	return fd_write(out, &l->d, sizeof(l->d)) ? err_set(e, -EIO, "no answer") : 0;
}

/* A child gave it: strings end, and a terminal can show them. */
static void distrust(struct dump_entry *d, const struct dump_entry *before)
{
	char text[sizeof(d->why)];

	d->bytes = before->bytes;
	memcpy(d->name, before->name, sizeof(d->name));
	memcpy(d->test_id, before->test_id, sizeof(d->test_id));
	d->kernel[sizeof(d->kernel) - 1] = d->panic[sizeof(d->panic) - 1] = d->why[sizeof(d->why) - 1] = '\0';
	memcpy(d->kernel, str_safe(text, sizeof(d->kernel), d->kernel), sizeof(d->kernel));
	memcpy(d->panic, str_safe(text, sizeof(d->panic), d->panic), sizeof(d->panic));
	memcpy(d->why, str_safe(text, sizeof(d->why), d->why), sizeof(d->why));
	if ((unsigned)d->state > DUMP_BAD)
		d->state = DUMP_BAD;
}

static void look_confined(struct look *l, int64_t deadline)
{
	struct confine c = {
		.work = look_inside,
		.arg = l,
		.fd = { l->core, l->report, l->log, -1 },
		.limit_ms = LOOK_MS,
		.memory = LOOK_MEMORY,
		.what = l->path,
	};
	struct dump_entry got;
	struct err e = { 0 };
	int rc = clock_ms() > deadline ? err_set(&e, -ETIMEDOUT, "not looked at: those before took too long")
				       : confine_answer(&c, &got, sizeof(got), &e);

	if (rc == 0) {
		distrust(&got, &l->d);
		l->d = got;
		return;
	}
	if (l->d.state != DUMP_INCOMPLETE && l->d.state != DUMP_PACKED)
		l->d.state = DUMP_BAD;
	(void)str_fmt(l->d.why, sizeof(l->d.why), "%s", e.text);
}

bool dump_is_whole(void *arg, int fd, const char *name)
{
	struct look l = { .core = fd,
			  .report = -1,
			  .log = -1,
			  .path = name,
			  .pages_until = INT64_MAX,
			  .d = { .state = DUMP_WHOLE } };

	(void)arg;
	look_confined(&l, INT64_MAX);
	close(fd);
	/* the pages of a large dump are not read for this: its headers say that none is missing */
	return l.d.state == DUMP_WHOLE || l.d.state == DUMP_UNREAD || l.d.state == DUMP_FLAT;
}

/* A regular file: nothing else is ever opened. */
static int open_file(int dir, const char *name)
{
	int fd = -1;

	return dumpdir_read(&fd, dir, name, NULL, NULL) ? -1 : fd;
}

/* The files of a directory that say most of its dump; row NULL: there is none. */
struct best {
	const struct dump_name *core_row, *log_row;
	char core[NAME_MAX + 1], log[NAME_MAX + 1];
	bool packed;
};

static enum dump_state state_of(const struct best *b)
{
	switch (b->core_row->part) {
	case PART_CUT:
		return DUMP_INCOMPLETE;
	case PART_STREAM:
		return b->packed ? DUMP_PACKED : DUMP_FLAT;
	case PART_CORE:
		return b->packed ? DUMP_PACKED : DUMP_WHOLE;
	default:
		return DUMP_LOG;
	}
}

/* Rows lie in the order in which they say most; of two files of one row the later stamp counts. */
static bool says_more(const struct dump_name *row, const char *name, const struct dump_name *than, const char *other)
{
	return !than || row < than || (row == than && strcmp(name, other) > 0);
}

static void look_at_file(int dir, const char *name, struct best *b, struct dump_entry *d)
{
	bool packed = false;
	const struct dump_name *row = dump_name_find(name, &packed);
	struct stat st;

	if (!row || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return;
	d->bytes += (uint64_t)st.st_blocks * 512;
	if (row->part != PART_OTHER && says_more(row, name, b->core_row, b->core)) {
		b->core_row = row;
		b->packed = packed;
		(void)str_fmt(b->core, sizeof(b->core), "%s", name);
		d->when = st.st_mtim.tv_sec;
	}
	if (row->part == PART_LOG && says_more(row, name, b->log_row, b->log)) {
		b->log_row = row;
		(void)str_fmt(b->log, sizeof(b->log), "%s", name);
	}
}

/* True when DIR holds a dump: B and D tell of it. Another user's directory may hold millions of names. */
static bool find_files(int dir, struct best *b, struct dump_entry *d, int64_t deadline)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *f;

	if (!names && fd >= 0)
		close(fd);
	if (!names)
		return false;
	while (clock_ms() <= deadline && (f = readdir(names)))
		look_at_file(dir, f->d_name, b, d);
	closedir(names);
	return b->core_row;
}

struct list {
	int base;
	const char *path;              /* of it */
	int64_t deadline, pages_until; /* for the looks into all files, and at pages */
	struct dump_entries l;
	size_t room;
};

/* True when DIR, called PATH, holds a dump; D is filled then. */
static bool look(const struct list *all, int dir, char path[PATH_ROOM], struct dump_entry *d)
{
	struct look l = { .core = -1, .report = -1, .log = -1, .path = path, .d = *d };
	const int *const fd[] = { &l.core, &l.report, &l.log };
	struct best b = { 0 };
	size_t n = strlen(path);

	if (!find_files(dir, &b, &l.d, all->deadline))
		return false;
	l.d.state = state_of(&b);
	l.pages_until = all->pages_until;
	if (str_fmt(path + n, PATH_ROOM - n, "/%s", b.core) == 0 && l.d.state != DUMP_LOG)
		l.core = open_file(dir, b.core);
	l.report = open_file(dir, report_name);
	l.log = b.log_row ? open_file(dir, b.log) : -1;
	if (l.core < 0 && l.d.state != DUMP_LOG) {
		l.d.state = DUMP_BAD;
		(void)str_fmt(l.d.why, sizeof(l.d.why), "%s cannot be opened", path);
	} else {
		look_confined(&l, all->deadline);
	}
	for (size_t i = 0; i < ARRAY_LEN(fd); i++)
		if (*fd[i] >= 0)
			close(*fd[i]);
	*d = l.d;
	return true;
}

static int add(struct dump_entries *l, size_t *room, const struct dump_entry *d, struct err *e)
{
	if (l->n == *room) {
		size_t more = *room ? *room * 2 : 32;
		struct dump_entry *v = realloc(l->v, more * sizeof(*v));

		if (!v)
			return err_set(e, -ENOMEM, "no memory for the list of dumps");
		l->v = v;
		*room = more;
	}
	l->v[l->n++] = *d;
	return 0;
}

static int newer_first(const void *a, const void *b)
{
	const struct dump_entry *x = a, *y = b;

	if (x->when != y->when)
		return x->when < y->when ? 1 : -1;
	return strcmp(y->name, x->name);
}

/* NAME of this user or root (OURS), or of others. */
static int look_at(struct list *all, const char *name, bool ours, struct err *e)
{
	struct dump_entry d = { 0 };
	char path[PATH_ROOM];
	bool found = false;
	struct stat st;
	int dir;

	if (name[0] == '.' || str_fmt(path, sizeof(path), "%s/%s", all->path, name) ||
	    str_fmt(d.name, sizeof(d.name), "%s", name))
		return 0;
	dir = openat(all->base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return 0;
	if (str_starts(name, TEST_NAME))
		(void)str_fmt(d.test_id, sizeof(d.test_id), "%.71s", name + sizeof(TEST_NAME) - 1);
	if (fstat(dir, &st) == 0 && (st.st_uid == 0 || st.st_uid == geteuid()) == ours)
		found = look(all, dir, path, &d);
	close(dir);
	return found ? add(&all->l, &all->room, &d, e) : 0;
}

/* OURS go first: others cannot use up the time in which root's dumps are looked at. */
static int look_at_all(struct list *all, DIR *names, bool ours, struct err *e)
{
	struct dirent *d;
	int rc = 0;

	all->deadline = clock_ms() + (ours ? OURS_MS : OTHERS_MS);
	all->pages_until = clock_ms() + PAGES_ALL;
	rewinddir(names);
	while (rc == 0 && (d = readdir(names)))
		rc = look_at(all, d->d_name, ours, e);
	return rc;
}

int dump_list(const char *dir, struct dump_entries *ret, struct err *e)
{
	struct list all = { .base = -1, .path = dir };
	DIR *names;
	int rc = dumpdir_open(&all.base, "", dir, 0, e);

	if (rc)
		return rc;
	names = fdopendir(all.base);
	if (!names) {
		close(all.base);
		return err_sys(e, "open %s", dir);
	}
	rc = look_at_all(&all, names, true, e);
	if (rc == 0)
		rc = look_at_all(&all, names, false, e);
	closedir(names);
	if (rc) {
		dump_list_free(&all.l);
		return rc;
	}
	if (all.l.n)
		qsort(all.l.v, all.l.n, sizeof(*all.l.v), newer_first);
	*ret = all.l;
	return 0;
}

void dump_list_free(struct dump_entries *l)
{
	free(l->v);
	*l = (struct dump_entries){ 0 };
}
