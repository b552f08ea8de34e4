/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a directory of a mounted file system.
 * Order of durability: file data, fsync of the file, rename, fsync of the directory. The page cache
 * is given back while writing: a capture kernel has some 30 MB for everything.
 */
#include "sink/sink_file.h"

#include "base/fdio.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define FLUSH_STEP  (8ull << 20)     /* dirty bytes before write-back is started */
#define FLUSH_LAG   (2 * FLUSH_STEP) /* dirty or cached bytes kept at most */
#define FRESH_TRIES 100

struct sink_file {
	struct sink s;
	int dirfd, fd;
	uint64_t flushed; /* write-back was started below this offset */
	uint64_t dropped; /* pages below this offset left the cache */
	bool placed;      /* the directory itself is durable in its parent */
	char temp[64], name[64];
};

static struct sink_file *self(struct sink *s)
{
	return (struct sink_file *)s;
}

static int file_space(struct sink *s, uint64_t *ret, struct err *e)
{
	struct statvfs v;

	if (fstatvfs(self(s)->dirfd, &v))
		return err_sys(e, "statvfs %s", s->dir);
	*ret = (uint64_t)v.f_bavail * v.f_frsize;
	return 0;
}

static int file_begin(struct sink *s, const char *temp, const char *name, struct err *e)
{
	struct sink_file *f = self(s);
	int fd;

	if (f->fd >= 0)
		return err_set(e, -EBUSY, "begin %s: %s is still open", name, f->name);
	if (str_fmt(f->temp, sizeof(f->temp), "%s", temp) || str_fmt(f->name, sizeof(f->name), "%s", name))
		return err_set(e, -ENAMETOOLONG, "begin %s: name too long", name);
	/* Not O_EXCL, not O_TRUNC: a second try in the same directory adds to what the first one left. */
	fd = openat(f->dirfd, temp, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys(e, "create %s/%s", s->dir, temp);
	f->fd = fd;
	f->flushed = f->dropped = 0;
	return 0;
}

/* Starts write-back of what is new and drops what an earlier start has finished. Only advice: no errors. */
static void flush_behind(struct sink_file *f, uint64_t end)
{
	if (end < f->flushed + FLUSH_STEP)
		return;
	(void)sync_file_range(f->fd, (off_t)f->flushed, (off_t)(end - f->flushed), SYNC_FILE_RANGE_WRITE);
	f->flushed = end;
	if (end < f->dropped + FLUSH_LAG)
		return;
	end -= FLUSH_STEP;
	(void)sync_file_range(f->fd, (off_t)f->dropped, (off_t)(end - f->dropped),
			      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
	(void)posix_fadvise(f->fd, (off_t)f->dropped, (off_t)(end - f->dropped), POSIX_FADV_DONTNEED);
	f->dropped = end;
}

static int file_write(struct sink *s, uint64_t off, const void *buf, size_t n, struct err *e)
{
	struct sink_file *f = self(s);
	int rc = fd_pwrite(f->fd, buf, n, off);

	if (rc) {
		errno = -rc;
		return err_sys(e, "write %s/%s", s->dir, f->temp);
	}
	flush_behind(f, off + n);
	return 0;
}

/* The last step of both endings: whatever close says, the descriptor is gone. */
static int file_close(struct sink_file *f)
{
	int fd = f->fd;

	f->fd = -1;
	return close(fd);
}

/*
 * Makes the file's name durable, and once that of the directory: after the first fsync the parent's is
 * mostly in the same journal commit and costs nothing, before it it would be one commit more.
 */
static int sync_names(struct sink_file *f, struct err *e)
{
	char copy[sizeof(f->s.dir)];
	int fd, rc = 0;

	if (fsync(f->dirfd))
		return err_sys(e, "fsync %s", f->s.dir);
	if (f->placed)
		return 0;
	(void)str_fmt(copy, sizeof(copy), "%s", f->s.dir);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open the directory of %s", f->s.dir);
	f->placed = fsync(fd) == 0;
	if (!f->placed)
		rc = err_sys(e, "fsync the directory of %s", f->s.dir);
	close(fd);
	return rc;
}

static int file_commit(struct sink *s, uint64_t size, struct err *e)
{
	struct sink_file *f = self(s);
	int rc = 0;

	if (ftruncate(f->fd, (off_t)size))
		rc = err_sys(e, "set the size of %s/%s", s->dir, f->temp);
	else if (fsync(f->fd))
		rc = err_sys(e, "fsync %s/%s", s->dir, f->temp);
	if (file_close(f) && rc == 0)
		rc = err_sys(e, "close %s/%s", s->dir, f->temp);
	if (rc)
		return rc;
	if (renameat(f->dirfd, f->temp, f->dirfd, f->name))
		return err_sys(e, "rename %s/%s to %s", s->dir, f->temp, f->name);
	return sync_names(f, e);
}

static int file_abandon(struct sink *s, struct err *e)
{
	struct sink_file *f = self(s);
	int rc = 0;

	if (f->fd < 0)
		return 0;
	if (fsync(f->fd))
		rc = err_sys(e, "fsync %s/%s", s->dir, f->temp);
	(void)file_close(f);
	if (rc)
		(void)sync_names(f, NULL);
	else
		rc = sync_names(f, e);
	return rc;
}

static void file_free(struct sink *s)
{
	struct sink_file *f = self(s);

	if (!s)
		return;
	if (f->fd >= 0)
		close(f->fd);
	if (f->dirfd >= 0)
		close(f->dirfd);
	free(f);
}

static const struct sink_ops file_ops = {
	.scheme = "file",
	.caps = SINK_SEEK | SINK_RENAME | SINK_SPACE | SINK_DURABLE,
	.space = file_space,
	.begin = file_begin,
	.write = file_write,
	.commit = file_commit,
	.abandon = file_abandon,
	.free = file_free,
};

static int make_fresh(char *dir, size_t n, const char *want, struct err *e)
{
	char parent[512];

	if (str_fmt(parent, sizeof(parent), "%s", want))
		return err_set(e, -ENAMETOOLONG, "mkdir: name of %zu bytes", strlen(want));
	int rc = dir_make(dirname(parent), 0755, e);

	for (int i = 0; rc == 0 && i < FRESH_TRIES; i++) {
		rc = i ? str_fmt(dir, n, "%s.%d", want, i) : str_fmt(dir, n, "%s", want);
		if (rc)
			return err_set(e, rc, "mkdir: name of %zu bytes", strlen(want));
		if (mkdir(dir, 0755) == 0)
			return 0;
		if (errno != EEXIST)
			return err_sys(e, "mkdir %s", dir);
	}
	return rc ? rc : err_set(e, -EEXIST, "mkdir %s: %d names are taken", want, FRESH_TRIES);
}

int sink_file_open(struct sink **ret, const char *dir, int fresh, struct err *e)
{
	struct sink_file *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return err_set(e, -ENOMEM, "sink: no memory");
	f->s.ops = &file_ops;
	f->fd = f->dirfd = -1;
	if (fresh)
		rc = make_fresh(f->s.dir, sizeof(f->s.dir), dir, e);
	else if (str_fmt(f->s.dir, sizeof(f->s.dir), "%s", dir))
		rc = err_set(e, -ENAMETOOLONG, "mkdir: name of %zu bytes", strlen(dir));
	else
		rc = dir_make(dir, 0755, e);
	if (rc == 0) {
		f->dirfd = open(f->s.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (f->dirfd < 0)
			rc = err_sys(e, "open %s", f->s.dir);
	}
	if (rc) {
		file_free(&f->s);
		return rc;
	}
	*ret = &f->s;
	return 0;
}
