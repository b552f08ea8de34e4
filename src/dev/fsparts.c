/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: what a file system needs besides the device that it is mounted from.
 * Only the fields that name other devices are read, and their bounds come from the bytes that are there.
 */
#include "dev/fsparts.h"

#include "base/bytes.h"
#include "base/fdio.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct head {
	const uint8_t *p;
	size_t n;
};

/* N bytes at AT, or NULL. */
static const uint8_t *head_at(const struct head *h, size_t at, size_t n)
{
	return range_ok(at, n, h->n) ? h->p + at : NULL;
}

static bool head_is(const struct head *h, size_t at, const void *magic, size_t n)
{
	const uint8_t *p = head_at(h, at, n);

	return p && memcmp(p, magic, n) == 0;
}

/* A little-endian number of N bytes, 0 behind the end. */
static uint64_t head_le(const struct head *h, size_t at, unsigned n)
{
	const uint8_t *p = head_at(h, at, n);
	uint64_t v = 0;

	while (p && n--)
		v = v << 8 | p[n];
	return v;
}

/* A file system that is big-endian on disk needs no more of it than whether a field is 0. */
static bool head_is_zero(const struct head *h, size_t at)
{
	static const uint8_t zero[8];

	return head_is(h, at, zero, sizeof(zero));
}

static void parse_xfs(const struct head *h, struct fsparts *ret)
{
	if (!head_is(h, 0, "XFSB", 4) || !head_at(h, 0, 512))
		return;
	ret->log = head_is_zero(h, 48);
	/* sb_rblocks, unless sb_rtstart (6.15) puts the section on the same device */
	ret->realtime = !head_is_zero(h, 16) && head_is_zero(h, 288);
}

static void parse_ext(const struct head *h, struct fsparts *ret)
{
	enum { SB = 1024,
	       HAS_JOURNAL = 0x4,
	       JOURNAL_DEV = 0x8 };

	if (!head_at(h, SB, 1024) || head_le(h, SB + 56, 2) != 0xef53)
		return;
	if (!(head_le(h, SB + 92, 4) & HAS_JOURNAL) || head_le(h, SB + 96, 4) & JOURNAL_DEV)
		return;
	ret->journal = head_le(h, SB + 224, 4) == 0;
	memcpy(ret->uuid, h->p + SB + 208, sizeof(ret->uuid));
}

static void parse_btrfs(const struct head *h, struct fsparts *ret)
{
	const size_t sb = 65536;
	uint64_t n = head_le(h, sb + 136, 8);

	if (head_is(h, sb + 64, "_BHRfS_M", 8))
		ret->devices = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static void parse_bcachefs(const struct head *h, struct fsparts *ret)
{
	static const uint8_t magic[16] = { 0xc6, 0x85, 0x73, 0xf6, 0x66, 0xce, 0x90, 0xa9,
					   0xd9, 0x6a, 0x60, 0xcf, 0x80, 0x3d, 0xf7, 0xef };
	const size_t sb = 4096;

	if (head_is(h, sb + 24, magic, sizeof(magic)))
		ret->devices = (uint32_t)head_le(h, sb + 123, 1);
}

static void parse_f2fs(const struct head *h, struct fsparts *ret)
{
	const size_t sb = 1024, first = sb + 2201, each = 68;
	unsigned n = 0;

	if (head_le(h, sb, 4) != 0xf2f52010)
		return;
	for (unsigned i = 0; i < FSPARTS_PATHS && head_at(h, first + i * each, each); i++) {
		const char *path = (const char *)h->p + first + i * each;

		if (*path)
			memcpy(ret->path[n++], path, 64);
	}
	/* A single device may name itself. */
	if (n == 1)
		ret->path[0][0] = '\0';
}

static void parse_jfs(const struct head *h, struct fsparts *ret)
{
	enum { SB = 32768,
	       INLINELOG = 0x800 };

	if (head_is(h, SB, "JFS1", 4) && head_at(h, SB, 128))
		ret->log = !(head_le(h, SB + 36, 4) & INLINELOG);
}

void fsparts_parse(const uint8_t *buf, size_t n, struct fsparts *ret)
{
	const struct head h = { buf, n };

	memset(ret, 0, sizeof(*ret));
	parse_xfs(&h, ret);
	parse_ext(&h, ret);
	parse_btrfs(&h, ret);
	parse_bcachefs(&h, ret);
	parse_f2fs(&h, ret);
	parse_jfs(&h, ret);
}

int fsparts_read(const char *path, struct fsparts *ret, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;
	uint8_t *buf;
	size_t n = 0;

	if (fd < 0)
		return err_sys(e, "open %s", path);
	buf = malloc(FSPARTS_HEAD);
	rc = buf ? fd_pread(fd, buf, FSPARTS_HEAD, 0, &n) : -ENOMEM;
	close(fd);
	if (rc == 0)
		fsparts_parse(buf, n, ret);
	free(buf);
	return rc ? err_set(e, rc, "read %s: %s", path, strerror(-rc)) : 0;
}
