/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: one file that a user named.
 * Nothing is overwritten without leave, and an input never.
 */
#include "sink/sink_path.h"

#include "base/dumpdir.h"
#include "base/str.h"
#include "sink/sink_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether the file at PATH is the one that T describes. */
static bool same_file(const char *path, const struct stat *t)
{
	struct stat s;

	return stat(path, &s) == 0 && s.st_dev == t->st_dev && s.st_ino == t->st_ino;
}

/* PATH, which is NAME below DIR, is no file afterwards. */
static int make_way(int dir, const char *name, const char *path, const struct sink_path *how, struct err *e)
{
	struct stat s, to;

	if (fstatat(dir, name, &s, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : err_sys(e, "%s", path);
	if (fstatat(dir, name, &to, 0))
		to = s;
	for (unsigned i = 0; i < how->nfile; i++)
		if (how->file[i] != path && same_file(how->file[i], &to))
			return err_set(e, -EINVAL, "%s and %s are the same file", how->file[i], path);
	if (!S_ISREG(s.st_mode) && !S_ISLNK(s.st_mode))
		return err_set(e, -EINVAL, "%s exists and is no file that can be overwritten", path);
	if (!how->force)
		return err_set(e, -EEXIST, "%s exists: -f overwrites it", path);
	return unlinkat(dir, name, 0) ? err_sys(e, "remove %s", path) : 0;
}

/* The directory of PATH in *RET and TEXT, the name below it in NAME, which is free. */
static int open_place(int *ret, char text[512], const char *path, const struct sink_path *how,
		      char name[SINK_PATH_NAME], struct err *e)
{
	char copy[512];
	int rc;

	if (str_fmt(copy, sizeof(copy), "%s", path) || str_fmt(name, SINK_PATH_NAME, "%s", basename(copy)))
		return err_set(e, -ENAMETOOLONG, "%.60s: the name is too long", path);
	(void)str_fmt(copy, sizeof(copy), "%s", path);
	(void)str_fmt(text, 512, "%s", dirname(copy));
	rc = dumpdir_open(ret, "", text, 0, e);
	if (rc)
		return rc;
	rc = make_way(*ret, name, path, how, e);
	if (rc)
		close(*ret);
	return rc;
}

int sink_path_open(struct sink **ret, const char *path, const struct sink_path *how, char name[SINK_PATH_NAME],
		   struct err *e)
{
	char dir[512];
	int fd = -1, rc = open_place(&fd, dir, path, how, name, e);

	return rc ? rc : sink_file_from(ret, fd, dir, SINK_FILE_EXCL, e);
}

int sink_path_create(int *ret, const char *path, const struct sink_path *how, struct err *e)
{
	char dir[512], name[SINK_PATH_NAME];
	int fd = -1, rc = open_place(&fd, dir, path, how, name, e);

	if (rc)
		return rc;
	rc = dumpdir_create(ret, fd, name, e);
	close(fd);
	return rc ? err_add(e, rc, "%s", dir) : 0;
}
