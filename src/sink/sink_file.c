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
#include <limits.h>
#include <pthread.h>
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

/* A place of the file where writes ascend: its data, and the table of a dump that grows in front of it. */
struct trail {
	uint64_t step;    /* bytes before write-back is started */
	uint64_t flushed; /* write-back was started below this offset */
	uint64_t dropped; /* pages below this offset left the cache */
	uint64_t end;     /* bytes were written up to here */
};

struct sink_file {
	struct sink s;
	int dirfd, fd, how;
	bool regular;         /* the file has a size */
	bool placed;          /* the directory itself is durable in its parent */
	pthread_mutex_t lock; /* of the trails */
	struct trail data, table;
	char temp[NAME_MAX + 1], name[NAME_MAX + 1];
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

static void forget_cache(struct sink_file *f)
{
	f->data = (struct trail){ .step = FLUSH_STEP };
	f->table = (struct trail){ .step = FLUSH_STEP / 8 };
}

static int file_begin(struct sink *s, const char *temp, const char *name, struct err *e)
{
	struct sink_file *f = self(s);
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC, fd;
	struct stat st;

	if (f->fd >= 0)
		return err_set(e, -EBUSY, "begin %s: %s is still open", name, f->name);
	if (str_fmt(f->temp, sizeof(f->temp), "%s", temp) || str_fmt(f->name, sizeof(f->name), "%s", name))
		return err_set(e, -ENAMETOOLONG, "begin %s: name too long", name);
	if (f->how & SINK_FILE_EXCL && fstatat(f->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return err_sys(e, "create %s/%s", s->dir, name);
	}
	/* Not O_TRUNC, and seldom O_EXCL: a second try in the same directory adds to what the first one left. */
	flags |= f->how & SINK_FILE_EXCL ? O_EXCL : 0;
	flags |= f->how & SINK_FILE_ANY ? 0 : O_NOFOLLOW;
	fd = openat(f->dirfd, temp, flags | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, "create %s/%s", s->dir, temp);
	f->fd = fd;
	f->regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	forget_cache(f);
	return 0;
}

static int file_empty(struct sink *s, struct err *e)
{
	struct sink_file *f = self(s);

	if (f->regular && ftruncate(f->fd, 0))
		return err_sys(e, "empty %s/%s", s->dir, f->temp);
	forget_cache(f);
	return 0;
}

/*
 * Starts write-back of what is new up to END and drops what an earlier start has finished. Waiting is for
 * bytes that were on their way two steps ago: only a disk that is slower than the writer holds it up.
 * Only advice: no errors.
 */
static void flush_trail(struct sink_file *f, struct trail *t, uint64_t end)
{
	t->end = end > t->end ? end : t->end;
	if (end < t->flushed + t->step)
		return;
	(void)sync_file_range(f->fd, (off_t)t->flushed, (off_t)(end - t->flushed), SYNC_FILE_RANGE_WRITE);
	t->flushed = end;
	if (end < t->dropped + 2 * t->step)
		return;
	end -= t->step;
	(void)sync_file_range(f->fd, (off_t)t->dropped, (off_t)(end - t->dropped),
			      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
	(void)posix_fadvise(f->fd, (off_t)t->dropped, (off_t)(end - t->dropped), POSIX_FADV_DONTNEED);
	t->dropped = end;
}

/* Leaves the place of T for OFF without waiting for what is still on its way there. */
static void move_trail(struct sink_file *f, struct trail *t, uint64_t off)
{
	if (t->end > t->flushed)
		(void)sync_file_range(f->fd, (off_t)t->flushed, (off_t)(t->end - t->flushed), SYNC_FILE_RANGE_WRITE);
	if (t->flushed > t->dropped)
		(void)posix_fadvise(f->fd, (off_t)t->dropped, (off_t)(t->flushed - t->dropped), POSIX_FADV_DONTNEED);
	t->flushed = t->dropped = t->end = off;
}

/* N bytes at OFF were written: everyone who writes waits for the disk here, in turn. */
static void flush_behind(struct sink_file *f, uint64_t off, size_t n)
{
	struct trail *t = &f->data;

	pthread_mutex_lock(&f->lock);
	if (off + n <= t->dropped) {
		t = &f->table;
		if (off < t->dropped || off > t->end + t->step)
			move_trail(f, t, off);
	}
	flush_trail(f, t, off + n);
	pthread_mutex_unlock(&f->lock);
}

static int file_write(struct sink *s, uint64_t off, const void *buf, size_t n, struct err *e)
{
	struct sink_file *f = self(s);
	int rc = fd_pwrite(f->fd, buf, n, off);

	if (rc) {
		errno = -rc;
		return err_sys(e, "write %s/%s", s->dir, f->temp);
	}
	flush_behind(f, off, n);
	return 0;
}

static int file_reserve(struct sink *s, uint64_t off, uint64_t n, struct err *e)
{
	struct sink_file *f = self(s);

	if (n == 0)
		return 0;
	if (f->regular && fallocate(f->fd, 0, (off_t)off, (off_t)n) == 0)
		return 0;
	if (f->regular && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
		return err_sys(e, "room for %llu bytes in %s/%s", (unsigned long long)n, s->dir, f->temp);
	return -EOPNOTSUPP;
}

static int file_extend(struct sink *s, uint64_t size, struct err *e)
{
	struct sink_file *f = self(s);
	struct stat st;

	if (fstat(f->fd, &st))
		return err_sys(e, "stat %s/%s", s->dir, f->temp);
	if (f->regular && (uint64_t)st.st_size < size && ftruncate(f->fd, (off_t)size))
		return err_sys(e, "set the size of %s/%s", s->dir, f->temp);
	return 0;
}

/* fsync of a device that has nothing to sync is no failure. */
static int file_sync(struct sink_file *f, struct err *e)
{
	if (fsync(f->fd) == 0 || (!f->regular && errno == EINVAL))
		return 0;
	return err_sys(e, "fsync %s/%s", f->s.dir, f->temp);
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

	if (!f->regular)
		return 0;
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

	if (f->regular && ftruncate(f->fd, (off_t)size))
		rc = err_sys(e, "set the size of %s/%s", s->dir, f->temp);
	else
		rc = file_sync(f, e);
	if (file_close(f) && rc == 0)
		rc = err_sys(e, "close %s/%s", s->dir, f->temp);
	if (rc)
		return rc;
	if (strcmp(f->temp, f->name) != 0 && renameat(f->dirfd, f->temp, f->dirfd, f->name))
		return err_sys(e, "rename %s/%s to %s", s->dir, f->temp, f->name);
	return sync_names(f, e);
}

static int file_abandon(struct sink *s, struct err *e)
{
	struct sink_file *f = self(s);
	int rc;

	if (f->fd < 0)
		return 0;
	rc = file_sync(f, e);
	(void)file_close(f);
	if (rc)
		(void)sync_names(f, NULL);
	else
		rc = sync_names(f, e);
	return rc;
}

static int read_back(struct sink *s, const char *name, uint64_t off, void *buf, size_t n, struct err *e)
{
	struct sink_file *f = self(s);
	int fd = openat(f->dirfd, name, O_RDONLY | O_CLOEXEC), rc;
	size_t got = 0;

	if (fd < 0)
		return err_sys(e, "open %s/%s", s->dir, name);
	/* From the disk, not from what is left of the writing. */
	(void)posix_fadvise(fd, (off_t)off, (off_t)n, POSIX_FADV_DONTNEED);
	rc = fd_pread(fd, buf, n, off, &got);
	close(fd);
	if (rc) {
		errno = -rc;
		return err_sys(e, "read %s/%s", s->dir, name);
	}
	return got < n ? err_set(e, -ENODATA, "%s/%s ends before byte %llu", s->dir, name,
				 (unsigned long long)(off + n))
		       : 0;
}

static int file_remove(struct sink *s, const char *name, struct err *e)
{
	if (name)
		return unlinkat(self(s)->dirfd, name, 0) ? err_sys(e, "remove %s/%s", s->dir, name) : 0;
	return rmdir(s->dir) ? err_sys(e, "remove %s", s->dir) : 0;
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
	pthread_mutex_destroy(&f->lock);
	free(f);
}

static const struct sink_ops file_ops = {
	.scheme = "file",
	.caps = SINK_SEEK | SINK_RENAME | SINK_SPACE | SINK_DURABLE | SINK_PARALLEL,
	.space = file_space,
	.begin = file_begin,
	.empty = file_empty,
	.write = file_write,
	.reserve = file_reserve,
	.extend = file_extend,
	.commit = file_commit,
	.abandon = file_abandon,
	.read = read_back,
	.remove = file_remove,
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

static int open_dir(struct sink_file *f, const char *dir, struct err *e)
{
	int rc = 0;

	if (f->how & SINK_FILE_FRESH)
		rc = make_fresh(f->s.dir, sizeof(f->s.dir), dir, e);
	else if (str_fmt(f->s.dir, sizeof(f->s.dir), "%s", dir))
		rc = err_set(e, -ENAMETOOLONG, "mkdir: name of %zu bytes", strlen(dir));
	else if (!(f->how & SINK_FILE_EXISTING))
		rc = dir_make(dir, 0755, e);
	if (rc)
		return rc;
	f->dirfd = open(f->s.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return f->dirfd < 0 ? err_sys(e, "open %s", f->s.dir) : 0;
}

int sink_file_open(struct sink **ret, const char *dir, int how, struct err *e)
{
	struct sink_file *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return err_set(e, -ENOMEM, "sink: no memory");
	f->s.ops = &file_ops;
	f->fd = f->dirfd = -1;
	f->how = how;
	f->placed = how & SINK_FILE_EXISTING;
	pthread_mutex_init(&f->lock, NULL);
	rc = open_dir(f, dir, e);
	if (rc) {
		file_free(&f->s);
		return rc;
	}
	*ret = &f->s;
	return 0;
}
