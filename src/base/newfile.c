/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: a file that appears with all of its bytes, or not at all, and that no other user has read before.
 * Images hold private keys, and directories like /tmp or a vfat /boot are not ours alone.
 */
#include "base/newfile.h"

#include "base/dumpdir.h"
#include "base/fdio.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAMES_MAX 100

struct newfile {
	int dir, fd;
	char temp[32]; /* its name for now; "" when it has none */
	char name[NAME_MAX + 1];
};

/* Others may add files only where they cannot exchange ours: in a sticky directory. */
static int check_dir(int dir, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(dir, &st))
		return err_sys(e, "stat %s", path);
	if (st.st_mode & S_ISVTX && (st.st_uid == 0 || st.st_uid == geteuid()))
		return 0;
	return dumpdir_safe(dir, path, e);
}

static int open_dir(struct newfile *f, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char dir[PATH_MAX];
	struct stat st;
	int rc;

	if (str_fmt(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) : 0, path) ||
	    str_fmt(f->name, sizeof(f->name), "%s", name))
		return err_set(e, -ENAMETOOLONG, "%.60s…: the path is too long", path);
	if (!*name)
		return err_set(e, -EISDIR, "%s: a directory", path);
	rc = dumpdir_open(&f->dir, "", *dir ? dir : slash ? "/"
							  : ".",
			  0, e);
	if (rc == 0)
		rc = check_dir(f->dir, *dir ? dir : slash ? "/"
							  : "the working directory",
			       e);
	if (rc == 0 && fstatat(f->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
		rc = err_set(e, -EEXIST, "%s is %s: not replaced", path,
			     S_ISLNK(st.st_mode) ? "a symbolic link" : "no regular file");
	return rc;
}

static int random_name(struct newfile *f, struct err *e)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return err_sys(e, "random numbers");
	return str_fmt(f->temp, sizeof(f->temp), ".%016llx", (unsigned long long)number);
}

static int create(struct newfile *f, const char *path, struct err *e)
{
	int rc = 0;

	f->fd = openat(f->dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	for (unsigned i = 0; f->fd < 0 && rc == 0 && i < NAMES_MAX; i++) {
		rc = random_name(f, e);
		if (rc)
			break;
		f->fd = openat(f->dir, f->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (f->fd < 0 && errno != EEXIST)
			rc = err_sys(e, "create %s", path);
		if (f->fd < 0)
			f->temp[0] = '\0';
	}
	return rc || f->fd >= 0 ? rc : err_set(e, -EEXIST, "create %s: every name is taken", path);
}

/* A file without a name gets one, since only a name can take the place of another. */
static int give_name(struct newfile *f, struct err *e)
{
	char self[64];
	int rc = random_name(f, e);

	if (rc)
		return rc;
	(void)str_fmt(self, sizeof(self), "/proc/self/fd/%d", f->fd);
	if (linkat(AT_FDCWD, self, f->dir, f->temp, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	rc = err_sys(e, "name %s", f->name);
	f->temp[0] = '\0';
	return rc;
}

static int put(struct newfile *f, const char *path, const void *buf, size_t n, struct err *e)
{
	int rc = create(f, path, e);

	if (rc)
		return rc;
	rc = fd_write(f->fd, buf, n);
	if (rc)
		return err_set(e, rc, "write %s: %s", path, strerror(-rc));
	if (fsync(f->fd))
		return err_sys(e, "write %s", path);
	if (!f->temp[0])
		rc = give_name(f, e);
	if (rc == 0 && renameat(f->dir, f->temp, f->dir, f->name))
		rc = err_sys(e, "rename to %s", path);
	if (rc)
		return rc;
	f->temp[0] = '\0';
	/* Not every file system syncs a directory; the file itself is stored. */
	return fsync(f->dir) && errno != EINVAL ? err_sys(e, "sync the directory of %s", path) : 0;
}

/* SIGXFSZ of a write(2) that said -EFBIG as well. */
static void drop_size_signal(void)
{
	const struct timespec now = { 0 };
	sigset_t size;

	sigemptyset(&size);
	sigaddset(&size, SIGXFSZ);
	(void)sigtimedwait(&size, NULL, &now);
}

int newfile_write(const char *path, const void *buf, size_t n, struct err *e)
{
	struct newfile f = { .dir = -1, .fd = -1 };
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	rc = open_dir(&f, path, e);
	if (rc == 0)
		rc = put(&f, path, buf, n, e);
	if (f.fd >= 0 && close(f.fd) && rc == 0)
		rc = err_sys(e, "close %s", path);
	if (f.temp[0])
		(void)unlinkat(f.dir, f.temp, 0);
	if (f.dir >= 0)
		close(f.dir);
	drop_size_signal();
	sigprocmask(SIG_SETMASK, &before, NULL);
	return rc;
}
