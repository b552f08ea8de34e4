/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a raw partition and its label on the device.
 * O_EXCL on a block device is the kernel's own word that nobody uses it; a lock keeps two of us apart.
 */
#include "sink/raw_dev.h"

#include "base/bytes.h"
#include "base/crc32.h"
#include "base/fdio.h"
#include "base/flat.h"
#include "base/str.h"
#include "base/zero.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_fd(struct raw_dev *d, enum raw_how how, struct err *e)
{
	int flags = (how == RAW_WRITE ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK;
	struct stat st;

	if (stat(d->path, &st))
		return err_sys(e, "open %s", d->path);
	if (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode))
		return err_set(e, -ENOTBLK, "%s is neither a block device nor an ordinary file", d->path);
	if (S_ISBLK(st.st_mode) && how == RAW_WRITE)
		flags |= O_EXCL;
	d->fd = open(d->path, flags | O_DIRECT | O_CLOEXEC);
	d->direct = d->fd >= 0;
	if (d->fd < 0 && errno == EINVAL) /* a file system without direct transfers */
		d->fd = open(d->path, flags | O_CLOEXEC);
	if (d->fd < 0 && errno == EBUSY)
		return err_set(e, -EBUSY, "%s is in use: mounted, swapped to, or a part of something", d->path);
	return d->fd < 0 ? err_sys(e, "open %s", d->path) : 0;
}

static int open_it(struct raw_dev *d, enum raw_how how, struct err *e)
{
	off_t end;
	int rc = open_fd(d, how, e);

	if (rc)
		return rc;
	if (how == RAW_WRITE && flock(d->fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? err_set(e, -EBUSY, "%s is being worked on by another crashbox", d->path)
					    : err_sys(e, "lock %s", d->path);
	end = lseek(d->fd, 0, SEEK_END);
	if (end < 0)
		return err_sys(e, "size of %s", d->path);
	d->size = (uint64_t)end;
	return posix_memalign((void **)&d->block, RAW_BLOCK, RAW_HEAD) ? err_set(e, -ENOMEM, "%s: no memory", d->path)
								       : 0;
}

static int read_labels(struct raw_dev *d, struct err *e)
{
	struct raw_label got;
	int rc = 0;

	for (unsigned i = 0; i < 2 && d->size >= RAW_MIN; i++) {
		uint8_t p[RAW_LABEL_SIZE];

		rc = raw_dev_read(d, raw_label_at(d->size, i), p, sizeof(p), e);
		if (rc)
			return rc;
		if (raw_label_read(&got, p, d->size) || (d->labelled && got.seq < d->label.seq))
			continue;
		d->label = got;
		d->copy = i;
		d->labelled = true;
	}
	return 0;
}

int raw_dev_open(struct raw_dev **ret, const char *path, enum raw_how how, struct err *e)
{
	struct raw_dev *d = calloc(1, sizeof(*d));
	int rc;

	if (!d)
		return err_set(e, -ENOMEM, "%s: no memory", path);
	d->fd = -1;
	rc = str_fmt(d->path, sizeof(d->path), "%s", path);
	rc = rc ? err_set(e, rc, "%.60s: the path is too long", path) : open_it(d, how, e);
	if (rc == 0)
		rc = read_labels(d, e);
	if (rc) {
		raw_dev_free(d);
		return rc;
	}
	*ret = d;
	return 0;
}

void raw_dev_free(struct raw_dev *d)
{
	if (!d)
		return;
	if (d->fd >= 0)
		close(d->fd);
	free(d->block);
	free(d);
}

/* ---- transfers ---- */

static int fail(const struct raw_dev *d, int rc, const char *what, struct err *e)
{
	errno = -rc;
	return err_sys(e, "%s %s", what, d->path);
}

int raw_dev_write(struct raw_dev *d, uint64_t off, const void *p, size_t n, struct err *e)
{
	const uint8_t *from = p;

	while (n) {
		size_t part = n < RAW_HEAD ? n : RAW_HEAD, whole = (size_t)align_up(part, RAW_BLOCK);
		int rc;

		memcpy(d->block, from, part);
		memset(d->block + part, 0, whole - part);
		rc = fd_pwrite(d->fd, d->block, whole, off);
		if (rc)
			return fail(d, rc, "write", e);
		from += part;
		off += part;
		n -= part;
	}
	return 0;
}

int raw_dev_read(struct raw_dev *d, uint64_t off, void *p, size_t n, struct err *e)
{
	uint8_t *to = p;

	while (n) {
		size_t part = n < RAW_HEAD ? n : RAW_HEAD, got = 0;
		int rc = fd_pread(d->fd, d->block, (size_t)align_up(part, RAW_BLOCK), off, &got);

		if (rc)
			return fail(d, rc, "read", e);
		if (got < part)
			return err_set(e, -EIO, "read %s: it ends at %llu", d->path, (unsigned long long)(off + got));
		memcpy(to, d->block, part);
		to += part;
		off += part;
		n -= part;
	}
	return 0;
}

int raw_dev_sync(struct raw_dev *d, struct err *e)
{
	return fdatasync(d->fd) ? err_sys(e, "flush %s", d->path) : 0;
}

/* ---- the label ---- */

static void read_id(const char *path, char *buf, size_t n)
{
	if (file_line(path, buf, n, NULL))
		buf[0] = '\0';
	for (char *p = buf; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '/' || *p == '.')
			buf[0] = '\0';
}

int raw_dev_label(struct raw_dev *d, struct err *e)
{
	struct raw_label l;
	int rc = raw_label_init(&l, d->size, e);

	if (rc)
		return err_add(e, rc, "%s", d->path);
	if (getrandom(l.uuid, sizeof(l.uuid), GRND_NONBLOCK) != (ssize_t)sizeof(l.uuid)) {
		/* Before the pool is ready: the boot_id, which names this very boot, is as good. */
		char boot[64] = "";

		read_id("/proc/sys/kernel/random/boot_id", boot, sizeof(boot));
		memcpy(l.uuid, boot, sizeof(l.uuid));
	}
	l.uuid[6] = (uint8_t)((l.uuid[6] & 0x0f) | 0x40); /* RFC 9562: version 4 */
	l.uuid[8] = (uint8_t)((l.uuid[8] & 0x3f) | 0x80);
	read_id("/etc/machine-id", l.machine, sizeof(l.machine));
	d->label = l;
	d->copy = 1;
	return 0;
}

int raw_dev_store(struct raw_dev *d, struct err *e)
{
	unsigned which = 1 - d->copy;
	uint64_t at = raw_label_at(d->size, which);
	uint8_t p[RAW_LABEL_SIZE], back[RAW_LABEL_SIZE];
	int rc;

	/* What the label says must be true before it can be read. */
	rc = raw_dev_sync(d, e);
	if (rc)
		return rc;
	d->label.seq++;
	read_id("/proc/sys/kernel/random/boot_id", d->label.boot, sizeof(d->label.boot));
	raw_label_fill(&d->label, p);
	rc = raw_dev_write(d, at, p, sizeof(p), e);
	if (rc == 0)
		rc = raw_dev_sync(d, e);
	if (rc == 0)
		rc = raw_dev_read(d, at, back, sizeof(back), e);
	if (rc)
		return err_add(e, rc, "label");
	if (memcmp(p, back, sizeof(p)) != 0)
		return err_set(e, -EIO, "%s: the label that was written is not what is read back", d->path);
	d->copy = which;
	d->labelled = true;
	return 0;
}

int raw_dev_store_both(struct raw_dev *d, struct err *e)
{
	int rc = raw_dev_store(d, e);

	return rc ? rc : raw_dev_store(d, e);
}

/* ---- what lies there ---- */

static int load_head(struct raw_dev *d, uint64_t off, struct err *e)
{
	size_t got = 0;
	int rc = fd_pread(d->fd, d->block, RAW_HEAD, off, &got);

	if (rc)
		return fail(d, rc, "read", e);
	return got == RAW_HEAD ? 0 : err_set(e, -EIO, "read %s: it is smaller than it says", d->path);
}

int raw_dev_head(struct raw_dev *d, uint32_t *ret, struct err *e)
{
	int rc = load_head(d, 0, e);

	if (rc == 0)
		*ret = crc32_add(0, d->block, RAW_HEAD);
	return rc;
}

int raw_dev_know_head(struct raw_dev *d, struct err *e)
{
	int rc = raw_dev_head(d, &d->label.head_crc, e);

	d->label.head_known = rc == 0;
	return rc;
}

int raw_dev_blank(struct raw_dev *d, bool *ret, struct err *e)
{
	int rc;

	*ret = false;
	if (d->size < 2 * RAW_HEAD)
		return err_set(e, -ENOSPC, "%s is too small", d->path);
	rc = load_head(d, 0, e);
	if (rc || !page_is_zero(d->block, RAW_HEAD))
		return rc;
	rc = load_head(d, align_down(d->size, RAW_BLOCK) - RAW_HEAD, e);
	*ret = rc == 0 && page_is_zero(d->block, RAW_HEAD);
	return rc;
}

int raw_dev_stream(struct raw_dev *d, uint64_t off, bool *ret, struct err *e)
{
	uint8_t head[64];
	int rc = raw_dev_read(d, off, head, sizeof(head), e);

	*ret = rc == 0 && flat_head_check(head, sizeof(head)) == 0;
	return rc;
}

int raw_dev_forget(struct raw_dev *d, uint64_t off, struct err *e)
{
	static const uint8_t none[RAW_BLOCK];
	int rc = raw_dev_write(d, off, none, sizeof(none), e);

	return rc ? rc : raw_dev_sync(d, e);
}
