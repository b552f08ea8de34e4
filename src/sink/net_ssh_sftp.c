/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: files written over SFTP.
 * Writes go out at their offsets without waiting for one another, so many that the link is full; a file is whole when
 * the server has said yes to each of them, to its length, to fsync where it has that, and to the new name.
 */
#include "base/clock.h"
#include "base/str.h"
#include "sink/net_ssh_lanes.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define BREAKS   3   /* of the connection, in a row */
#define PAUSE_MS 500 /* before connecting again */
#define BOOT_ID  "/proc/sys/kernel/random/boot_id"
#define FULL     (1u << 20) /* a write that fails with less free than that failed for want of space */

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
	sftp_bytes(&o, f->lane[0].handle, f->lane[0].nhandle);
	if (type == SFTP_FSETSTAT) {
		sftp_u32(&o, SFTP_ATTR_SIZE);
		sftp_u64(&o, size);
	}
	return sftp_ask(f, &o, e);
}

/* ---- a file ---- */

/*
 * The first write that the server refused, as a sentence; a full disk has no number of its own in version 3. It is
 * told once: what is written afterwards, to end the file as one that is incomplete, is tried. commit() will refuse.
 */
static int write_failed(struct sftp *f, struct err *e)
{
	uint32_t status = f->status;
	const char *words;
	uint64_t space;
	int rc = 0;

	while (rc == 0 && f->nflight)
		rc = sftp_listen(f, NULL);
	f->failed = sftp_errno(status, &words);
	if (rc == 0 && f->failed == -EIO && sftp_dir_space(f, &space, NULL) == 0 && space < FULL)
		f->failed = sftp_errno(SFTP_NO_SPACE, &words);
	if (rc == 0)
		f->status = 0;
	return err_set(e, f->failed, "write %s: %s", f->temp, words);
}

/* ---- a broken connection ---- */

/*
 * What was answered before is in the server's memory, maybe not on its disk: it counts only as long as the same kernel
 * is running there.
 */
static int same_kernel(struct sftp *f, struct err *e)
{
	uint8_t boot[SFTP_BOOT];
	size_t n;
	int rc = sftp_peek_file(f, BOOT_ID, boot, sizeof(boot), &n);

	if (rc)
		return err_set(e, rc, "the connection broke again");
	if (n != f->nboot || memcmp(boot, f->boot, n) != 0)
		return err_set(e, -ESTALE, "the server was started anew, and may have lost what it had");
	return 0;
}

/*
 * Everything without an answer, in its order and under new numbers. Answers that come meanwhile take what was sent out
 * of the table: the next one is looked for each time.
 */
static int send_all_again(struct sftp *f, struct err *e)
{
	unsigned i = 0;
	int rc = 0;

	while (rc == 0) {
		struct flight w;

		for (i = 0; i < f->nflight && f->flight[i].out; i++)
			;
		if (i == f->nflight)
			return 0;
		f->flight[i].id = ++f->id;
		f->flight[i].lane = 0;
		f->flight[i].out = true;
		w = f->flight[i];
		rc = sftp_send_again(f, &w, e);
	}
	return rc;
}

/* A new session in which everything without an answer is sent once more. */
static int connect_again(struct sftp *f, struct err *e)
{
	struct lane *l = &f->lane[0];
	unsigned n = f->nflight;
	int rc;

	for (unsigned i = 0; i < f->nflight; i++)
		f->flight[i].out = false;
	sftp_forget_lanes(f);
	ssh_close(f->ssh);
	rc = ssh_connect(f->ssh, &f->to, e);
	f->nflight = 0; /* nothing is on its way: the time of an answer is measured anew */
	if (rc == 0)
		rc = sftp_greet(f, e);
	if (rc == 0)
		rc = same_kernel(f, e);
	if (rc == 0 && l->nhandle)
		rc = sftp_open_file(f, l, SFTP_OPEN_CREATE, e);
	f->nflight = n;
	return rc ? rc : send_all_again(f, e);
}

/*
 * Whether RC, the failure of a request, is one of the connection that another connection may mend. A server that
 * does not answer is another thing: old writes could reach the file after newer ones when it wakes up.
 */
static bool broken(const struct sftp *f, int rc)
{
	return rc && !f->status && f->nboot && (rc == -ECONNRESET || rc == -EPIPE);
}

/* After failure RC, which E tells: 0 when all is well again. Tries as long as a wait may take. */
static int mend(struct sftp *f, int rc, struct err *e)
{
	struct err why = { 0 };
	int64_t end = deadline_in(f->ssh->stall_ms);

	if (!broken(f, rc) || ++f->broke > BREAKS)
		return rc;
	for (;;) {
		int again = connect_again(f, &why);

		if (again == 0)
			return 0;
		if (again == -ESTALE || again == -EACCES || clock_ms() + PAUSE_MS > end)
			break;
		(void)poll(NULL, 0, PAUSE_MS);
	}
	f->ssh->dead = f->ssh->over = true;
	return err_set(e, rc, "the connection broke, and connecting again: %s", why.text);
}

/* ---- writes ---- */

/* Waits until all has landed. */
static int land(struct sftp *f, struct err *e)
{
	int rc = 0;

	while (rc == 0 && !f->status && f->nflight) {
		rc = sftp_listen(f, e);
		if (rc)
			rc = mend(f, rc, e);
	}
	if (rc)
		return err_add(e, rc, "write %s", f->temp);
	return f->status ? write_failed(f, e) : 0;
}

/* Waits until the N bytes at OFF may be on their way too, on lane *RET. */
static int make_way(struct sftp *f, uint64_t off, uint32_t n, unsigned *ret, struct err *e)
{
	int rc = 0;

	while (rc == 0 && !f->status) {
		struct lane *l = sftp_pick_lane(f, off, n);

		if (l) {
			*ret = (unsigned)(l - f->lane);
			return 0;
		}
		rc = sftp_narrow(f) ? sftp_widen(f, e) : sftp_listen(f, e);
		if (rc)
			rc = mend(f, rc, e);
	}
	return rc ? err_add(e, rc, "write %s", f->temp) : write_failed(f, e);
}

static int write_part(struct sftp *f, uint64_t off, const void *buf, uint32_t n, struct err *e)
{
	struct flight w = { .len = n, .off = off, .out = true };
	int rc = make_way(f, off, n, &w.lane, e);

	if (rc)
		return rc;
	w.id = ++f->id;
	w.pos = f->sent;
	f->flight[f->nflight++] = w;
	sftp_keep(f, buf, n);
	rc = sftp_send_head(f, &w, e);
	if (rc == 0)
		rc = ssh_channel_send(&f->lane[w.lane].ch, buf, n, e);
	if (rc == 0)
		rc = ssh_push(f->ssh, e);
	if (rc)
		rc = mend(f, rc, e);
	return rc ? err_add(e, rc, "write %s", f->temp) : 0;
}

static int sftp_write(struct sink *s, uint64_t off, const void *buf, size_t n, struct err *e)
{
	struct sftp *f = self(s);
	const uint8_t *p = buf;
	int rc = 0;

	if (!f->lane[0].nhandle)
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

/* OP with the number N, on a new connection where one breaks. */
static int steady(struct sftp *f, int (*op)(struct sftp *, uint64_t, struct err *), uint64_t n, struct err *e)
{
	int rc = op(f, n, e);

	while (broken(f, rc) && mend(f, rc, e) == 0)
		rc = op(f, n, e);
	return rc;
}

static int begin_once(struct sftp *f, uint64_t none, struct err *e)
{
	(void)none;
	return sftp_open_file(f, &f->lane[0], SFTP_OPEN_CREATE, e);
}

static int sftp_begin(struct sink *s, const char *temp, const char *name, struct err *e)
{
	struct sftp *f = self(s);

	if (f->lane[0].nhandle)
		return err_set(e, -EBUSY, "begin %s: %s is still open", name, f->name);
	if (str_fmt(f->temp, sizeof(f->temp), "%s/%s", f->path, temp) ||
	    str_fmt(f->name, sizeof(f->name), "%s/%s", f->path, name))
		return err_set(e, -ENAMETOOLONG, "begin %s: name too long", name);
	f->status = 0;
	f->failed = 0;
	f->nflight = 0;
	/* between two files a server may have grown tired of waiting */
	return steady(f, begin_once, 0, e);
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
	struct sftp *f = self(s);
	int rc = land(f, e);

	/* a write that failed is forgotten with the others */
	if (rc && (!f->failed || f->status))
		return rc;
	f->failed = 0;
	return steady(f, set_size, 0, e);
}

static int extend_once(struct sftp *f, uint64_t size, struct err *e)
{
	uint64_t now;
	int rc = land(f, e);

	if (rc == 0)
		rc = file_size(f, &now, e);
	return rc || now >= size ? rc : set_size(f, size, e);
}

static int sftp_extend(struct sink *s, uint64_t size, struct err *e)
{
	return steady(self(s), extend_once, size, e);
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
	int rc = sftp_close_lanes(f, e), rc2;

	rc2 = sftp_close_file(f, &f->lane[0], rc ? NULL : e);
	return rc ? rc : rc2;
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
		/* Without the one, the other may be what it has become. */
		if (why.code == -ENOENT)
			break;
		rc = try ? 0 : sftp_ask_path(f, SFTP_REMOVE, f->name, e);
		if (rc)
			return rc;
	}
	return err_set(e, why.code, "%s", why.text);
}

/* A file of SIZE bytes has the name already: the answer to an earlier request was lost. */
static bool has_name(struct sftp *f, uint64_t size)
{
	return sftp_ask_path(f, SFTP_STAT, f->name, NULL) == 0 && f->reply.type == SFTP_ATTRS && f->reply.has_size &&
	       f->reply.size == size;
}

/* The file is closed and has its name. */
static int finish_once(struct sftp *f, uint64_t size, struct err *e)
{
	int rc = f->lane[0].nhandle ? sftp_close(f, e) : 0;

	if (rc || strcmp(f->temp, f->name) == 0)
		return rc;
	rc = rename_file(f, e);
	return rc == -ENOENT && has_name(f, size) ? 0 : rc;
}

/* Everything written is there and the file has SIZE bytes. */
static int complete_once(struct sftp *f, uint64_t size, struct err *e)
{
	uint64_t now = 0;
	int rc = land(f, e);

	if (rc == 0 && f->failed)
		rc = err_set(e, f->failed, "%s: a write has failed before", f->temp);
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

	if (!f->lane[0].nhandle)
		return err_set(e, -EBADF, "commit: no file was begun in %s", s->dir);
	rc = steady(f, complete_once, size, e);
	if (rc) {
		if (f->ssh->dead || sftp_close(f, NULL))
			f->lane[0].nhandle = 0;
		return rc;
	}
	return steady(f, finish_once, size, e);
}

static int sftp_abandon(struct sink *s, struct err *e)
{
	struct sftp *f = self(s);
	int rc, rc2;

	if (!f->lane[0].nhandle)
		return 0;
	if (f->ssh->dead) {
		f->lane[0].nhandle = 0;
		return err_set(e, -ECONNRESET, "%s: the connection is gone", f->temp);
	}
	rc = land(f, e);
	/* what the server took shall stay, even after a write that it did not take */
	if (rc && !f->ssh->dead)
		(void)sftp_sync(f, NULL);
	else if (rc == 0)
		rc = sftp_sync(f, e);
	rc2 = f->ssh->dead ? 0 : sftp_close(f, rc ? NULL : e);
	f->lane[0].nhandle = 0;
	return rc ? rc : rc2;
}

static int sftp_space(struct sink *s, uint64_t *ret, struct err *e)
{
	return sftp_dir_space(self(s), ret, e);
}

static int sftp_read(struct sink *s, const char *name, uint64_t off, void *buf, size_t n, struct err *e)
{
	struct sftp *f = self(s);
	char path[SFTP_PATH];

	if (f->lane[0].nhandle)
		return err_set(e, -EBUSY, "read %s: %s is still open", name, f->name);
	if (str_fmt(path, sizeof(path), "%s/%s", f->path, name))
		return err_set(e, -ENAMETOOLONG, "read %s: name too long", name);
	return sftp_read_at(f, path, off, buf, n, e);
}

static int sftp_remove(struct sink *s, const char *name, struct err *e)
{
	struct sftp *f = self(s);
	char path[SFTP_PATH];
	int rc;

	if (str_fmt(path, sizeof(path), name ? "%s/%s" : "%s", f->path, name))
		return err_set(e, -ENAMETOOLONG, "remove %s: name too long", name);
	rc = sftp_ask_path(f, name ? SFTP_REMOVE : SFTP_RMDIR, path, e);
	return rc ? rc : sftp_expect(f, SFTP_STATUS, "remove", path, e);
}

static void sftp_free(struct sink *s)
{
	struct sftp *f = self(s);

	if (!s)
		return;
	ssh_channel_drop(&f->lane[0].ch);
	ssh_close(f->ssh);
	free(f->ssh);
	free(f->ring);
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
	.read = sftp_read,
	.remove = sftp_remove,
	.free = sftp_free,
};

/* ---- opening ---- */

static int make_dir(struct sftp *f, const struct ssh_target *to, struct err *e)
{
	if (str_fmt(f->path, sizeof(f->path), "%s", to->dir))
		return err_set(e, -ENAMETOOLONG, "mkdir: name of %zu bytes", strlen(to->dir));
	return to->fresh ? sftp_make_fresh(f, to->dir, e) : sftp_make_dirs(f, f->path, e);
}

static void give_up(struct sftp *f)
{
	ssh_channel_drop(&f->lane[0].ch);
	free(f->ring);
	free(f);
}

int ssh_sftp_open(struct sink **ret, struct ssh *c, const struct ssh_target *to, struct err *e)
{
	struct sftp *f = calloc(1, sizeof(*f));
	int rc;

	if (f)
		f->ring = malloc(SFTP_WINDOW);
	if (!f || !f->ring) {
		free(f);
		return err_set(e, -ENOMEM, "sink: no memory");
	}
	f->nring = SFTP_WINDOW;
	f->to = *to;
	f->ssh = c;
	f->ops = sftp_ops;
	f->s.ops = &f->ops;
	rc = sftp_greet(f, e);
	if (rc == 0)
		rc = make_dir(f, to, e);
	if (rc == 0 && sftp_peek_file(f, BOOT_ID, f->boot, sizeof(f->boot), &f->nboot))
		rc = err_set(e, -ECONNRESET, "the connection broke");
	if (rc) {
		give_up(f);
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
