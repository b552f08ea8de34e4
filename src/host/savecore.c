/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: dumps of raw partitions come into a directory.
 * Small files first, then the dump, then the label: killed in between, the next run finds the same directory by its
 * note and goes on.
 */
#include "host/savecore.h"

#include "base/crc32.h"
#include "base/flat.h"
#include "base/str.h"
#include "codec/codec.h"
#include "dev/probe.h"
#include "iface/source.h"
#include "sink/sink_file.h"
#include "vmcore/source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SMALL_MAX ((uint64_t)256 << 20)

struct job {
	const struct savecore *s;
	struct raw_dev *d;
	struct savecore_stat *st;
	char dir[HOST_PATH];
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
	int rc = sink_file_open(&out, j->dir, SINK_FILE_EXISTING, e);

	for (unsigned k = 0; k < RAW_KINDS && rc == 0; k++) {
		const char *name = raw_kind_name((enum raw_kind)k);

		if (k != RAW_VMCORE && raw_part_live(&dump->part[k]) && !savecore_has(j->dir, name))
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
	/* Other software takes away the beginning of what it has recovered. */
	*gone = p->state != RAW_WRITING && p->off == 0 && p->len >= RAW_BLOCK && !head;
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
		host_say(j->s->host, HOST_WARN, "%s: the dump was cut off before any of it was durable", j->dir);
		return 0;
	}
	rc = savecore_room(j->dir, p->len, e);
	if (rc == 0)
		rc = savecore_rebuild(&in, j->dir, name, e);
	if ((rc == -ENODATA || rc == -EINVAL) && p->state != RAW_COMPLETE) {
		host_say(j->s->host, HOST_WARN, "%s: the dump was cut off: vmcore-incomplete", j->dir);
		rc = 0;
	}
	return rc;
}

static int save_vmcore(struct job *j, const struct raw_dump *dump, struct err *e)
{
	const struct raw_part *p = &dump->part[RAW_VMCORE];
	struct err log_err = { 0 };
	char file[HOST_PATH + 32];
	const char *name = "vmcore";
	int rc;

	if (!raw_part_live(p) || savecore_has(j->dir, "vmcore"))
		return 0;
	rc = rebuild_dump(j, p, e);
	if (rc || savecore_has(j->dir, "vmcore-dmesg.txt"))
		return rc;
	name = savecore_has(j->dir, "vmcore") ? "vmcore" : "vmcore-incomplete";
	if (!savecore_has(j->dir, name))
		return 0;
	(void)str_fmt(file, sizeof(file), "%s/%s", j->dir, name);
	if (savecore_log(j->dir, file, &log_err))
		host_say(j->s->host, HOST_WARN, "%s: no log: %s", j->dir, log_err.text);
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

/* Nobody shall recover what is recovered: the beginning of its stream goes, and the label knows the new one. */
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

static int save_dump(struct job *j, struct raw_dump *dump, struct err *e)
{
	char id[96];
	bool zero = at_zero(&j->d->label) == dump;
	int rc;

	dump_id(&j->d->label, dump->seq, id, sizeof(id));
	rc = savecore_place(j->s, dump->name, id, j->dir, sizeof(j->dir), e);
	if (rc == 0)
		rc = save_small(j, dump, e);
	if (rc == 0)
		rc = save_vmcore(j, dump, e);
	if (rc)
		return rc;
	host_say(j->s->host, HOST_SAY, "%s: %s, from %s", j->dir,
		 savecore_has(j->dir, "vmcore")              ? "vmcore"
		 : savecore_has(j->dir, "vmcore-incomplete") ? "vmcore-incomplete"
							     : "the log",
		 j->d->path);
	forget_dump(dump);
	rc = raw_dev_store(j->d, e);
	return rc || !zero ? rc : clear_head(j->d, e);
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

/* Name and time of the dump whose stream is on the device; of now when that does not tell. */
static void stream_name(const char *path, char *buf, size_t n)
{
	struct source *src = NULL;
	time_t when = time(NULL);
	struct tm tm;

	if (source_open(&src, &path, 1, &codec_unpack, NULL) == 0) {
		when = src->info.crash_time ? (time_t)src->info.crash_time : when;
		src->ops->free(src);
	}
	if (!localtime_r(&when, &tm) || !strftime(buf, n, "127.0.0.1-%Y-%m-%d-%H:%M:%S", &tm))
		(void)str_fmt(buf, n, "127.0.0.1-recovered");
}

static int save_stream(struct job *j, struct err *e)
{
	const struct savecore_stream in = { .d = j->d, .len = j->d->size };
	char name[64], id[96];
	struct err log_err = { 0 };
	uint32_t crc = 0;
	int rc = raw_dev_head(j->d, &crc, e);

	if (rc)
		return rc;
	stream_name(j->d->path, name, sizeof(name));
	(void)str_fmt(id, sizeof(id), "stream %08x of %" PRIu64 " bytes", crc, j->d->size);
	rc = savecore_place(j->s, name, id, j->dir, sizeof(j->dir), e);
	if (rc)
		return rc;
	/* The log first: it is small, and read from where it is. */
	if (savecore_log(j->dir, j->d->path, &log_err))
		host_say(j->s->host, HOST_WARN, "%s: no log: %s", j->dir, log_err.text);
	if (!savecore_has(j->dir, "vmcore"))
		rc = savecore_rebuild(&in, j->dir, "vmcore", e);
	if (rc == -ENODATA || rc == -EINVAL) {
		host_say(j->s->host, HOST_WARN, "%s: %s: what there is of it is vmcore-incomplete", j->dir, e->text);
		rc = 0;
	}
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
	host_say(j->s->host, HOST_SAY, "%s: from %s, by another program", j->dir, j->d->path);
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
