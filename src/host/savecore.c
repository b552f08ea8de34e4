/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: dumps of raw partitions come into a directory.
 * Small files first, then the dump, then the label: killed in between, the next run finds the same directory by its
 * note and goes on.
 */
#include "host/savecore.h"

#include "base/crc32.h"
#include "base/dumpdir.h"
#include "base/flat.h"
#include "base/str.h"
#include "dev/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SMALL_MAX ((uint64_t)256 << 20)

struct job {
	const struct savecore *s;
	struct raw_dev *d;
	struct savecore_stat *st;
	struct savecore_place at; /* of the dump that is worked on */
};

/* ---- log and report ---- */

static int put_small(struct job *j, struct sink *out, const struct raw_part *p, const char *name, struct err *e)
{
	uint8_t *buf = p->len && p->len <= SMALL_MAX ? malloc((size_t)p->len) : NULL;
	bool whole = p->state == RAW_COMPLETE, is_log = strcmp(name, "vmcore-dmesg.txt") == 0;
	char temp[80];
	int rc;

	if (!buf)
		return p->len ? err_set(e, -ENOMEM, "%s: no memory", name) : 0;
	rc = raw_dev_read(j->d, p->off, buf, (size_t)p->len, e);
	if (rc == 0 && whole && crc32_add(0, buf, (size_t)p->len) != p->crc) {
		host_say(j->s->host, HOST_WARN, "%s: wrong checksum of %s, saved as incomplete", j->d->path,
			 name);
		whole = false;
	}
	(void)str_fmt(temp, sizeof(temp), is_log ? "vmcore-dmesg-incomplete.txt" : ".%s.incomplete",
		      name);
	if (rc == 0)
		rc = out->ops->begin(out, temp, whole ? name : temp, e);
	if (rc == 0)
		rc = out->ops->write(out, 0, buf, (size_t)p->len, e);
	if (rc == 0)
		rc = out->ops->commit(out, p->len, e);
	free(buf);
	return rc;
}

static int save_small(struct job *j, const struct raw_dump *dump, struct err *e)
{
	struct sink *out = NULL;
	int rc = savecore_sink(&j->at, &out, e);

	for (unsigned k = 0; k < RAW_KINDS && rc == 0; k++) {
		const char *name = raw_kind_name((enum raw_kind)k);

		if (k != RAW_VMCORE && raw_part_live(&dump->part[k]) && !savecore_has(&j->at, name))
			rc = put_small(j, out, &dump->part[k], name, e);
	}
	if (out)
		out->ops->free(out);
	return rc;
}

/* ---- the dump ---- */

/* The part of a dump that was cut off by a power failure: what the label knows of, or all when its head was written. */
static int stream_of(struct job *j, const struct raw_part *p, struct savecore_stream *ret, bool *gone, struct err *e)
{
	bool head = false;
	int rc = raw_dev_stream(j->d, p->off, &head, e);

	*ret = (struct savecore_stream){ .d = j->d, .off = p->off, .len = p->len, .crc = p->crc, .head = true };
	ret->check = p->state != RAW_WRITING;
	/* Other software takes the beginning of what it has recovered away: one that was there, as the label knows. */
	*gone = p->state != RAW_WRITING && p->off == 0 && p->len >= RAW_BLOCK && !head && j->d->label.head_known;
	if (p->state == RAW_WRITING && head) {
		ret->len = j->d->label.notes - p->off;
		ret->head = false;
	}
	return rc;
}

static int rebuild_dump(struct job *j, const struct raw_part *p, struct err *e)
{
	const char *name = p->state == RAW_INCOMPLETE ? "vmcore-incomplete" : "vmcore";
	struct savecore_stream in;
	bool gone = false;
	int rc = stream_of(j, p, &in, &gone, e);

	if (rc)
		return rc;
	if (gone) {
		host_say(j->s->host, HOST_NOTE, "%s: another program has recovered the dump already", j->d->path);
		return 0;
	}
	if (in.len < FLAT_HEAD + FLAT_RECORD) {
		host_say(j->s->host, HOST_WARN, "%s: the dump was cut off before any of it was durable", j->at.path);
		return 0;
	}
	rc = savecore_room(&j->at, p->len, e);
	if (rc == 0)
		rc = savecore_rebuild(&in, &j->at, name, e);
	/* The checksum was right: each page is as it was sent. */
	if (rc == 0 && p->state == RAW_COMPLETE)
		rc = savecore_worth(j->s, &j->at, false, e);
	if ((rc == -ENODATA || rc == -EINVAL) && p->state != RAW_COMPLETE) {
		host_say(j->s->host, HOST_WARN, "%s: the dump was cut off: vmcore-incomplete", j->at.path);
		rc = 0;
	}
	return rc;
}

/* The log of the dump that was written as NAME. */
static void log_of(struct job *j, const char *name)
{
	struct err e = { 0 };
	int fd = -1, rc = dumpdir_read(&fd, j->at.fd, name, NULL, &e);

	if (rc == 0)
		rc = savecore_log(&j->at, fd, name, &e);
	if (rc)
		host_say(j->s->host, HOST_WARN, "%s: no log: %s", j->at.path, e.text);
}

static int save_vmcore(struct job *j, const struct raw_dump *dump, struct err *e)
{
	const struct raw_part *p = &dump->part[RAW_VMCORE];
	int rc;

	if (!raw_part_live(p))
		return 0;
	rc = rebuild_dump(j, p, e);
	if (rc || savecore_has(&j->at, "vmcore-dmesg.txt"))
		return rc;
	if (savecore_has(&j->at, "vmcore"))
		log_of(j, "vmcore");
	else if (savecore_has(&j->at, "vmcore-incomplete"))
		log_of(j, "vmcore-incomplete");
	return 0;
}

/* ---- the partition ---- */

static void forget_dump(struct raw_dump *dump)
{
	for (unsigned k = 0; k < RAW_KINDS; k++)
		if (raw_part_live(&dump->part[k]))
			dump->part[k].state = RAW_RECOVERED;
}

static const struct raw_dump *at_zero(const struct raw_label *l)
{
	for (unsigned i = 0; i < l->ndump; i++)
		if (raw_part_live(&l->dump[i].part[RAW_VMCORE]) && l->dump[i].part[RAW_VMCORE].off == 0)
			return &l->dump[i];
	return NULL;
}

/* Erases the head of the recovered stream, so that the dump is not recovered twice; the label knows the new head. */
static int clear_head(struct raw_dev *d, struct err *e)
{
	int rc = raw_dev_forget(d, 0, e);

	if (rc == 0)
		rc = raw_dev_know_head(d, e);
	return rc ? rc : raw_dev_store(d, e);
}

static void dump_id(const struct raw_label *l, uint64_t seq, char *buf, size_t n)
{
	char hex[33];

	for (unsigned i = 0; i < sizeof(l->uuid); i++)
		(void)str_fmt(hex + 2 * i, 3, "%02x", l->uuid[i]);
	(void)str_fmt(buf, n, "dump %" PRIu64 " of partition %s", seq, hex);
}

/* In its directory. */
static int save_parts(struct job *j, struct raw_dump *dump, struct err *e)
{
	bool zero = at_zero(&j->d->label) == dump;
	int rc = save_small(j, dump, e);

	if (rc == 0)
		rc = save_vmcore(j, dump, e);
	if (rc == 0)
		rc = dumpdir_still(j->at.base, j->at.name, j->at.fd, e);
	if (rc)
		return rc;
	host_say(j->s->host, HOST_SAY, "%s: %s, from %s", j->at.path,
		 savecore_has(&j->at, "vmcore")              ? "vmcore"
		 : savecore_has(&j->at, "vmcore-incomplete") ? "vmcore-incomplete"
							     : "the log",
		 j->d->path);
	forget_dump(dump);
	if (zero && !j->d->label.head_known) /* a stream that the label does not know is taken for another program's */
		rc = raw_dev_know_head(j->d, e);
	if (rc == 0)
		rc = raw_dev_store(j->d, e);
	return rc || !zero ? rc : clear_head(j->d, e);
}

static int save_dump(struct job *j, struct raw_dump *dump, struct err *e)
{
	char id[96];
	int rc;

	dump_id(&j->d->label, dump->seq, id, sizeof(id));
	rc = savecore_place(j->s, dump->name, id, &j->at, e);
	if (rc == 0)
		rc = save_parts(j, dump, e);
	savecore_leave(&j->at);
	return rc;
}

static int save_dumps(struct job *j, struct err *e)
{
	int first = 0;

	for (unsigned i = 0; i < j->d->label.ndump; i++) {
		struct raw_dump *dump = &j->d->label.dump[i];
		struct err this = { 0 };
		int rc;

		if (!raw_dump_live(dump))
			continue;
		j->st->found++;
		if (j->s->dry) {
			host_say(j->s->host, HOST_SAY, "%s: %s would go to %s", j->d->path, dump->name, j->s->dir);
			continue;
		}
		rc = save_dump(j, dump, &this);
		j->st->recovered += rc == 0;
		if (rc == 0)
			continue;
		j->st->kept++;
		host_say(j->s->host, HOST_WARN, "%s: the dump stays on %s: %s", dump->name, j->d->path, this.text);
		if (!first)
			*e = this;
		first = first ? first : rc;
	}
	return first;
}

/* ---- what another program left ---- */

/* The device once more, for reading through the page cache. */
static int open_again(const struct raw_dev *d, struct err *e)
{
	int fd = open(d->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat a, b;

	if (fd >= 0 && fstat(fd, &a) == 0 && fstat(d->fd, &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev &&
	    a.st_rdev == b.st_rdev)
		return fd;
	if (fd < 0)
		return err_sys(e, "open %s", d->path);
	close(fd);
	return err_set(e, -ESTALE, "%s is another device now", d->path);
}

/* Name and time of the dump whose stream is on the device; of now when that does not tell. */
static void stream_name(const struct raw_dev *d, char *buf, size_t n)
{
	int fd = open_again(d, NULL);
	int64_t crash = fd < 0 ? 0 : savecore_when(fd, d->path);
	time_t when = crash ? (time_t)crash : time(NULL);
	struct tm tm;

	if (!localtime_r(&when, &tm) || !strftime(buf, n, "127.0.0.1-%Y-%m-%d-%H:%M:%S", &tm))
		(void)str_fmt(buf, n, "127.0.0.1-recovered");
}

/* In its directory. */
static int put_stream(struct job *j, struct err *e)
{
	const struct savecore_stream in = { .d = j->d, .len = j->d->size };
	struct err log_err = { 0 };
	int fd = open_again(j->d, &log_err), rc;

	/* The log first: it is small, and read from where it is. */
	if (fd < 0 || savecore_log(&j->at, fd, j->d->path, &log_err))
		host_say(j->s->host, HOST_WARN, "%s: no log: %s", j->at.path, log_err.text);
	rc = savecore_rebuild(&in, &j->at, "vmcore", e);
	if (rc == -ENODATA || rc == -EINVAL) {
		host_say(j->s->host, HOST_WARN, "%s: %s: what there is of it is vmcore-incomplete", j->at.path,
			 e->text);
		rc = 0;
	} else if (rc == 0) {
		rc = savecore_worth(j->s, &j->at, true, e);
	}
	return rc ? rc : dumpdir_still(j->at.base, j->at.name, j->at.fd, e);
}

static int save_stream(struct job *j, struct err *e)
{
	char name[64], id[96];
	uint32_t crc = 0;
	int rc = raw_dev_head(j->d, &crc, e);

	if (rc)
		return rc;
	stream_name(j->d, name, sizeof(name));
	(void)str_fmt(id, sizeof(id), "stream %08x of %" PRIu64 " bytes", crc, j->d->size);
	rc = savecore_place(j->s, name, id, &j->at, e);
	if (rc == 0)
		rc = put_stream(j, e);
	if (rc == 0)
		host_say(j->s->host, HOST_SAY, "%s: from %s, by another program", j->at.path, j->d->path);
	savecore_leave(&j->at);
	return rc;
}

static int arm(struct raw_dev *d, struct err *e)
{
	int rc = d->labelled ? 0 : raw_dev_label(d, e);

	if (rc == 0)
		rc = raw_dev_forget(d, 0, e);
	if (rc == 0)
		rc = raw_dev_know_head(d, e);
	return rc ? rc : raw_dev_store_both(d, e);
}

static int adopt(struct job *j, struct err *e)
{
	char what[64];
	int rc = probe_any(j->d->path, what, sizeof(what), e);

	if (rc == 0 && what[0])
		rc = err_set(e, -EMEDIUMTYPE, "%s holds %s beside a dump: it is left alone", j->d->path, what);
	if (rc)
		return rc;
	j->st->found++;
	if (j->s->dry) {
		host_say(j->s->host, HOST_SAY, "%s: the dump of another program would go to %s", j->d->path,
			 j->s->dir);
		return 0;
	}
	rc = save_stream(j, e);
	if (rc) {
		j->st->kept++;
		host_say(j->s->host, HOST_WARN, "the dump stays on %s: %s", j->d->path, e->text);
		return rc;
	}
	j->st->recovered++;
	return arm(j->d, e);
}

/* A stream at byte 0 that no dump of the label waits for: our own, recovered a moment before a kill, or another's. */
static int look_at_zero(struct job *j, bool named, struct err *e)
{
	struct raw_dev *d = j->d;
	uint32_t crc = 0;
	bool stream = false;
	int rc = raw_dev_stream(d, 0, &stream, e);

	if (rc || !stream || at_zero(&d->label))
		return rc;
	rc = raw_dev_head(d, &crc, e);
	if (rc == 0 && d->labelled && d->label.head_known && d->label.head_crc == crc)
		return j->s->dry ? 0 : clear_head(d, e);
	return rc == 0 && (named || d->labelled) ? adopt(j, e) : rc;
}

int savecore_device(const struct savecore *s, const char *dev, bool named, struct savecore_stat *st, struct err *e)
{
	struct job j = { .s = s, .st = st };
	struct err second = { 0 };
	bool stream = false;
	int rc = raw_dev_open(&j.d, dev, RAW_READ, e), rc2;

	if (rc)
		return rc;
	if (j.d->size >= RAW_BLOCK && raw_dev_stream(j.d, 0, &stream, NULL))
		stream = false;
	if (!j.d->labelled && !stream) {
		raw_dev_free(j.d);
		return 0;
	}
	raw_dev_free(j.d);
	rc = raw_dev_open(&j.d, dev, s->dry ? RAW_READ : RAW_WRITE, e);
	if (rc)
		return rc;
	rc = save_dumps(&j, e);
	rc2 = look_at_zero(&j, named, rc ? &second : e);
	raw_dev_free(j.d);
	return rc ? rc : rc2;
}
