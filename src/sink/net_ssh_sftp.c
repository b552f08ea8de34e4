/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: files written over SFTP.
 * Writes go out at their offsets without waiting for one another, so many that the link is full; a file is whole when
 * the server has said yes to each of them, to its length, to fsync where it has that, and to the new name.
 */
#include "base/str.h"
#include "sink/net_ssh_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FULL (1u << 20) /* a write that fails with less free than that failed for want of space */

static struct sftp *self(struct sink *s)
{
	return (struct sftp *)s;
}

/* A request about the open file: the handle, and for SFTP_FSETSTAT its new size. */
static int ask_file(struct sftp *f, enum sftp_request type, uint64_t size, struct err *e)
{
	struct sftp_out o;

	sftp_begin_request(f, &o, type);
	if (type == SFTP_EXTENDED)
		sftp_text(&o, "fsync@openssh.com");
	sftp_bytes(&o, f->handle, f->nhandle);
	if (type == SFTP_FSETSTAT) {
		sftp_u32(&o, SFTP_ATTR_SIZE);
		sftp_u64(&o, size);
	}
	return sftp_ask(f, &o, e);
}

/* ---- a file ---- */

/* The first write that the server refused, as a sentence; a full disk has no number of its own in version 3. */
static int write_failed(struct sftp *f, struct err *e)
{
	const char *words;
	uint64_t space;

	if (!f->failed) {
		f->failed = sftp_errno(f->status, &words);
		if (f->failed == -EIO && sftp_dir_space(f, &space, NULL) == 0 && space < FULL)
			f->failed = -ENOSPC;
	}
	(void)sftp_errno(f->failed == -ENOSPC ? 14 : f->status, &words);
	return err_set(e, f->failed, "write %s: %s", f->temp, words);
}

static int land(struct sftp *f, unsigned most, struct err *e)
{
	int rc = 0;

	while (rc == 0 && (f->inflight > most || f->nflight == SFTP_FLIGHT) && !f->status)
		rc = sftp_listen(f, e);
	if (rc)
		return err_add(e, rc, "write %s", f->temp);
	return f->status ? write_failed(f, e) : 0;
}

static int write_part(struct sftp *f, uint64_t off, const void *buf, uint32_t n, struct err *e)
{
	struct sftp_out o;
	int rc = land(f, SFTP_WINDOW - n, e);

	if (rc)
		return rc;
	sftp_start(&o, SFTP_WRITE, ++f->id);
	sftp_bytes(&o, f->handle, f->nhandle);
	sftp_u64(&o, off);
	sftp_u32(&o, n);
	rc = sftp_end(&o, n);
	f->flight[f->nflight++] = (struct flight){ f->id, n };
	f->inflight += n;
	if (rc == 0)
		rc = ssh_channel_send(&f->ch, o.b, o.n, e);
	if (rc == 0)
		rc = ssh_channel_send(&f->ch, buf, n, e);
	return rc ? err_add(e, rc, "write %s", f->temp) : 0;
}

static int sftp_write(struct sink *s, uint64_t off, const void *buf, size_t n, struct err *e)
{
	struct sftp *f = self(s);
	const uint8_t *p = buf;
	int rc = 0;

	if (!f->nhandle)
		return err_set(e, -EBADF, "write: no file was begun in %s", s->dir);
	while (rc == 0 && n) {
		uint32_t part = n < f->write_max ? (uint32_t)n : f->write_max;

		rc = write_part(f, off, p, part, e);
		off += part;
		p += part;
		n -= part;
	}
	return rc;
}

static int sftp_begin(struct sink *s, const char *temp, const char *name, struct err *e)
{
	struct sftp *f = self(s);
	struct sftp_out o;
	int rc;

	if (f->nhandle)
		return err_set(e, -EBUSY, "begin %s: %s is still open", name, f->name);
	if (str_fmt(f->temp, sizeof(f->temp), "%s/%s", f->path, temp) ||
	    str_fmt(f->name, sizeof(f->name), "%s/%s", f->path, name))
		return err_set(e, -ENAMETOOLONG, "begin %s: name too long", name);
	sftp_begin_request(f, &o, SFTP_OPEN);
	sftp_text(&o, f->temp);
	sftp_u32(&o, SFTP_OPEN_WRITE | SFTP_OPEN_CREATE);
	sftp_u32(&o, SFTP_ATTR_MODE);
	sftp_u32(&o, 0600);
	rc = sftp_ask(f, &o, e);
	if (rc == 0)
		rc = sftp_expect(f, SFTP_HANDLE, "create", f->temp, e);
	if (rc)
		return rc;
	f->nhandle = f->reply.ntext;
	memcpy(f->handle, f->reply.text, f->nhandle);
	f->status = 0;
	f->failed = 0;
	return 0;
}

static int file_size(struct sftp *f, uint64_t *ret, struct err *e)
{
	int rc = ask_file(f, SFTP_FSTAT, 0, e);

	if (rc == 0)
		rc = sftp_expect(f, SFTP_ATTRS, "stat", f->temp, e);
	if (rc == 0 && !f->reply.has_size)
		rc = err_set(e, -EPROTO, "stat %s: the server tells no size", f->temp);
	*ret = f->reply.size;
	return rc;
}

static int set_size(struct sftp *f, uint64_t size, struct err *e)
{
	int rc = ask_file(f, SFTP_FSETSTAT, size, e);

	return rc ? rc : sftp_expect(f, SFTP_STATUS, "set the size of", f->temp, e);
}

static int sftp_empty(struct sink *s, struct err *e)
{
	int rc = land(self(s), 0, e);

	return rc ? rc : set_size(self(s), 0, e);
}

static int sftp_extend(struct sink *s, uint64_t size, struct err *e)
{
	uint64_t now;
	int rc = land(self(s), 0, e);

	if (rc == 0)
		rc = file_size(self(s), &now, e);
	return rc || now >= size ? rc : set_size(self(s), size, e);
}

static int sftp_sync(struct sftp *f, struct err *e)
{
	int64_t stall = f->ssh->stall_ms;
	int rc;

	if (!f->can.fsync)
		return 0;
	f->ssh->stall_ms *= 5; /* no byte moves while the disk takes what the server has in memory */
	rc = ask_file(f, SFTP_EXTENDED, 0, e);
	f->ssh->stall_ms = stall;
	return rc ? rc : sftp_expect(f, SFTP_STATUS, "fsync", f->temp, e);
}

static int sftp_close(struct sftp *f, struct err *e)
{
	int rc = ask_file(f, SFTP_CLOSE, 0, e);

	f->nhandle = 0;
	return rc ? rc : sftp_expect(f, SFTP_STATUS, "close", f->temp, e);
}

/* A server without posix-rename refuses a name that is taken. */
static int rename_file(struct sftp *f, struct err *e)
{
	struct sftp_out o;
	struct err why = { 0 };
	int rc;

	if (f->can.rename) {
		rc = sftp_ask_extended(f, "posix-rename@openssh.com", f->temp, f->name, e);
		return rc ? rc : sftp_expect(f, SFTP_STATUS, "rename", f->temp, e);
	}
	for (int try = 0; try < 2; try++) {
		sftp_begin_request(f, &o, SFTP_RENAME);
		sftp_text(&o, f->temp);
		sftp_text(&o, f->name);
		rc = sftp_ask(f, &o, e);
		if (rc || sftp_expect(f, SFTP_STATUS, "rename", f->temp, &why) == 0)
			return rc;
		rc = try ? 0 : sftp_ask_path(f, SFTP_REMOVE, f->name, e);
		if (rc)
			return rc;
	}
	return err_set(e, why.code, "%s", why.text);
}

/* Everything written is there and the file has SIZE bytes. */
static int complete(struct sftp *f, uint64_t size, struct err *e)
{
	uint64_t now = 0;
	int rc = land(f, 0, e);

	if (rc == 0)
		rc = file_size(f, &now, e);
	if (rc == 0 && now != size) {
		rc = set_size(f, size, e);
		if (rc == 0)
			rc = file_size(f, &now, e);
	}
	if (rc == 0)
		rc = sftp_sync(f, e);
	if (rc == 0 && now != size)
		rc = err_set(e, -EIO, "%s has %llu bytes on the server instead of %llu", f->temp,
			     (unsigned long long)now, (unsigned long long)size);
	return rc;
}

static int sftp_commit(struct sink *s, uint64_t size, struct err *e)
{
	struct sftp *f = self(s);
	int rc;

	if (!f->nhandle)
		return err_set(e, -EBADF, "commit: no file was begun in %s", s->dir);
	rc = complete(f, size, e);
	if (rc) {
		if (f->ssh->dead || sftp_close(f, NULL))
			f->nhandle = 0;
		return rc;
	}
	rc = sftp_close(f, e);
	return rc || strcmp(f->temp, f->name) == 0 ? rc : rename_file(f, e);
}

static int sftp_abandon(struct sink *s, struct err *e)
{
	struct sftp *f = self(s);
	int rc, rc2;

	if (!f->nhandle)
		return 0;
	if (f->ssh->dead) {
		f->nhandle = 0;
		return err_set(e, -ECONNRESET, "%s: the connection is gone", f->temp);
	}
	rc = land(f, 0, e);
	/* what the server took shall stay, even after a write that it did not take */
	if (rc && !f->ssh->dead)
		(void)sftp_sync(f, NULL);
	else if (rc == 0)
		rc = sftp_sync(f, e);
	rc2 = f->ssh->dead ? 0 : sftp_close(f, rc ? NULL : e);
	f->nhandle = 0;
	return rc ? rc : rc2;
}

static int sftp_space(struct sink *s, uint64_t *ret, struct err *e)
{
	return sftp_dir_space(self(s), ret, e);
}

static void sftp_free(struct sink *s)
{
	struct sftp *f = self(s);

	if (!s)
		return;
	ssh_channel_drop(&f->ch);
	ssh_close(f->ssh);
	free(f->ssh);
	free(f);
}

static const struct sink_ops sftp_ops = {
	.scheme = "sftp",
	.caps = SINK_SEEK | SINK_RENAME,
	.space = sftp_space,
	.begin = sftp_begin,
	.empty = sftp_empty,
	.write = sftp_write,
	.extend = sftp_extend,
	.commit = sftp_commit,
	.abandon = sftp_abandon,
	.free = sftp_free,
};

/* ---- opening ---- */

static int make_dir(struct sftp *f, const struct ssh_target *to, struct err *e)
{
	if (str_fmt(f->path, sizeof(f->path), "%s", to->dir))
		return err_set(e, -ENAMETOOLONG, "mkdir: name of %zu bytes", strlen(to->dir));
	return to->fresh ? sftp_make_fresh(f, to->dir, e) : sftp_make_dirs(f, f->path, e);
}

int ssh_sftp_open(struct sink **ret, struct ssh *c, const struct ssh_target *to, struct err *e)
{
	struct sftp *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return err_set(e, -ENOMEM, "sink: no memory");
	f->ssh = c;
	f->ops = sftp_ops;
	f->s.ops = &f->ops;
	rc = ssh_channel_open(&f->ch, c, "subsystem", "sftp", e);
	f->ch.hear = sftp_hear;
	f->ch.arg = f;
	if (rc == 0)
		rc = sftp_greet(f, e);
	if (rc == 0)
		rc = make_dir(f, to, e);
	if (rc) {
		ssh_channel_drop(&f->ch);
		free(f);
		return rc;
	}
	if (f->can.fsync)
		f->ops.caps |= SINK_DURABLE;
	if (f->can.statvfs)
		f->ops.caps |= SINK_SPACE;
	ssh_show_dir(&f->s, to, f->path);
	*ret = &f->s;
	return 0;
}
