/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a directory of a mounted file system.
 * Order of durability: file data, fsync of the file, rename, fsync of the directory. The page cache
 * is given back while writing: a capture kernel has some 30 MB for everything.
 */
#include "sink/sink_file.h"

#include "base/dumpdir.h"
#include "base/fdio.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define FLUSH_STEP (8ull << 20)     /* dirty bytes before write-back is started */
#define FLUSH_LAG  (2 * FLUSH_STEP) /* dirty or cached bytes kept at most */

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
	bool placed;          /* the directory itself is durable in its parent */
	pthread_mutex_t lock; /* of the trails */
	struct trail data, table;
	char temp[NAME_MAX + 1], name[NAME_MAX + 1];
};

static struct sink_file *self(struct sink *s)
{
	return (struct sink_file *)s;
}

static int alone(const struct sink_file *f)
{
	return f->how & SINK_FILE_ALONE ? DUMPDIR_ALONE : 0;
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
	struct stat st;
	int fd = -1, rc;

	if (f->fd >= 0)
		return err_set(e, -EBUSY, "begin %s: %s is still open", name, f->name);
	if (str_fmt(f->temp, sizeof(f->temp), "%s", temp) || str_fmt(f->name, sizeof(f->name), "%s", name))
		return err_set(e, -ENAMETOOLONG, "begin %s: name too long", name);
	if (f->how & SINK_FILE_EXCL && fstatat(f->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return err_sys(e, "create %s/%s", s->dir, name);
	}
	rc = dumpdir_create(&fd, f->dirfd, temp, e);
	/* A second try in the same directory adds to what the first one left. */
	if (rc == -EEXIST && !(f->how & SINK_FILE_EXCL))
		rc = dumpdir_resume(&fd, f->dirfd, temp, alone(f), e);
	if (rc)
		return err_add(e, rc, "%s", s->dir);
	f->fd = fd;
	forget_cache(f);
	return 0;
}

static int file_empty(struct sink *s, struct err *e)
{
	struct sink_file *f = self(s);

	if (ftruncate(f->fd, 0))
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
	if (fallocate(f->fd, 0, (off_t)off, (off_t)n) == 0)
		return 0;
	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		return err_sys(e, "room for %llu bytes in %s/%s", (unsigned long long)n, s->dir, f->temp);
	return -EOPNOTSUPP;
}

static int file_extend(struct sink *s, uint64_t size, struct err *e)
{
	struct sink_file *f = self(s);
	struct stat st;

	if (fstat(f->fd, &st))
		return err_sys(e, "stat %s/%s", s->dir, f->temp);
	if ((uint64_t)st.st_size < size && ftruncate(f->fd, (off_t)size))
		return err_sys(e, "set the size of %s/%s", s->dir, f->temp);
	return 0;
}

static int file_sync(struct sink_file *f, struct err *e)
{
	return fsync(f->fd) == 0 ? 0 : err_sys(e, "fsync %s/%s", f->s.dir, f->temp);
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
	int fd, rc = 0;

	if (fsync(f->dirfd))
		return err_sys(e, "fsync %s", f->s.dir);
	if (f->placed)
		return 0;
	fd = openat(f->dirfd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open the directory of %s", f->s.dir);
	f->placed = fsync(fd) == 0;
	if (!f->placed)
		rc = err_sys(e, "fsync the directory of %s", f->s.dir);
	close(fd);
	return rc;
}

/* The file's final name. Others may have exchanged either name, where they may write to the directory. */
static int file_name(struct sink_file *f, struct err *e)
{
	int rc = dumpdir_still(f->dirfd, f->temp, f->fd, e);

	if (rc == 0 && strcmp(f->temp, f->name) != 0) {
		if (renameat(f->dirfd, f->temp, f->dirfd, f->name))
			return err_sys(e, "rename %s/%s to %s", f->s.dir, f->temp, f->name);
		rc = dumpdir_still(f->dirfd, f->name, f->fd, e);
	}
	return rc ? err_add(e, rc, "%s", f->s.dir) : 0;
}

static int file_commit(struct sink *s, uint64_t size, struct err *e)
{
	struct sink_file *f = self(s);
	int rc = 0;

	if (ftruncate(f->fd, (off_t)size))
		rc = err_sys(e, "set the size of %s/%s", s->dir, f->temp);
	else
		rc = file_sync(f, e);
	if (rc == 0)
		rc = file_name(f, e);
	if (file_close(f) && rc == 0)
		rc = err_sys(e, "close %s/%s", s->dir, f->name);
	return rc ? rc : sync_names(f, e);
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
	int fd = -1, rc = dumpdir_read(&fd, f->dirfd, name, NULL, e);
	size_t got = 0;

	if (rc)
		return err_add(e, rc, "%s", s->dir);
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

/* The directory itself: by its name in its parent, as long as that is this very directory. */
static int dir_remove(struct sink_file *f, struct err *e)
{
	const char *slash = strrchr(f->s.dir, '/'), *name = slash ? slash + 1 : f->s.dir;
	int up = openat(f->dirfd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (up < 0)
		return err_sys(e, "open the directory of %s", f->s.dir);
	rc = dumpdir_still(up, name, f->dirfd, e);
	if (rc == 0 && unlinkat(up, name, AT_REMOVEDIR))
		rc = err_sys(e, "remove %s", f->s.dir);
	close(up);
	return rc;
}

static int file_remove(struct sink *s, const char *name, struct err *e)
{
	if (name)
		return unlinkat(self(s)->dirfd, name, 0) ? err_sys(e, "remove %s/%s", s->dir, name) : 0;
	return dir_remove(self(s), e);
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

/* A directory that was not there. */
static int open_fresh(struct sink_file *f, const char *root, const char *dir, struct err *e)
{
	const char *slash = strrchr(dir, '/'), *want = slash ? slash + 1 : dir;
	char parent[sizeof(f->s.dir)], name[NAME_MAX + 1];
	size_t up = (size_t)(want - dir), n = strlen(root);
	int base = -1, rc;

	(void)str_fmt(parent, sizeof(parent), "%.*s", (int)up, dir);
	rc = dumpdir_open(&base, root, up ? parent : ".", DUMPDIR_MAKE | alone(f), e);
	if (rc)
		return rc;
	rc = dumpdir_fresh(&f->dirfd, base, want, 0, name, e);
	close(base);
	if (rc)
		return err_add(e, rc, "%s%s", root, up ? parent : ".");
	if (str_fmt(f->s.dir, sizeof(f->s.dir), "%s%s%s", root, parent, name))
		return err_set(e, -ENAMETOOLONG, "%s%s: the path is too long", parent, name);
	/* Where links lead to is known now, and holds for programs that are given the name. */
	if (n && dumpdir_where(f->dirfd, parent, sizeof(parent)) == 0 && strncmp(parent, root, n) == 0)
		memcpy(f->s.dir, parent, sizeof(parent));
	return 0;
}

static int open_dir(struct sink_file *f, const char *root, const char *dir, struct err *e)
{
	if (str_fmt(f->s.dir, sizeof(f->s.dir), "%s%s", root, dir))
		return err_set(e, -ENAMETOOLONG, "%.60s: a path of %zu bytes", dir, strlen(dir));
	if (f->how & SINK_FILE_FRESH)
		return open_fresh(f, root, dir, e);
	return dumpdir_open(&f->dirfd, root, dir, (f->how & SINK_FILE_EXISTING ? 0 : DUMPDIR_MAKE) | alone(f), e);
}

static struct sink_file *file_new(int how, struct err *e)
{
	struct sink_file *f = calloc(1, sizeof(*f));

	if (!f) {
		(void)err_set(e, -ENOMEM, "sink: no memory");
		return NULL;
	}
	f->s.ops = &file_ops;
	f->fd = f->dirfd = -1;
	f->how = how;
	f->placed = how & SINK_FILE_EXISTING;
	pthread_mutex_init(&f->lock, NULL);
	return f;
}

int sink_file_open_below(struct sink **ret, const char *root, const char *dir, int how, struct err *e)
{
	struct sink_file *f = file_new(how, e);
	int rc = f ? open_dir(f, root, dir, e) : -ENOMEM;

	if (rc == 0)
		*ret = &f->s;
	else if (f)
		file_free(&f->s);
	return rc;
}

int sink_file_open(struct sink **ret, const char *dir, int how, struct err *e)
{
	return sink_file_open_below(ret, "", dir, how, e);
}

int sink_file_from(struct sink **ret, int dirfd, const char *dir, int how, struct err *e)
{
	struct sink_file *f = file_new(how | SINK_FILE_EXISTING, e);

	if (!f) {
		close(dirfd);
		return -ENOMEM;
	}
	f->dirfd = dirfd;
	if (str_fmt(f->s.dir, sizeof(f->s.dir), "%s", dir)) {
		file_free(&f->s);
		return err_set(e, -ENAMETOOLONG, "%.60s: a path of %zu bytes", dir, strlen(dir));
	}
	*ret = &f->s;
	return 0;
}
