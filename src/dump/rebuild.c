/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: a flattened stream becomes a file.
 * Records go where they say, as they come; the end of the stream is believed only when it is marked.
 */
#include "dump/rebuild.h"

#include "base/bytes.h"
#include "base/fdio.h"
#include "base/flat.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define PIECE             (256u << 10)
#define HEAD              512u /* the beginning of the file is remembered: it has the mark */
#define KDUMP_STATUS      424u /* disk_dump_header.status, 64-bit ABI */
#define STATUS_INCOMPLETE 8u
#define ELF_FLAGS         offsetof(Elf64_Ehdr, e_flags)
#define FLAG_INCOMPLETE   1u

struct rebuild {
	const struct rebuild_in *in;
	struct sink *out;
	struct rebuild_stat *st;
	uint8_t head[HEAD]; /* of the file, as far as it has come; zeros else */
	uint8_t *buf;       /* PIECE bytes */
};

/* N bytes of the stream. -ENODATA when it ends before. */
static int take(struct rebuild *r, void *buf, size_t n, struct err *e)
{
	size_t got = 0;
	int rc = r->in->read(r->in->arg, buf, n, &got);

	if (rc) {
		errno = -rc;
		return err_sys(e, "read the stream");
	}
	return got == n ? 0 : err_set(e, -ENODATA, "the stream ends before its end mark");
}

static int give(struct rebuild *r, uint64_t off, const uint8_t *p, size_t n, struct err *e)
{
	int rc = r->out->ops->write(r->out, off, p, n, e);

	if (rc)
		return rc;
	if (off < HEAD)
		memcpy(r->head + off, p, n < HEAD - off ? n : (size_t)(HEAD - off));
	r->st->written += n;
	if (off + n > r->st->size)
		r->st->size = off + n;
	return 0;
}

static int copy_record(struct rebuild *r, struct flat_record rec, struct err *e)
{
	int rc = 0;

	while (rc == 0 && rec.len) {
		size_t n = rec.len < PIECE ? (size_t)rec.len : PIECE, got = 0;
		int rc2;

		rc = r->in->read(r->in->arg, r->buf, n, &got);
		if (rc) {
			errno = -rc;
			return err_sys(e, "read the stream");
		}
		/* What came before the stream was cut is worth keeping. */
		rc = got ? give(r, rec.off, r->buf, got, e) : 0;
		rc2 = got == n ? 0 : -ENODATA;
		if (rc == 0 && rc2)
			rc = err_set(e, rc2, "the stream ends before its end mark");
		rec.off += got;
		rec.len -= got;
	}
	return rc;
}

static int copy_all(struct rebuild *r, struct err *e)
{
	for (;;) {
		uint8_t raw[FLAT_RECORD];
		struct flat_record rec = { 0 };
		int rc = take(r, raw, sizeof(raw), e), what;

		if (rc)
			return rc;
		what = flat_record_get(raw, &rec);
		if (what == 0)
			return 0;
		if (what < 0)
			return err_set(e, what, "the stream is damaged after %llu bytes of data",
				       (unsigned long long)r->st->written);
		rc = copy_record(r, rec, e);
		if (rc)
			return rc;
	}
}

/* Whether the file says of itself that it is incomplete; with SET it is made to say so. */
static bool marked(struct rebuild *r, bool set)
{
	bool kdump = memcmp(r->head, "KDUMP   ", 8) == 0;
	uint32_t mark = kdump ? STATUS_INCOMPLETE : FLAG_INCOMPLETE;
	size_t at = kdump ? KDUMP_STATUS : ELF_FLAGS;
	uint32_t word = get_u32(r->head + at);

	if (!kdump && memcmp(r->head, ELFMAG, SELFMAG) != 0)
		return false;
	if (set && !(word & mark)) {
		put_u32(r->head + at, word | mark);
		return r->out->ops->write(r->out, at, r->head + at, sizeof(word), NULL) == 0;
	}
	return word & mark;
}

static int rebuild_file(struct rebuild *r, const char *temp, const char *name, struct err *e)
{
	struct sink *out = r->out;
	int rc = out->ops->begin(out, temp, name, e), rc2;

	if (rc)
		return rc;
	if (out->ops->empty)
		rc = out->ops->empty(out, e);
	if (rc == 0)
		rc = copy_all(r, e);
	r->st->incomplete = marked(r, rc != 0);
	if (rc == 0)
		return out->ops->commit(out, r->st->size, e);
	rc2 = out->ops->abandon(out, NULL);
	return rc2 ? err_add(e, rc, "what came is not safe on the disk") : rc;
}

int rebuild_from(const struct rebuild_in *in, struct sink *out, const char *temp, const char *name,
		 struct rebuild_stat *st, struct err *e)
{
	struct rebuild r = { .in = in, .out = out, .st = st };
	size_t got = 0;
	int rc;

	memset(st, 0, sizeof(*st));
	if (!(out->ops->caps & SINK_SEEK) || out->ops->caps & SINK_ONCE)
		return err_set(e, -EOPNOTSUPP, "%s takes no bytes out of order", out->dir);
	r.buf = malloc(PIECE);
	if (!r.buf)
		return err_set(e, -ENOMEM, "rebuild: no memory");
	rc = in->read(in->arg, r.buf, FLAT_HEAD, &got);
	if (rc) {
		errno = -rc;
		rc = err_sys(e, "read the stream");
	} else if (flat_head_check(r.buf, got) || got < FLAT_HEAD) {
		rc = err_set(e, -EINVAL, "the input is no flattened dump");
	} else {
		rc = rebuild_file(&r, temp, name, e);
	}
	free(r.buf);
	return rc;
}

static int read_fd(void *arg, void *buf, size_t n, size_t *got)
{
	return fd_read(*(const int *)arg, buf, n, got);
}

int rebuild_run(int fd, struct sink *out, const char *temp, const char *name, struct rebuild_stat *st, struct err *e)
{
	const struct rebuild_in in = { .read = read_fd, .arg = &fd };

	return rebuild_from(&in, out, temp, name, st, e);
}
