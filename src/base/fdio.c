/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: whole reads and writes.
 * EINTR and short transfers end here; callers see all of it or an error.
 */
#include "base/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

int fd_read(int fd, void *buf, size_t n, size_t *got)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = read(fd, (char *)buf + done, n - done);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		done += (size_t)r;
	}
	*got = done;
	return 0;
}

int fd_pread(int fd, void *buf, size_t n, uint64_t off, size_t *got)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = pread(fd, (char *)buf + done, n - done, (off_t)(off + done));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		done += (size_t)r;
	}
	*got = done;
	return 0;
}

int fd_write(int fd, const void *buf, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = write(fd, (const char *)buf + done, n - done);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return r < 0 ? -errno : -EIO;
		done += (size_t)r;
	}
	return 0;
}

int fd_pwrite(int fd, const void *buf, size_t n, uint64_t off)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = pwrite(fd, (const char *)buf + done, n - done, (off_t)(off + done));

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return r < 0 ? -errno : -EIO;
		done += (size_t)r;
	}
	return 0;
}

int fd_slurp(int fd, size_t max, char **ret, size_t *len)
{
	size_t room = 4096, used = 0, got;
	char *buf = malloc(room + 1), *more;
	int rc = buf ? 0 : -ENOMEM;

	while (rc == 0) {
		rc = fd_read(fd, buf + used, room - used, &got);
		if (rc)
			break;
		used += got;
		if (used > max)
			rc = -EFBIG;
		if (rc || used < room)
			break;
		room *= 2;
		more = realloc(buf, room + 1);
		if (!more)
			rc = -ENOMEM;
		else
			buf = more;
	}
	if (rc) {
		free(buf);
		return rc;
	}
	buf[used] = '\0';
	*ret = buf;
	*len = used;
	return 0;
}

/* True for a pipe with a name in a directory, which any user may have made. */
static bool is_named_pipe(int fd, const struct stat *st)
{
	struct statfs fs;

	return S_ISFIFO(st->st_mode) && (fstatfs(fd, &fs) || fs.f_type != PIPEFS_MAGIC);
}

/* Opens the pipe FD, opened without waiting, again: now this waits until there is a writer. Closes FD. */
static int wait_for_writer(int fd)
{
	char self[32];
	int again;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	again = open(self, O_RDONLY | O_CLOEXEC);
	if (again < 0)
		return fd;
	close(fd);
	return again;
}

int file_open(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return err_sys(e, "open %s", path);
	if (fstat(fd, &st) == 0 && is_named_pipe(fd, &st)) {
		if (st.st_uid != 0 && st.st_uid != geteuid()) {
			close(fd);
			return err_set(e, -EPERM, "%s is a pipe of user %u, which may never end: not read", path,
				       st.st_uid);
		}
		fd = wait_for_writer(fd);
	}
	(void)fcntl(fd, F_SETFL, 0);
	return fd;
}

int file_read(const char *path, size_t max, char **ret, size_t *len, struct err *e)
{
	int fd = file_open(path, e), rc;

	if (fd < 0)
		return fd;
	rc = fd_slurp(fd, max, ret, len);
	close(fd);
	if (rc) {
		errno = -rc;
		return err_sys(e, "read %s", path);
	}
	return 0;
}

int file_line(const char *path, char *buf, size_t n, struct err *e)
{
	int fd = file_open(path, e), rc;
	size_t got;

	if (fd < 0)
		return fd;
	rc = fd_read(fd, buf, n - 1, &got);
	close(fd);
	if (rc) {
		errno = -rc;
		return err_sys(e, "read %s", path);
	}
	buf[got] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return 0;
}

int file_put(const char *path, const char *text, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return err_sys(e, "open %s", path);
	rc = fd_write(fd, text, strlen(text));
	close(fd);
	if (rc) {
		errno = -rc;
		return err_sys(e, "write %s", path);
	}
	return 0;
}

int dir_make(const char *path, mode_t mode, struct err *e)
{
	char part[PATH_MAX];
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof(part))
		return err_set(e, -ENAMETOOLONG, "mkdir: path of %zu bytes", n);
	memcpy(part, path, n + 1);
	for (char *p = part + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(part, mode) && errno != EEXIST)
			return err_sys(e, "mkdir %s", part);
		*p = '/';
	}
	if (mkdir(part, mode) && errno != EEXIST)
		return err_sys(e, "mkdir %s", part);
	return 0;
}
