/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: cpio archives in the "newc" form, written and read in memory.
 * The writer's bytes depend on its input alone; the reader takes hostile bytes.
 */
#include "format/newc.h"

#include "base/bytes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HEADER  110
#define TRAILER "TRAILER!!!"

/* Fields behind the 6 bytes of magic, 8 hex digits each. */
enum { F_INO,
       F_MODE,
       F_UID,
       F_GID,
       F_NLINK,
       F_MTIME,
       F_FILESIZE,
       F_MAJOR,
       F_MINOR,
       F_RMAJOR,
       F_RMINOR,
       F_NAMESIZE,
       F_CHECK,
       F_COUNT };

static int grow(struct newc_writer *w, size_t more, struct err *e)
{
	size_t room = w->room ? w->room : 65536;
	uint8_t *buf;

	if (more > SIZE_MAX / 4 - w->len)
		return err_set(e, -ENOMEM, "cpio archive: too large");
	while (room - w->len < more)
		room *= 2;
	if (room == w->room)
		return 0;
	buf = realloc(w->buf, room);
	if (!buf)
		return err_set(e, -ENOMEM, "cpio archive: no memory for %zu bytes", room);
	w->buf = buf;
	w->room = room;
	return 0;
}

/* Room was made by the caller. */
static void append(struct newc_writer *w, const void *p, size_t n, size_t align)
{
	if (n)
		memcpy(w->buf + w->len, p, n);
	w->len += n;
	while (w->len % align)
		w->buf[w->len++] = 0;
}

static int put(struct newc_writer *w, const struct newc_entry *in, uint32_t ino, struct err *e)
{
	size_t name = strlen(in->path) + 1;
	unsigned nlink = S_ISDIR(in->mode) ? 2 : 1;
	char head[HEADER + 1];
	int rc;

	if (name > NEWC_PATH_MAX)
		return err_set(e, -ENAMETOOLONG, "%.60s...: a path of %zu bytes", in->path,
			       name - 1);
	if (in->len > UINT32_MAX)
		return err_set(e, -EFBIG, "%s: %zu bytes, cpio holds files below 4 GiB", in->path,
			       in->len);
	rc = grow(w, HEADER + name + in->len + 16, e);
	if (rc < 0)
		return rc;
	snprintf(head, sizeof(head), "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		 ino, in->mode, 0, 0, nlink, 0, (uint32_t)in->len, 0, 0, in->rmajor, in->rminor,
		 (uint32_t)name, 0);
	append(w, head, HEADER, 1);
	append(w, in->path, name, 4);
	append(w, in->data, in->len, 4);
	return 0;
}

int newc_put(struct newc_writer *w, const struct newc_entry *in, struct err *e)
{
	int rc = put(w, in, w->ino + 1, e);

	if (rc < 0)
		return rc;
	w->ino++;
	return 0;
}

int newc_end(struct newc_writer *w, struct err *e)
{
	const struct newc_entry last = { .path = TRAILER };
	int rc = put(w, &last, 0, e);

	if (rc < 0)
		return rc;
	rc = grow(w, NEWC_PAD, e);
	if (rc < 0)
		return rc;
	append(w, NULL, 0, NEWC_PAD);
	return 0;
}

void newc_free(struct newc_writer *w)
{
	if (!w)
		return;
	free(w->buf);
	*w = (struct newc_writer){ 0 };
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int fields(const uint8_t *p, uint32_t f[F_COUNT])
{
	for (int i = 0; i < F_COUNT; i++) {
		f[i] = 0;
		for (int k = 0; k < 8; k++) {
			int d = hex_digit(*p++);

			if (d < 0)
				return -EBADMSG;
			f[i] = f[i] << 4 | (uint32_t)d;
		}
	}
	return 0;
}

/* Only the end of the archive may cut the padding off: nothing follows that would be misplaced. */
static size_t padded(size_t at, size_t n)
{
	at = (at + 3) & ~(size_t)3;
	return at < n ? at : n;
}

int newc_next(const uint8_t *buf, size_t n, size_t *pos, struct newc_entry *ret, struct err *e)
{
	uint32_t f[F_COUNT];
	size_t at = *pos, data;

	if (!range_ok(at, HEADER, n))
		return err_set(e, -EBADMSG, "cpio archive ends at byte %zu without a trailer", n);
	/* 070702 is the same with checksums; the kernel takes both. */
	if (memcmp(buf + at, "07070", 5) != 0 || (buf[at + 5] != '1' && buf[at + 5] != '2') ||
	    fields(buf + at + 6, f) < 0)
		return err_set(e, -EBADMSG, "no cpio header at byte %zu", at);
	at += HEADER;
	if (f[F_NAMESIZE] == 0 || f[F_NAMESIZE] > NEWC_PATH_MAX ||
	    !range_ok(at, f[F_NAMESIZE], n) || buf[at + f[F_NAMESIZE] - 1] != 0)
		return err_set(e, -EBADMSG, "bad cpio name at byte %zu", at);
	data = padded(at + f[F_NAMESIZE], n);
	if (!range_ok(data, f[F_FILESIZE], n))
		return err_set(e, -EBADMSG, "cpio archive is cut off inside the data at byte %zu",
			       data);
	*pos = padded(data + f[F_FILESIZE], n);
	if (strcmp((const char *)buf + at, TRAILER) == 0)
		return 0;
	*ret = (struct newc_entry){
		.path = (const char *)buf + at,
		.mode = f[F_MODE],
		.rmajor = f[F_RMAJOR],
		.rminor = f[F_RMINOR],
		.data = buf + data,
		.len = f[F_FILESIZE],
	};
	return 1;
}
