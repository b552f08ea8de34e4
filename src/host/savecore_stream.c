/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: a stream on a partition becomes a file.
 * A thread reads the partition past the page cache into a pipe while the file is written. The last bytes, the end mark
 * with them, are withheld until the checksum of all is known to be right: a damaged dump never looks whole.
 */
#include "host/savecore.h"

#include "base/bytes.h"
#include "base/crc32.h"
#include "base/fdio.h"
#include "base/flat.h"
#include "base/str.h"
#include "codec/codec.h"
#include "dump/rebuild.h"
#include "sink/sink_file.h"
#include "vmcore/klog.h"
#include "vmcore/source.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE (4u << 20) /* read at once: several requests are on their way to the disk */
#define TEMP  "vmcore-incomplete"

struct feed {
	const struct savecore_stream *in;
	int pipe;
	uint8_t *buf; /* PIECE bytes, aligned */
	int rc;       /* of the thread; -EBADMSG: the checksum is wrong */
	struct err e;
};

/* Bytes of the next piece: whole blocks, but the last one, which holds the end mark undivided. */
static size_t piece_size(uint64_t left)
{
	size_t n = left < PIECE ? (size_t)left : PIECE;

	return left > n && left - n < FLAT_RECORD ? n - RAW_BLOCK : n;
}

static int read_piece(struct feed *f, uint64_t at, size_t n)
{
	const struct savecore_stream *in = f->in;
	size_t got = 0;
	int rc = fd_pread(in->d->fd, f->buf, (size_t)align_up(n, RAW_BLOCK), in->off + at, &got);

	if (rc == 0 && got < n)
		rc = -EIO;
	if (rc) {
		errno = -rc;
		return err_sys(&f->e, "read %s", in->d->path);
	}
	if (at == 0 && in->head && n >= RAW_BLOCK)
		flat_head_fill(f->buf);
	return 0;
}

static int feed_all(struct feed *f)
{
	const struct savecore_stream *in = f->in;
	uint64_t at = 0;
	uint32_t crc = 0;

	while (at < in->len) {
		size_t n = piece_size(in->len - at), give = n;
		int rc = read_piece(f, at, n);

		if (rc)
			return rc;
		if (in->check)
			crc = crc32_add(crc, f->buf, n);
		at += n;
		if (in->check && at == in->len && crc != in->crc)
			give = n > FLAT_RECORD ? n - FLAT_RECORD : 0;
		if (fd_write(f->pipe, f->buf, give))
			return 0; /* the reader has enough, or says itself what is wrong */
		if (give < n)
			return err_set(&f->e, -EBADMSG, "the checksum of the dump is %08x, the label says %08x", crc,
				       in->crc);
	}
	return 0;
}

static void *feed_thread(void *arg)
{
	struct feed *f = arg;
	sigset_t all;

	sigfillset(&all); /* SIGPIPE: an error of write() is enough */
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	f->rc = feed_all(f);
	close(f->pipe);
	return NULL;
}

static int rebuild(struct feed *f, int from, struct sink *out, const char *name, struct err *e)
{
	struct rebuild_stat st;
	pthread_t thread;
	int rc = pthread_create(&thread, NULL, feed_thread, f);

	if (rc) {
		close(f->pipe);
		close(from);
		return err_set(e, -rc, "no thread to read with");
	}
	rc = rebuild_run(from, out, TEMP, name, &st, e);
	close(from);
	pthread_join(thread, NULL);
	if (rc == -ENODATA && f->rc) {
		rc = f->rc;
		*e = f->e;
	}
	return rc;
}

int savecore_rebuild(const struct savecore_stream *in, const char *dir, const char *name, struct err *e)
{
	struct feed f = { .in = in };
	struct sink *out = NULL;
	int fd[2], rc = sink_file_open(&out, dir, SINK_FILE_EXISTING, e);

	if (rc)
		return rc;
	if (posix_memalign((void **)&f.buf, RAW_BLOCK, PIECE)) {
		rc = err_set(e, -ENOMEM, "no memory");
	} else if (pipe2(fd, O_CLOEXEC)) {
		rc = err_sys(e, "make a pipe");
	} else {
		(void)fcntl(fd[1], F_SETPIPE_SZ, PIECE);
		f.pipe = fd[1];
		rc = rebuild(&f, fd[0], out, name, e);
	}
	if (rc == -ENOSPC && out->ops->remove)
		(void)out->ops->remove(out, TEMP, NULL);
	free(f.buf);
	out->ops->free(out);
	return rc;
}

/* ---- the log ---- */

struct log_out {
	struct sink *out;
	uint64_t at;
};

static int emit(void *arg, const char *text, size_t n, struct err *e)
{
	struct log_out *l = arg;
	int rc = l->out->ops->write(l->out, l->at, text, n, e);

	l->at += n;
	return rc;
}

static int write_log(struct source *src, struct sink *out, struct err *e)
{
	struct log_out l = { .out = out };
	const struct klog_out to = { .emit = emit, .arg = &l };
	struct klog_stat st;
	int rc = out->ops->begin(out, "vmcore-dmesg-incomplete.txt", "vmcore-dmesg.txt", e);

	if (rc == 0)
		rc = out->ops->empty(out, e);
	if (rc == 0)
		rc = klog_read(src, &to, &st, e);
	if (rc == 0)
		return out->ops->commit(out, l.at, e);
	(void)out->ops->abandon(out, NULL);
	return rc;
}

int savecore_log(const char *dir, const char *file, struct err *e)
{
	struct source *src = NULL;
	struct sink *out = NULL;
	int rc;

	if (savecore_has(dir, "vmcore-dmesg.txt"))
		return 0;
	rc = source_open(&src, &file, 1, &codec_unpack, e);
	if (rc)
		return rc;
	rc = sink_file_open(&out, dir, SINK_FILE_EXISTING, e);
	if (rc == 0) {
		rc = write_log(src, out, e);
		out->ops->free(out);
	}
	src->ops->free(src);
	return rc;
}
