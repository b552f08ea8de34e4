/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: a directory of dumps, some of which go.
 * Nothing is followed, and nothing is deleted that was not looked at.
 */
#include "dump/retain.h"

#include "base/clock.h"
#include "base/dumpdir.h"
#include "base/str.h"
#include "dump/dump_names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FUSE_MAGIC 0x65735546 /* virtiofs as well; fs/fuse/inode.c, Linux 6.1 */
#define CEPH_MAGIC 0x00c36400 /* fs/ceph/super.h, Linux 6.1 */

struct scan {
	int fd; /* of the base directory */
	dev_t dev;
	const struct retain_ask *ask;
	bool foreign; /* the rules take the dumps of other programs too */
	struct retain_dump *d;
	unsigned n, room;
	struct retain_done *done; /* the dumps of other programs that stay are counted in it */
};

/* The row of FILE when it is a file of dump D, else NULL. */
static const struct dump_name *is_part(const struct retain_dump *d, const char *file)
{
	const struct dump_name *row = dump_name_find(file, NULL);

	if (!row || !(row->writers & (d->foreign ? WRITER_FOREIGN : WRITER_OURS)))
		return NULL;
	if (row->stamped && strncmp(dump_name_stamp(row, file), d->name, DUMP_STAMP_DIGITS) != 0)
		return NULL; /* of another dump, moved here by hand */
	return row;
}

/* What the directory of a dump holds. */
struct inside {
	bool parts; /* a dump or a log */
	bool other; /* a file that is no part of a dump, or something else than a file */
};

/* Adds up the files of directory FD into D. Names that cannot be read may be of other files. Closes FD. */
static struct inside look_inside(int fd, struct retain_dump *d)
{
	DIR *dir = fdopendir(fd);
	struct inside ret = { .other = dir == NULL };
	struct dirent *f;

	if (!dir)
		close(fd);
	for (errno = 0; dir && (f = readdir(dir)); errno = 0) {
		const struct dump_name *row;
		struct stat s;

		if (strcmp(f->d_name, ".") == 0 || strcmp(f->d_name, "..") == 0)
			continue;
		row = is_part(d, f->d_name);
		if (!row || fstatat(fd, f->d_name, &s, AT_SYMLINK_NOFOLLOW) || !S_ISREG(s.st_mode)) {
			ret.other = true;
			continue;
		}
		ret.parts |= row->part != PART_OTHER;
		d->bytes += (uint64_t)s.st_blocks * 512;
		d->core_bytes += row->part <= PART_CUT ? (uint64_t)s.st_blocks * 512 : 0;
		d->whole |= row->part == PART_CORE || row->part == PART_STREAM;
	}
	ret.other |= errno != 0;
	if (dir)
		closedir(dir);
	return ret;
}

/* True when the rules may take directory NAME, described in D: a dump of ours, or of another program when asked. */
static bool is_taken(struct scan *x, const char *name, struct retain_dump *d)
{
	struct inside in;
	struct stat s;
	int fd;

	memset(d, 0, sizeof(*d));
	if (str_fmt(d->name, sizeof(d->name), "%s", name))
		return false;
	d->foreign = retain_time(name, &d->when) != 0;
	if (d->foreign && retain_foreign_time(name, &d->when))
		return false;
	if (dumpdir_sub(&fd, x->fd, name, NULL))
		return false;
	if (fstat(fd, &s) || s.st_dev != x->dev || s.st_uid != geteuid()) {
		close(fd);
		return false;
	}
	d->inode = s.st_ino;
	d->current = x->ask->current && strcmp(x->ask->current, name) == 0;
	in = look_inside(fd, d);
	if (!d->foreign || (x->foreign && in.parts && !in.other))
		return !in.other;
	x->done->foreign += in.parts;
	x->done->foreign_bytes += in.parts ? d->bytes : 0;
	return false;
}

static int add(struct scan *x, const char *name)
{
	struct retain_dump d, *more;

	if (!is_taken(x, name, &d))
		return 0;
	if (x->n == x->room) {
		more = realloc(x->d, (x->room * 2 + 64) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		x->d = more;
		x->room = x->room * 2 + 64;
	}
	x->d[x->n++] = d;
	return 0;
}

static int look(struct scan *x, const char *base, struct err *e)
{
	int fd = openat(x->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *f;

	if (!dir) {
		rc = err_sys(e, "read %s", base);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	for (errno = 0; rc == 0 && (f = readdir(dir)); errno = 0)
		rc = add(x, f->d_name);
	if (rc)
		rc = err_set(e, rc, "no memory for the list of dumps");
	else if (errno)
		rc = err_sys(e, "read %s", base);
	closedir(dir);
	return rc;
}

/* Deletes those files of dump D below DIR that are its vmcore (CORE), or those that are not. */
static int delete_part(DIR *dir, const struct retain_dump *d, bool core, struct err *e)
{
	struct dirent *f;
	int rc = 0;

	rewinddir(dir);
	while ((f = readdir(dir))) {
		const struct dump_name *row = is_part(d, f->d_name);

		if (!row || (row->part <= PART_CUT) != core)
			continue;
		if (unlinkat(dirfd(dir), f->d_name, 0) && errno != ENOENT && rc == 0)
			rc = err_sys(e, "delete %s/%s", d->name, f->d_name);
	}
	return rc;
}

/* The vmcore goes first: what a power cut leaves half deleted is no dump that looks whole. Closes FD. */
static int delete_files(int fd, const struct retain_dump *d, struct err *e)
{
	DIR *dir = fdopendir(fd);
	int rc, more;

	if (!dir) {
		rc = err_sys(e, "read %s", d->name);
		close(fd);
		return rc;
	}
	rc = delete_part(dir, d, true, e);
	more = d->verdict == RETAIN_REMOVE ? delete_part(dir, d, false, rc ? NULL : e) : 0;
	closedir(dir);
	return rc ? rc : more;
}

/* Opens the directory of dump D that was looked at: another one can have that name by now, a newer dump perhaps. */
static int open_again(const struct scan *x, const struct retain_dump *d, int *ret, struct err *e)
{
	int fd = -1, rc = dumpdir_sub(&fd, x->fd, d->name, e);
	struct stat s;

	if (rc)
		return rc;
	if (fstat(fd, &s) || s.st_ino != d->inode) {
		close(fd);
		return err_set(e, -ESTALE, "another program has renamed %s meanwhile: it stays", d->name);
	}
	*ret = fd;
	return 0;
}

static int carry_out(const struct scan *x, const struct retain_dump *d, struct err *e)
{
	int fd = -1, rc = open_again(x, d, &fd, e);

	if (rc)
		return rc;
	rc = delete_files(fd, d, e);
	if (rc == 0 && d->verdict == RETAIN_REMOVE && unlinkat(x->fd, d->name, AT_REMOVEDIR))
		rc = err_sys(e, "delete %s", d->name);
	return rc;
}

static void count(struct retain_done *ret, const struct retain_dump *d)
{
	ret->kept += d->verdict == RETAIN_KEEP;
	ret->thinned += d->verdict == RETAIN_THIN;
	ret->removed += d->verdict == RETAIN_REMOVE;
	if (d->verdict != RETAIN_KEEP)
		ret->freed += d->verdict == RETAIN_THIN ? d->core_bytes : d->bytes;
}

/* The oldest first. The first failure is reported, the others go on. */
static int carry_all_out(const struct scan *x, struct retain_done *ret, struct err *e)
{
	int rc = 0;

	for (unsigned i = x->n; i-- > 0;) {
		struct retain_dump *d = &x->d[i];
		int one = 0;

		if (d->verdict != RETAIN_KEEP && x->ask->tell)
			x->ask->tell(x->ask->arg, d);
		if (d->verdict != RETAIN_KEEP && !x->ask->dry)
			one = carry_out(x, d, rc ? NULL : e);
		if (one == 0)
			count(ret, d);
		else if (rc == 0)
			rc = one;
	}
	return rc;
}

/* True when a file in the directory of dump D is a whole dump by what it holds. */
static bool is_proven(const struct scan *x, const struct retain_dump *d)
{
	DIR *dir;
	struct dirent *f;
	bool whole = false;
	int fd = -1;

	if (open_again(x, d, &fd, NULL))
		return false;
	dir = fdopendir(fd);
	if (!dir)
		close(fd);
	while (dir && !whole && (f = readdir(dir))) {
		const struct dump_name *row = is_part(d, f->d_name);
		int core = -1;

		if (row && row->part == PART_CORE && dumpdir_read(&core, dirfd(dir), f->d_name, NULL, NULL) == 0)
			whole = x->ask->judge(x->ask->arg, core, f->d_name);
	}
	if (dir)
		closedir(dir);
	return whole;
}

static bool any_goes(const struct scan *x)
{
	for (unsigned i = 0; i < x->n; i++)
		if (x->d[i].verdict != RETAIN_KEEP)
			return true;
	return false;
}

/* Finds the newest dump that is whole. The capture knows of the dump that it has just written. */
static void prove(struct scan *x)
{
	for (unsigned i = 0; i < x->n; i++) {
		struct retain_dump *d = &x->d[i];

		d->proven = d->whole && (d->current || is_proven(x, d));
		if (d->proven)
			return;
	}
}

static void choose(struct scan *x, const struct retain_rules *rules, const struct retain_now *at)
{
	retain_choose(x->d, x->n, rules, at);
	if (!x->ask->judge || !any_goes(x))
		return;
	prove(x);
	retain_choose(x->d, x->n, rules, at);
}

static int open_base(struct scan *x, const char *base, struct statfs *fs, struct err *e)
{
	struct stat s;
	int rc = dumpdir_open(&x->fd, "", base, 0, e);

	if (rc)
		return rc;
	if (fstat(x->fd, &s) || fstatfs(x->fd, fs))
		return err_sys(e, "%s", base);
	x->dev = s.st_dev;
	switch ((unsigned long)fs->f_type) {
	case NFS_SUPER_MAGIC:
	case FUSE_MAGIC:
	case V9FS_MAGIC:
	case CIFS_SUPER_MAGIC:
	case SMB2_SUPER_MAGIC:
	case CEPH_MAGIC:
		return err_set(e, -EOPNOTSUPP, "%s: shared, so a dump's name does not tell whose it is", base);
	default:
		return 0;
	}
}

int retain_run(struct retain_done *ret, const char *base, const struct retain_rules *rules,
	       const struct retain_ask *ask, struct err *e)
{
	struct scan x = { .fd = -1, .ask = ask, .foreign = rules->foreign, .done = ret };
	struct retain_now at = { .now = clock_wall(), .need = ask->need };
	struct statfs fs;
	int rc = open_base(&x, base, &fs, e);

	memset(ret, 0, sizeof(*ret));
	if (rc == 0)
		rc = look(&x, base, e);
	if (rc == 0) {
		at.free_bytes = (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize;
		choose(&x, rules, &at);
		rc = carry_all_out(&x, ret, e);
	}
	free(x.d);
	if (x.fd >= 0)
		close(x.fd);
	return rc;
}
