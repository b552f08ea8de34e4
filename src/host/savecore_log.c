/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: what a dump holds about itself: its kernel log, and the time of the crash.
 * It is the memory of a kernel that crashed, on a partition that another user may have plugged in: a child without
 * privileges reads it, within limits.
 */
#include "host/savecore.h"

#include "base/fdio.h"
#include "base/str.h"
#include "codec/codec.h"
#include "host/confine.h"
#include "vmcore/klog.h"
#include "vmcore/source.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define LOG_MS   120000 /* a disk that is slow, a dump that is flattened and large */
#define WHEN_MS  60000
#define MEMORY   ((uint64_t)512 << 20)
#define LOG_MOST ((uint64_t)256 << 20) /* bytes of text; a log buffer has some MiB */

struct dump_file {
	int fd;
	const char *name;
};

struct log_out {
	struct sink *out;
	uint64_t at;
};

static int emit(void *arg, const char *text, size_t n, struct err *e)
{
	int rc = fd_write(*(const int *)arg, text, n);

	return rc ? err_set(e, rc, "the log is not taken") : 0;
}

/* In the child. */
static int read_log(void *arg, int out, struct err *e)
{
	const struct dump_file *f = arg;
	const struct klog_out to = { .emit = emit, .arg = &out };
	struct source *src = NULL;
	struct klog_stat st;
	int rc = source_from(&src, f->fd, f->name, &codec_unpack, e);

	return rc ? rc : klog_read(src, &to, &st, e);
}

static int take_log(void *arg, const void *p, size_t n, struct err *e)
{
	struct log_out *l = arg;
	int rc = l->at + n > LOG_MOST ? err_set(e, -EFBIG, "a log without end")
				      : l->out->ops->write(l->out, l->at, p, n, e);

	l->at += n;
	return rc;
}

static int write_log(const struct confine *c, struct sink *out, struct err *e)
{
	struct log_out *l = c->take_arg;
	int rc = out->ops->begin(out, "vmcore-dmesg-incomplete.txt", "vmcore-dmesg.txt", e);

	if (rc)
		return rc;
	rc = out->ops->empty(out, e);
	if (rc == 0)
		rc = confine_run(c, e);
	if (rc == 0)
		return out->ops->commit(out, l->at, e);
	(void)out->ops->abandon(out, NULL);
	return rc;
}

int savecore_log(const struct savecore_place *p, int fd, const char *file, struct err *e)
{
	struct dump_file f = { fd, file };
	struct log_out l = { .at = 0 };
	const struct confine c = {
		.work = read_log,
		.arg = &f,
		.fd = { fd, -1, -1, -1 },
		.limit_ms = LOG_MS,
		.memory = MEMORY,
		.what = file,
		.take = take_log,
		.take_arg = &l,
	};
	int rc = savecore_has(p, "vmcore-dmesg.txt") ? 0 : savecore_sink(p, &l.out, e);

	if (rc == 0 && l.out)
		rc = write_log(&c, l.out, e);
	if (l.out)
		l.out->ops->free(l.out);
	close(fd);
	return rc;
}

static int read_when(void *arg, int out, struct err *e)
{
	const struct dump_file *f = arg;
	struct source *src = NULL;
	int rc = source_from(&src, f->fd, f->name, &codec_unpack, e);
	int64_t when;

	if (rc)
		return rc;
	when = src->info.crash_time;
	rc = fd_write(out, &when, sizeof(when));
	return rc ? err_set(e, rc, "the time is not taken") : 0;
}

int64_t savecore_when(int fd, const char *file)
{
	struct dump_file f = { fd, file };
	struct confine c = {
		.work = read_when,
		.arg = &f,
		.fd = { fd, -1, -1, -1 },
		.limit_ms = WHEN_MS,
		.memory = MEMORY,
		.what = file,
	};
	int64_t when = 0;

	if (confine_answer(&c, &when, sizeof(when), NULL))
		when = 0;
	close(fd);
	return when > 0 ? when : 0;
}
