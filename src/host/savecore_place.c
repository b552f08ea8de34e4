/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the directories that dumps are recovered into.
 * A note in each tells which dump it is: recovering twice finds the same one.
 */
#include "host/savecore.h"

#include "base/dumpdir.h"
#include "base/str.h"
#include "sink/sink_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define NOTE_MAX 4096
#define LEAVE    ((uint64_t)4 << 20) /* bytes of the file system that are left to others */

bool savecore_has(const struct savecore_place *p, const char *name)
{
	struct stat st;

	return fstatat(p->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int savecore_room(const struct savecore_place *p, uint64_t need, struct err *e)
{
	struct statvfs v;
	char have[24], want[24];
	uint64_t left;

	if (fstatvfs(p->fd, &v))
		return err_sys(e, "statvfs %s", p->path);
	left = (uint64_t)v.f_bavail * v.f_frsize;
	if (left >= need + LEAVE)
		return 0;
	return err_set(e, -ENOSPC, "%s has %s free, the dump may need %s", p->path,
		       str_size(have, sizeof(have), left), str_size(want, sizeof(want), need));
}

int savecore_sink(const struct savecore_place *p, struct sink **ret, struct err *e)
{
	int fd = fcntl(p->fd, F_DUPFD_CLOEXEC, 0);

	return fd < 0 ? err_sys(e, "open %s", p->path) : sink_file_from(ret, fd, p->path, 0, e);
}

static bool has_id(int dir, const char *id)
{
	char *text = NULL;
	size_t n;
	bool same;

	if (dumpdir_text(dir, SAVECORE_NOTE, NOTE_MAX, &text, &n, NULL))
		return false;
	text[strcspn(text, "\n")] = '\0';
	same = strcmp(text, id) == 0;
	free(text);
	return same;
}

static bool is_empty(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *all = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	unsigned seen = 0;

	for (errno = 0; all && (entry = readdir(all)); errno = 0)
		seen += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
			strcmp(entry->d_name, "." SAVECORE_NOTE) != 0;
	seen += errno != 0; /* names that cannot be read are files all the same */
	if (all)
		closedir(all);
	return all && seen == 0;
}

/* The directory below P->base with that note. */
static bool find_note(struct savecore_place *p, const char *id)
{
	int again = openat(p->base, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *all = again < 0 ? NULL : fdopendir(again);
	const struct dirent *entry;

	while (all && p->fd < 0 && (entry = readdir(all))) {
		if (entry->d_name[0] == '.' || dumpdir_sub(&p->fd, p->base, entry->d_name, NULL) ||
		    str_fmt(p->name, sizeof(p->name), "%s", entry->d_name))
			continue;
		if (has_id(p->fd, id))
			break;
		close(p->fd);
		p->fd = -1;
	}
	if (all)
		closedir(all);
	return p->fd >= 0;
}

static int write_note(const struct savecore_place *p, const char *id, struct err *e)
{
	struct sink *out = NULL;
	char text[256];
	int rc = savecore_sink(p, &out, e);

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

/* A new directory, or the empty one of our own that a killed predecessor left. */
static int make_place(struct savecore_place *p, const char *name, const char *id, struct err *e)
{
	int rc = -ENOENT;

	if (dumpdir_sub(&p->fd, p->base, name, NULL) == 0) {
		if (is_empty(p->fd)) {
			rc = str_fmt(p->name, sizeof(p->name), "%s", name);
		} else {
			close(p->fd);
			p->fd = -1;
		}
	}
	if (rc)
		rc = dumpdir_fresh(&p->fd, p->base, name, DUMPDIR_SAFE, p->name, e);
	if (rc == 0)
		rc = write_note(p, id, e);
	if (rc == 0 && fsync(p->base))
		rc = err_sys(e, "fsync the directory of %s", p->name);
	return rc;
}

int savecore_place(const struct savecore *s, const char *name, const char *id, struct savecore_place *ret,
		   struct err *e)
{
	int rc;

	*ret = (struct savecore_place){ .base = -1, .fd = -1 };
	rc = dumpdir_open(&ret->base, "", s->dir, DUMPDIR_MAKE, e);
	if (rc == 0 && !find_note(ret, id))
		rc = make_place(ret, name, id, e);
	if (rc == 0 && str_fmt(ret->path, sizeof(ret->path), "%s/%s", s->dir, ret->name))
		rc = err_set(e, -ENAMETOOLONG, "%s: the path is too long", s->dir);
	if (rc) {
		savecore_leave(ret);
		return err_add(e, rc, "%s", s->dir);
	}
	return 0;
}

void savecore_leave(struct savecore_place *p)
{
	if (p->fd > 0)
		close(p->fd);
	if (p->base > 0)
		close(p->base);
	p->fd = p->base = -1;
}
