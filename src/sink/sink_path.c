/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: one file that a user named.
 * Nothing is overwritten without leave, and an input never.
 */
#include "sink/sink_path.h"

#include "base/str.h"
#include "sink/sink_file.h"

#include <errno.h>
#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

static bool same_file(const char *a, const char *b)
{
	struct stat s, t;

	return stat(a, &s) == 0 && stat(b, &t) == 0 && s.st_dev == t.st_dev && s.st_ino == t.st_ino;
}

int sink_path_free(const char *path, const struct sink_path *how, struct err *e)
{
	struct stat s;

	if (lstat(path, &s))
		return errno == ENOENT ? 0 : err_sys(e, "%s", path);
	for (unsigned i = 0; i < how->nfile; i++)
		if (how->file[i] != path && same_file(how->file[i], path))
			return err_set(e, -EINVAL, "%s and %s are the same file", how->file[i], path);
	if (!S_ISREG(s.st_mode) && !S_ISLNK(s.st_mode))
		return err_set(e, -EINVAL, "%s exists and is no file that can be overwritten", path);
	if (!how->force)
		return err_set(e, -EEXIST, "%s exists: -f overwrites it", path);
	return unlink(path) ? err_sys(e, "remove %s", path) : 0;
}

int sink_path_open(struct sink **ret, const char *path, const struct sink_path *how, char name[SINK_PATH_NAME],
		   struct err *e)
{
	char copy[512], *dir;
	struct stat s;
	int rc;

	if (str_fmt(copy, sizeof(copy), "%s", path) || str_fmt(name, SINK_PATH_NAME, "%s", basename(copy)))
		return err_set(e, -ENAMETOOLONG, "%.60s: the name is too long", path);
	(void)str_fmt(copy, sizeof(copy), "%s", path);
	dir = dirname(copy);
	if (stat(dir, &s))
		return err_sys(e, "%s", dir);
	rc = sink_path_free(path, how, e);
	return rc ? rc : sink_file_open(ret, dir, 0, e);
}
