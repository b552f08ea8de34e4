/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: one directory of dumps, held by its descriptor.
 * A path is resolved once; afterwards only names of one component below the descriptor are used. A user who may rename
 * or link in a directory on the way cannot change where root reads or writes.
 */
#include "base/dumpdir.h"

#include "base/fdio.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define LINKS_MAX   40  /* of one path, as in the kernel: MAXSYMLINKS, include/linux/namei.h, Linux 6.1 */
#define NUMBERS     100 /* names tried with a number */
#define RANDOM_MORE 100 /* names tried with a random one: others cannot take them all beforehand */
#define TAKEN_MAX   3   /* directories that were exchanged for another user's at once */
#define WRITERS     (S_IWGRP | S_IWOTH)

/* ---- one path, once ---- */

struct walk {
	int root, fd; /* where "/" is; the directory reached so far. O_PATH */
	int how;
	unsigned links;
	char rest[PATH_MAX]; /* what is still to go */
	char part[NAME_MAX + 1];
};

static bool of_us(uid_t owner)
{
	return owner == 0 || owner == geteuid();
}

static void walk_to(struct walk *w, int fd)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = fd;
}

/* Cuts the next component off w->rest. False: there is none. */
static bool walk_part(struct walk *w, struct err *e, int *rc)
{
	char *at = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(at, "/");

	*rc = 0;
	if (n == 0)
		return false;
	if (n > NAME_MAX) {
		*rc = err_set(e, -ENAMETOOLONG, "%.60s: the name is too long", at);
		return false;
	}
	memcpy(w->part, at, n);
	w->part[n] = '\0';
	memmove(w->rest, at + n, strlen(at + n) + 1);
	return true;
}

static bool walk_at_root(const struct walk *w)
{
	struct stat a, b;

	return fstat(w->fd, &a) == 0 && fstat(w->root, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int walk_reopen(struct walk *w, int at, const char *name, struct err *e)
{
	int fd = openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "open %s", name);
	walk_to(w, fd);
	return 0;
}

/* The symbolic link FD, called w->part: what it says goes in front of the rest. */
static int walk_link(struct walk *w, int fd, uid_t owner, struct err *e)
{
	char text[PATH_MAX], rest[PATH_MAX];
	ssize_t n = readlinkat(fd, "", text, sizeof(text) - 1);

	if (n < 0)
		return err_sys(e, "read the link %s", w->part);
	text[n] = '\0';
	if (!of_us(owner) && !(w->how & DUMPDIR_ALONE))
		return err_set(e, -ELOOP, "%s is a link that user %u made: it is not followed", w->part, owner);
	if (++w->links > LINKS_MAX)
		return err_set(e, -ELOOP, "%s: too many links", w->part);
	memcpy(rest, w->rest, sizeof(rest));
	if (str_fmt(w->rest, sizeof(w->rest), "%s%s", text, rest))
		return err_set(e, -ENAMETOOLONG, "%s: the path is too long", w->part);
	return *text == '/' ? walk_reopen(w, w->root, ".", e) : 0;
}

static int walk_down(struct walk *w, struct err *e)
{
	int fd = openat(w->fd, w->part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int rc = 0;

	if (fd < 0 && errno == ENOENT && w->how & DUMPDIR_MAKE) {
		if (mkdirat(w->fd, w->part, 0700) && errno != EEXIST)
			return err_sys(e, "make the directory %s", w->part);
		fd = openat(w->fd, w->part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0 || fstat(fd, &st)) {
		rc = err_sys(e, "open %s", w->part);
	} else if (S_ISLNK(st.st_mode)) {
		rc = walk_link(w, fd, st.st_uid, e);
	} else if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		rc = err_sys(e, "open %s", w->part);
	} else {
		walk_to(w, fd);
		return 0;
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

static int walk_all(struct walk *w, struct err *e)
{
	int rc;

	while (walk_part(w, e, &rc)) {
		if (strcmp(w->part, ".") == 0)
			continue;
		if (strcmp(w->part, "..") == 0)
			rc = walk_at_root(w) ? 0 : walk_reopen(w, w->fd, "..", e);
		else
			rc = walk_down(w, e);
		if (rc)
			return rc;
	}
	return rc;
}

static int walk_begin(struct walk *w, const char *root, const char *path, struct err *e)
{
	if (str_fmt(w->rest, sizeof(w->rest), "%s", path) || !*path)
		return err_set(e, *path ? -ENAMETOOLONG : -ENOENT, "a path of %zu bytes", strlen(path));
	w->root = open(*root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->root < 0)
		return err_sys(e, "open %s", root);
	return *path == '/' || *root ? walk_reopen(w, w->root, ".", e) : walk_reopen(w, AT_FDCWD, ".", e);
}

int dumpdir_open(int *ret, const char *root, const char *path, int how, struct err *e)
{
	struct walk w = { .root = -1, .fd = -1, .how = how };
	int rc = walk_begin(&w, root, path, e), fd = -1;

	if (rc == 0)
		rc = walk_all(&w, e);
	if (rc == 0) {
		fd = openat(w.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		rc = fd < 0 ? err_sys(e, "open") : 0;
	}
	if (rc == 0 && how & DUMPDIR_SAFE)
		rc = dumpdir_safe(fd, path, e);
	else if (rc)
		rc = err_add(e, rc, "%s%s", root, path);
	if (w.root >= 0)
		close(w.root);
	if (w.fd >= 0)
		close(w.fd);
	if (rc == 0)
		*ret = fd;
	else if (fd >= 0)
		close(fd);
	return rc;
}

/* ---- directories below one ---- */

int dumpdir_safe(int fd, const char *name, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_sys(e, "stat %s", name);
	if (!of_us(st.st_uid))
		return err_set(e, -EPERM, "%s belongs to user %u: not used", name, st.st_uid);
	if (st.st_mode & WRITERS)
		return err_set(e, -EPERM,
			       "%s can be written by other users (mode %03o): not used, `chmod go-w` mends it",
			       name, st.st_mode & 0777);
	return 0;
}

int dumpdir_sub(int *ret, int base, const char *name, struct err *e)
{
	int fd = openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), rc;

	if (fd < 0)
		return err_sys(e, "open %s", name);
	rc = dumpdir_safe(fd, name, e);
	if (rc)
		close(fd);
	else
		*ret = fd;
	return rc;
}

/* The name of try number I. */
static int fresh_name(char *name, size_t n, const char *want, unsigned i)
{
	uint32_t number = i;

	if (i == 0)
		return str_fmt(name, n, "%s", want);
	if (i >= NUMBERS && getrandom(&number, sizeof(number), 0) != sizeof(number))
		number = i;
	return str_fmt(name, n, "%s.%u", want, number);
}

/* The directory NAME that was made a moment ago, unless another user has put one of his own in its place. */
static int fresh_open(int *ret, int base, const char *name, int how, struct err *e)
{
	if (how & DUMPDIR_SAFE)
		return dumpdir_sub(ret, base, name, e);
	*ret = openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *ret < 0 ? err_sys(e, "open %s", name) : 0;
}

int dumpdir_fresh(int *ret, int base, const char *want, int how, char name[NAME_MAX + 1], struct err *e)
{
	for (unsigned i = 0, taken = 0; i < NUMBERS + RANDOM_MORE; i++) {
		int rc;

		if (fresh_name(name, NAME_MAX + 1, want, i))
			return err_set(e, -ENAMETOOLONG, "%.60s: the name is too long", want);
		if (mkdirat(base, name, 0700)) {
			if (errno != EEXIST)
				return err_sys(e, "make the directory %s", name);
			continue;
		}
		rc = fresh_open(ret, base, name, how, e);
		if (rc == 0)
			return 0;
		/* A file system that gives every file to another user does it again with the next name. */
		(void)unlinkat(base, name, AT_REMOVEDIR);
		if (++taken == TAKEN_MAX)
			return rc;
	}
	errno = EEXIST;
	return err_sys(e, "make a directory %s or with a number behind it", want);
}

int dumpdir_where(int fd, char *buf, size_t n)
{
	char link[32];
	ssize_t got;

	(void)str_fmt(link, sizeof(link), "/proc/self/fd/%d", fd);
	got = readlink(link, buf, n);
	if (got < 0)
		return -errno;
	if ((size_t)got >= n)
		return -ENAMETOOLONG;
	buf[got] = '\0';
	return 0;
}

int dumpdir_still(int base, const char *name, int fd, struct err *e)
{
	struct stat a, b;

	if (fstat(fd, &a) == 0 && fstatat(base, name, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_dev == b.st_dev &&
	    a.st_ino == b.st_ino)
		return 0;
	return err_set(e, -ESTALE, "another program has renamed %s meanwhile", name);
}

/* ---- files ---- */

int dumpdir_create(int *ret, int dir, const char *name, struct err *e)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_sys(e, "create %s", name);
	*ret = fd;
	return 0;
}

static int refuse_file(const char *name, const struct stat *st, struct err *e)
{
	if (!S_ISREG(st->st_mode))
		return err_set(e, -EINVAL, "%s is no regular file: not used", name);
	return 0;
}

int dumpdir_resume(int *ret, int dir, const char *name, int how, struct err *e)
{
	int fd = openat(dir, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), rc;
	struct stat st;

	if (fd < 0)
		return err_sys(e, "open %s", name);
	rc = fstat(fd, &st) ? err_sys(e, "stat %s", name) : refuse_file(name, &st, e);
	if (rc == 0 && ((!of_us(st.st_uid) && !(how & DUMPDIR_ALONE)) || st.st_nlink > 1))
		rc = err_set(e, -EPERM, "%s belongs to user %u or has a second name: not written to", name, st.st_uid);
	if (rc)
		close(fd);
	else
		*ret = fd;
	return rc;
}

int dumpdir_read(int *ret, int dir, const char *name, struct stat *st, struct err *e)
{
	struct stat own;
	int fd, rc;

	if (!st)
		st = &own;
	/* Looked at first: to open a device can do something. */
	if (fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW))
		return err_sys(e, "open %s", name);
	rc = refuse_file(name, st, e);
	if (rc)
		return rc;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open %s", name);
	rc = fstat(fd, st) ? err_sys(e, "stat %s", name) : refuse_file(name, st, e);
	if (rc)
		close(fd);
	else
		*ret = fd;
	return rc;
}

int dumpdir_text(int dir, const char *name, size_t max, char **ret, size_t *len, struct err *e)
{
	int fd = -1, rc = dumpdir_read(&fd, dir, name, NULL, e);

	if (rc)
		return rc;
	rc = fd_slurp(fd, max, ret, len);
	close(fd);
	if (rc) {
		errno = -rc;
		return err_sys(e, "read %s", name);
	}
	return 0;
}

uint64_t dumpdir_size(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode) ? 0 : (uint64_t)st.st_size;
}
