/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the directories that dumps are recovered into.
 * A note in each tells which dump it is: recovering twice finds the same one.
 */
#include "host/savecore.h"

#include "base/fdio.h"
#include "base/str.h"
#include "sink/sink_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define TRIES 100
#define LEAVE ((uint64_t)4 << 20) /* bytes of the file system that are left to others */

bool savecore_has(const char *dir, const char *name)
{
	char path[HOST_PATH];
	struct stat st;

	return str_fmt(path, sizeof(path), "%s/%s", dir, name) == 0 && lstat(path, &st) == 0;
}

int savecore_room(const char *dir, uint64_t need, struct err *e)
{
	struct statvfs v;
	char have[24], want[24];
	uint64_t left;

	if (statvfs(dir, &v))
		return err_sys(e, "statvfs %s", dir);
	left = (uint64_t)v.f_bavail * v.f_frsize;
	if (left >= need + LEAVE)
		return 0;
	return err_set(e, -ENOSPC, "%s has %s free, the dump may need %s", dir, str_size(have, sizeof(have), left),
		       str_size(want, sizeof(want), need));
}

static bool has_id(const char *dir, const char *id)
{
	char path[HOST_PATH], line[160];

	return str_fmt(path, sizeof(path), "%s/" SAVECORE_NOTE, dir) == 0 &&
	       file_line(path, line, sizeof(line), NULL) == 0 && strcmp(line, id) == 0;
}

/* The directory with that note, in RET. */
static bool find(const char *base, const char *id, char *ret, size_t n)
{
	DIR *all = opendir(base);
	const struct dirent *entry;
	bool found = false;

	while (all && !found && (entry = readdir(all)))
		found = entry->d_name[0] != '.' && str_fmt(ret, n, "%s/%s", base, entry->d_name) == 0 &&
			has_id(ret, id);
	if (all)
		closedir(all);
	return found;
}

static bool is_empty(const char *path)
{
	DIR *all = opendir(path);
	const struct dirent *entry;
	unsigned seen = 0;

	while (all && (entry = readdir(all)))
		seen += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
			strcmp(entry->d_name, "." SAVECORE_NOTE) != 0;
	if (all)
		closedir(all);
	return all && seen == 0;
}

static int write_note(const char *dir, const char *id, struct err *e)
{
	struct sink *out = NULL;
	char text[256];
	int rc = sink_file_open(&out, dir, 0, e);

	if (rc)
		return rc;
	rc = str_fmt(text, sizeof(text), "%s\nrecovered by crashbox savecore\n", id);
	if (rc == 0)
		rc = out->ops->begin(out, "." SAVECORE_NOTE, SAVECORE_NOTE, e);
	if (rc == 0)
		rc = out->ops->write(out, 0, text, strlen(text), e);
	if (rc == 0)
		rc = out->ops->commit(out, strlen(text), e);
	out->ops->free(out);
	return rc;
}

int savecore_place(const struct savecore *s, const char *name, const char *id, char *ret, size_t n, struct err *e)
{
	int rc;

	if (find(s->dir, id, ret, n))
		return 0;
	rc = dir_make(s->dir, 0755, e);
	if (rc)
		return rc;
	for (unsigned i = 0; i < TRIES; i++) {
		rc = i ? str_fmt(ret, n, "%s/%s.%u", s->dir, name, i) : str_fmt(ret, n, "%s/%s", s->dir, name);
		if (rc)
			return err_set(e, rc, "%s: the path is too long", s->dir);
		/* An empty one is what a killed predecessor left. */
		if (mkdir(ret, 0700) == 0 || (errno == EEXIST && is_empty(ret)))
			return write_note(ret, id, e);
		if (errno != EEXIST)
			return err_sys(e, "mkdir %s", ret);
	}
	return err_set(e, -EEXIST, "%s/%s: %d names are taken", s->dir, name, TRIES);
}
