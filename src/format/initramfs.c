/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: an initramfs image: archives one after another, each plain or gzip-packed.
 * Seen as the kernel sees it (init/initramfs.c, 6.12): zero bytes between archives are skipped.
 */
#include "format/initramfs.h"

#include "base/bytes.h"
#include "base/foreign.h"
#include "format/gzip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PAGE         4096u
#define UNPACK_BASE  ((size_t)16 << 20)
#define UNPACK_TIMES 32u

/* All entries of one archive; *POS moves behind its trailer. */
static int walk_archive(const uint8_t *buf, size_t n, size_t *pos, struct initramfs_archive *a,
			const struct initramfs_seer *who, struct err *e)
{
	struct newc_entry in;
	int rc;

	while ((rc = newc_next(buf, n, pos, &in, e)) > 0) {
		a->entries++;
		if (S_ISREG(in.mode))
			a->memory += align_up(in.len, PAGE);
		if (who->entry)
			who->entry(who->arg, &in);
	}
	return rc;
}

/* An unpacked member may hold several archives: the kernel reads on behind a trailer. */
static int walk_member(const uint8_t *buf, size_t n, struct initramfs_archive *a,
		       const struct initramfs_seer *who, struct err *e)
{
	size_t pos = 0;
	int rc = 0;

	while (rc >= 0) {
		while (pos < n && buf[pos] == 0)
			pos++;
		if (pos == n)
			return 0;
		rc = walk_archive(buf, n, &pos, a, who, e);
	}
	return rc;
}

/* What the N bytes at P are, which begin no archive; NULL: they begin one, which is damaged. */
static const char *find_other(const uint8_t *p, size_t n)
{
	const char *what;

	if (n > 5 && memcmp(p, "07070", 5) == 0)
		return NULL;
	what = foreign_or_dump(p, n, "a text: an image is what `mkinitrd.sh` builds");
	return what ? what : "bytes that begin neither a cpio archive nor gzip data";
}

static int walk_packed(const uint8_t *buf, size_t n, size_t max, struct initramfs_archive *a,
		       const struct initramfs_seer *who, struct err *e)
{
	struct gzip_out out;
	const char *what;
	int rc = gzip_unpack(buf, n, max, &out, e);

	if (rc < 0)
		return rc;
	a->packed = out.used;
	a->unpacked = out.len;
	rc = walk_member(out.buf, out.len, a, who, e);
	what = rc == -EBADMSG ? find_other(out.buf, out.len) : NULL;
	free(out.buf);
	return what ? err_set(e, rc, "gzip data, and in it %s", what) : rc;
}

static int walk_plain(const uint8_t *buf, size_t n, struct initramfs_archive *a,
		      const struct initramfs_seer *who, struct err *e)
{
	size_t pos = 0;
	int rc = walk_archive(buf, n, &pos, a, who, e);

	a->packed = pos;
	a->unpacked = pos;
	return rc;
}

/* A file of a few kilobytes must not take all of memory; images unpack to 2 to 10 times their size. */
static size_t unpacked_max(size_t n, size_t max)
{
	size_t most = n < (max - UNPACK_BASE) / UNPACK_TIMES ? UNPACK_BASE + n * UNPACK_TIMES : max;

	return max < UNPACK_BASE ? max : most;
}

int initramfs_walk(const uint8_t *buf, size_t n, size_t max, const struct initramfs_seer *who,
		   struct err *e)
{
	size_t pos = 0;
	unsigned nr = 0;

	for (;;) {
		struct initramfs_archive a = { .nr = nr + 1 };
		const char *what;
		int rc;

		while (pos < n && buf[pos] == 0)
			pos++;
		if (pos == n)
			return nr ? 0
				  : err_set(e, -EBADMSG, "no image: the file %s", n ? "is all zeros" : "is empty");
		a.gzip = gzip_is(buf + pos, n - pos);
		rc = a.gzip ? walk_packed(buf + pos, n - pos, unpacked_max(n - pos, max), &a, who, e)
			    : walk_plain(buf + pos, n - pos, &a, who, e);
		what = rc == -EBADMSG && !a.gzip ? find_other(buf + pos, n - pos) : NULL;
		if (what && nr == 0)
			return err_set(e, rc, "no image but %s", what);
		if (what)
			rc = err_set(e, rc, "%s", what);
		if (rc < 0)
			return err_add(e, rc, "archive %u at byte %zu", nr + 1, pos);
		if (who->archive)
			who->archive(who->arg, &a);
		pos += a.packed;
		nr++;
	}
}
