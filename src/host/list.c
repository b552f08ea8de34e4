/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the dumps on this machine.
 * What each is of and whether it is whole; files are read at their heads only.
 */
#include "host/list.h"

#include "base/fdio.h"
#include "base/str.h"
#include "codec/codec.h"
#include "host/json.h"
#include "iface/source.h"
#include "vmcore/source.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_ROOM  4096
#define REPORT_MAX (4u << 20)
#define LOG_MAX    (64u << 20)
#define TEST_NAME  "kdump-test-"

static const char report_name[] = "crashbox-report.json";

const char *dump_state_name(enum dump_state s)
{
	static const char *const name[] = { [DUMP_WHOLE] = "whole",
					    [DUMP_FLAT] = "flattened",
					    [DUMP_INCOMPLETE] = "INCOMPLETE",
					    [DUMP_LOG] = "log only",
					    [DUMP_BAD] = "UNREADABLE" };

	return name[s];
}

/* Files of a dump, in the order in which they say most. */
static const struct {
	const char *name;
	enum dump_state state;
} files[] = {
	{ "vmcore", DUMP_WHOLE },
	{ "vmcore.flat", DUMP_FLAT },
	{ "vmcore-incomplete", DUMP_INCOMPLETE },
	{ "vmcore.flat-incomplete", DUMP_INCOMPLETE },
	{ "vmcore-dmesg.txt", DUMP_LOG },
	{ "vmcore-dmesg-incomplete.txt", DUMP_LOG },
	{ report_name, DUMP_LOG },
};

static int file_of(const char *dir, const char *name, char path[PATH_ROOM], struct stat *st)
{
	if (str_fmt(path, PATH_ROOM, "%s/%s", dir, name))
		return -ENAMETOOLONG;
	return lstat(path, st) == 0 && S_ISREG(st->st_mode) ? 0 : -ENOENT;
}

/* True when it tells the time of the crash. */
static bool read_report(const char *dir, struct dump_entry *d)
{
	char path[PATH_ROOM], number[24], *text = NULL;
	struct json obj;
	uint64_t when;
	bool told;

	if (str_fmt(path, sizeof(path), "%s/%s", dir, report_name) ||
	    file_read(path, REPORT_MAX, &text, &obj.n, NULL))
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
static void read_log(const char *dir, struct dump_entry *d)
{
	static const char *const word[] = { "Kernel panic - not syncing", "BUG: ", "Oops: ", "general protection" };
	char path[PATH_ROOM], *text = NULL, *at = NULL;
	size_t n;

	if (str_fmt(path, sizeof(path), "%s/vmcore-dmesg.txt", dir) || file_read(path, LOG_MAX, &text, &n, NULL))
		return;
	for (size_t i = 0; i < ARRAY_LEN(word) && !at; i++)
		at = strstr(text, word[i]);
	if (at) {
		at[strcspn(at, "\n")] = '\0';
		str_safe(d->panic, sizeof(d->panic), at);
	}
	free(text);
}

/* What the dump says of itself. */
static void open_dump(const char *path, bool told, struct dump_entry *d)
{
	struct source *s = NULL;
	struct err e = { 0 };

	if (source_open(&s, &path, 1, &codec_unpack, &e)) {
		d->state = d->state == DUMP_INCOMPLETE ? DUMP_INCOMPLETE : DUMP_BAD;
		(void)str_fmt(d->why, sizeof(d->why), "%s", e.text);
		return;
	}
	if (s->info.incomplete && d->state != DUMP_INCOMPLETE) {
		d->state = DUMP_INCOMPLETE;
		(void)str_fmt(d->why, sizeof(d->why), "its header says that it is not whole");
	}
	if (!d->kernel[0])
		str_safe(d->kernel, sizeof(d->kernel), s->info.osrelease[0] ? s->info.osrelease : s->info.uts.release);
	if (s->info.crash_time && !told)
		d->when = s->info.crash_time;
	s->ops->free(s);
}

/* True when DIR holds a dump; D is filled then. */
static bool look(const char *dir, struct dump_entry *d)
{
	char path[PATH_ROOM], best[PATH_ROOM] = "";
	struct stat st;
	bool told;

	d->state = DUMP_BAD;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (file_of(dir, files[i].name, path, &st))
			continue;
		d->bytes += (uint64_t)st.st_blocks * 512;
		if (best[0])
			continue;
		memcpy(best, path, sizeof(best));
		d->state = files[i].state;
		d->when = st.st_mtim.tv_sec;
	}
	if (!best[0])
		return false;
	told = read_report(dir, d);
	if (!d->panic[0])
		read_log(dir, d);
	if (d->state != DUMP_LOG)
		open_dump(best, told, d);
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

static int look_at(const char *dir, const char *name, struct dump_entries *l, size_t *room, struct err *e)
{
	struct dump_entry d = { 0 };
	char path[PATH_ROOM];
	struct stat st;

	if (name[0] == '.' || str_fmt(path, sizeof(path), "%s/%s", dir, name) ||
	    str_fmt(d.name, sizeof(d.name), "%s", name))
		return 0;
	if (lstat(path, &st) || !S_ISDIR(st.st_mode) || !look(path, &d))
		return 0;
	if (str_starts(name, TEST_NAME))
		(void)str_fmt(d.test_id, sizeof(d.test_id), "%.71s", name + sizeof(TEST_NAME) - 1);
	return add(l, room, &d, e);
}

int dump_list(const char *dir, struct dump_entries *ret, struct err *e)
{
	struct dump_entries l = { 0 };
	struct dirent *d;
	size_t room = 0;
	DIR *all = opendir(dir);
	int rc = 0;

	if (!all)
		return err_sys(e, "open %s", dir);
	while (rc == 0 && (d = readdir(all)))
		rc = look_at(dir, d->d_name, &l, &room, e);
	closedir(all);
	if (rc) {
		dump_list_free(&l);
		return rc;
	}
	if (l.n)
		qsort(l.v, l.n, sizeof(*l.v), newer_first);
	*ret = l;
	return 0;
}

void dump_list_free(struct dump_entries *l)
{
	free(l->v);
	*l = (struct dump_entries){ 0 };
}
