/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: what a dump holds about itself: its kernel log, the time of the crash, and whether it is whole.
 * It is the memory of a kernel that crashed, on a partition that another user may have plugged in: a child without
 * privileges reads it, within limits.
 */
#include "host/savecore.h"

#include "base/dumpdir.h"
#include "base/fdio.h"
#include "base/str.h"
#include "codec/codec.h"
#include "dump/rebuild.h"
#include "host/confine.h"
#include "vmcore/file.h"
#include "vmcore/klog.h"
#include "vmcore/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MS   120000 /* a disk that is slow, a dump that is flattened and large */
#define WHEN_MS  60000
#define WORTH_MS 120000 /* and a second for each of these: */
#define WORTH_OF 24     /* log2 of bytes of the file */
#define MEMORY   ((uint64_t)512 << 20)
#define LOG_MOST ((uint64_t)256 << 20) /* bytes of text; a log buffer has some MiB */

struct dump_file {
	int fd;
	const char *name;
	bool pages; /* read_worth() reads them all */
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
	struct dump_file f = { .fd = fd, .name = file };
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
	struct dump_file f = { .fd = fd, .name = file };
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

static int read_worth(void *arg, int out, struct err *e)
{
	const struct dump_file *f = arg;
	struct rebuild_worth worth;
	int rc = rebuild_look(f->fd, f->name, f->pages, &worth, e);

	if (rc)
		return rc;
	rc = fd_write(out, &worth, sizeof(worth));
	return rc ? err_set(e, rc, "the verdict is not taken") : 0;
}

/* The name first: killed behind it, the next run makes the file again, from a stream that is still there. */
static int demote(const struct savecore_place *p, enum source_kind kind, struct err *e)
{
	const char *name = savecore_has(p, "vmcore-incomplete") ? "vmcore" : "vmcore-incomplete";
	int fd, rc;

	if (strcmp(name, "vmcore") != 0 && renameat(p->fd, "vmcore", p->fd, name))
		return err_sys(e, "rename %s/vmcore", p->path);
	fd = openat(p->fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open %s/%s", p->path, name);
	rc = rebuild_mark(fd, kind, e);
	close(fd);
	return rc == 0 && fsync(p->fd) ? err_sys(e, "fsync %s", p->path) : rc;
}

int savecore_worth(const struct savecore *s, const struct savecore_place *p, bool pages, struct err *e)
{
	struct dump_file f = { .fd = -1, .name = "vmcore", .pages = pages };
	struct rebuild_worth worth;
	struct confine c = { .work = read_worth, .arg = &f, .memory = MEMORY, .what = f.name };
	struct err why = { 0 };
	struct stat st;
	int rc = dumpdir_read(&f.fd, p->fd, f.name, &st, &why);

	if (rc == 0) {
		memcpy(c.fd, (int[CONFINE_FILES]){ f.fd, -1, -1, -1 }, sizeof(c.fd));
		c.limit_ms = WORTH_MS + ((int64_t)st.st_size >> WORTH_OF) * 1000;
		rc = confine_answer(&c, &worth, sizeof(worth), &why);
		close(f.fd);
	}
	if (rc == DFILE_FAILED) /* what the dump was made of stays */
		return err_set(e, rc, "%s/vmcore: %s", p->path, why.text);
	if (rc) {
		host_say(s->host, HOST_WARN, "%s: whether all of vmcore is there is unknown: %s", p->path, why.text);
		return 0;
	}
	if (!worth.incomplete)
		return 0;
	worth.why[sizeof(worth.why) - 1] = '\0';
	host_say(s->host, HOST_WARN, "%s: the dump is incomplete: %s", p->path, worth.why);
	return demote(p, worth.kind, e);
}
