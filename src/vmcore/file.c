/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: a dump file as bytes.
 * Reads are positional and keep no state.
 */
#include "vmcore/file.h"

#include "base/bytes.h"
#include "base/fdio.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static int read_plain(const struct dfile *f, uint64_t off, void *buf, size_t n, struct err *e)
{
	size_t got;
	int rc = fd_pread(f->fd, buf, n, off, &got);

	if (rc < 0) {
		errno = -rc;
		rc = err_sys(e, "read %zu bytes at 0x%" PRIx64, n, off);
		return rc == -EIO ? DFILE_FAILED : rc;
	}
	if (got < n)
		return err_set(e, -EIO, "the file ends at 0x%" PRIx64, off + got);
	return 0;
}

static int read_flat(const struct dfile *f, uint64_t off, void *buf, size_t n, struct err *e)
{
	uint8_t *to = buf;

	if (!range_ok(off, n, f->size))
		return err_set(e, -EIO, "the file ends at 0x%" PRIx64, f->size);
	while (n) {
		uint64_t at = 0, len = 0;
		int rc = flat_find(&f->flat, off, &at, &len);
		size_t part = len < n ? (size_t)len : n;

		if (rc < 0)
			return err_set(e, rc, "flattened stream: its records lie over each other at 0x%" PRIx64,
				       off);
		if (rc == 0)
			memset(to, 0, part);
		else
			rc = read_plain(f, at, to, part, e);
		if (rc < 0)
			return rc;
		to += part;
		off += part;
		n -= part;
	}
	return 0;
}

int dfile_read(const struct dfile *f, uint64_t off, void *buf, size_t n, struct err *e)
{
	return f->flattened ? read_flat(f, off, buf, n, e) : read_plain(f, off, buf, n, e);
}

/* True for a file of a disk or of memory; /proc/vmcore calls itself an ordinary file as well. */
static bool is_on_disk(int fd, const struct stat *st)
{
	struct statfs fs;

	return S_ISREG(st->st_mode) && fstatfs(fd, &fs) == 0 && fs.f_type != PROC_SUPER_MAGIC;
}

/* The size by stat, or the end of the device: only regular files and /proc/vmcore tell it there. */
static int size_find(struct dfile *f, const char *path, struct err *e)
{
	struct stat st;
	off_t end;

	if (fstat(f->fd, &st) < 0)
		return err_sys(e, "stat %s", path);
	if (S_ISDIR(st.st_mode))
		return err_set(e, -EISDIR, "%s is a directory: give the dump in it", path);
	if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
		return err_set(e, -ESPIPE, "%s is a pipe: a dump is read here and there, so put it into a file", path);
	if (S_ISCHR(st.st_mode))
		return err_set(e, -ESPIPE, "%s is a character device: give a file or a disk", path);
	if (st.st_size == 0) {
		end = lseek(f->fd, 0, SEEK_END);
		f->stored = end > 0 ? (uint64_t)end : 0;
	} else {
		f->stored = (uint64_t)st.st_size;
	}
	if (f->stored == 0)
		return err_set(e, -ENODATA, "%s is empty", path);
	f->size = f->stored;
	f->on_disk = is_on_disk(f->fd, &st);
	return 0;
}

static int read_stream(void *arg, uint64_t off, void *buf, size_t n)
{
	return read_plain(arg, off, buf, n, NULL);
}

static int fill(struct dfile *f, const char *path, struct err *e)
{
	uint8_t sign[FLAT_SIGN];
	int rc = size_find(f, path, e);

	if (rc < 0 || f->stored < FLAT_HEAD)
		return rc;
	rc = read_plain(f, 0, sign, sizeof(sign), e);
	if (rc < 0 || !flat_is(sign))
		return rc < 0 ? err_add(e, rc, "%s", path) : 0;
	rc = flat_scan(&f->flat, read_stream, f, f->stored, e);
	if (rc < 0)
		return err_add(e, rc, "%s", path);
	f->flattened = true;
	f->size = f->flat.size;
	if (f->size == 0)
		return err_set(e, -ENODATA, "%s: a flattened stream without data", path);
	return 0;
}

static const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int dfile_from(struct dfile **ret, int fd, const char *path, struct err *e)
{
	struct dfile *f = calloc(1, sizeof(*f));
	int rc;

	if (!f) {
		if (fd >= 0)
			close(fd);
		return err_set(e, -ENOMEM, "%s: no memory", path);
	}
	f->fd = fd;
	(void)str_fmt(f->name, sizeof(f->name), "%s", strlen(path) < sizeof(f->name) ? path : path_name(path));
	rc = fill(f, path, e);
	if (rc < 0) {
		dfile_free(f);
		return rc;
	}
	*ret = f;
	return 0;
}

int dfile_open(struct dfile **ret, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	return fd < 0 ? err_sys(e, "open %s", path) : dfile_from(ret, fd, path, e);
}

void dfile_free(struct dfile *f)
{
	if (!f)
		return;
	if (f->fd >= 0)
		close(f->fd);
	flat_free(&f->flat);
	free(f);
}
