/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the running system, as the service sees it.
 * Where its files are looked for and where sentences go; no state.
 */
#include "host/host.h"

#include "base/fdio.h"
#include "base/invisible.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void host_say(const struct host *h, enum host_say kind, const char *fmt, ...)
{
	char text[1024], safe[1024];
	va_list ap;

	if (!h->say)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	h->say(h->arg, kind, invisible_show(safe, sizeof(safe), text));
}

int host_path(const struct host *h, char buf[HOST_PATH], const char *path, struct err *e)
{
	if (str_fmt(buf, HOST_PATH, "%s%s", h->root, path))
		return err_set(e, -ENAMETOOLONG, "%.80s…: the path is too long", path);
	return 0;
}

int host_read(const struct host *h, const char *path, size_t max, char **ret, size_t *len, struct err *e)
{
	char full[HOST_PATH];
	int rc = host_path(h, full, path, e);

	return rc ? rc : file_read(full, max, ret, len, e);
}

void host_line(const struct host *h, const char *path, char *buf, size_t n)
{
	char full[HOST_PATH];

	buf[0] = '\0';
	if (host_path(h, full, path, NULL) || file_line(full, buf, n, NULL))
		buf[0] = '\0';
}

static int sync_directory(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return err_sys(e, "open %s", path);
	if (fsync(fd))
		rc = err_sys(e, "fsync %s", path);
	close(fd);
	return rc;
}

static int write_new(const char *path, const char *text, size_t n, unsigned mode, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600), rc;

	if (fd < 0)
		return err_sys(e, "create %s", path);
	rc = fd_write(fd, text, n);
	if (rc)
		rc = err_set(e, rc, "write %s: %s", path, strerror(-rc));
	else if (fchmod(fd, mode) || fsync(fd))
		rc = err_sys(e, "write %s", path);
	if (close(fd) && rc == 0)
		rc = err_sys(e, "close %s", path);
	if (rc)
		unlink(path);
	return rc;
}

/* A link stays one: the file that it leads to is replaced, where that is a file below the root. */
static int follow_link(const struct host *h, char full[HOST_PATH], struct err *e)
{
	char *to = NULL, *root = NULL;
	struct stat st;
	int rc = 0;

	if (lstat(full, &st) || !S_ISLNK(st.st_mode))
		return 0;
	to = realpath(full, NULL);
	root = *h->root ? realpath(h->root, NULL) : NULL;
	if (!to)
		rc = err_sys(e, "%s is a link that leads nowhere", full);
	else if (*h->root && (!root || !str_starts(to, root) || to[strlen(root)] != '/'))
		rc = err_set(e, -EXDEV, "%s is a link out of %s", full, h->root);
	else if (str_fmt(full, HOST_PATH, "%s", to))
		rc = err_set(e, -ENAMETOOLONG, "%s: the path is too long", full);
	free(to);
	free(root);
	return rc;
}

int host_write(const struct host *h, const char *path, const char *text, size_t n, unsigned mode, struct err *e)
{
	char full[HOST_PATH], dir[HOST_PATH], temp[HOST_PATH], *slash;
	struct stat st;
	int rc = host_path(h, full, path, e);

	if (rc == 0)
		rc = follow_link(h, full, e);
	if (rc)
		return rc;
	memcpy(dir, full, sizeof(dir));
	slash = strrchr(dir, '/');
	if (!slash || str_fmt(temp, sizeof(temp), "%s.new", full))
		return err_set(e, -EINVAL, "%s: not a path of a file", full);
	slash[slash == dir] = '\0';
	rc = dir_make(dir, 0755, e);
	if (rc == 0)
		rc = write_new(temp, text, n, stat(full, &st) == 0 ? st.st_mode & 07777 : mode, e);
	if (rc)
		return rc;
	if (rename(temp, full)) {
		rc = err_sys(e, "rename %s", temp);
		unlink(temp);
		return rc;
	}
	return sync_directory(dir, e);
}
