/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: questions to an SFTP server and their answers.
 * Answers to writes may come between; each answer belongs to one request or the connection is given up.
 */
#include "sink/net_ssh_client.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/str.h"
#include "sink/net_ssh_ways.h"

#include <endian.h>
#include <errno.h>
#include <libgen.h>
#include <string.h>

/* ---- answers ---- */

/* The answer to a write frees its place. */
static int take_written(struct sftp *f, const struct lane *l, const struct sftp_reply *r, struct err *e)
{
	for (unsigned i = 0; i < f->nflight; i++) {
		if (!f->flight[i].out || f->flight[i].id != r->id || &f->lane[f->flight[i].lane] != l)
			continue;
		if (r->type != SFTP_STATUS)
			return err_set(e, -EPROTO, "the server answered a write with packet %u", r->type);
		if (r->status && !f->status)
			f->status = r->status;
		f->broke = 0;
		memmove(&f->flight[i], &f->flight[i + 1], (f->nflight - i - 1) * sizeof(f->flight[0]));
		f->nflight--;
		return 0;
	}
	return err_set(e, -EPROTO, "the server answered a request that was not made");
}

/* An answer that is waited for is kept. */
static int take_reply(struct sftp *f, const struct lane *l, const uint8_t *p, size_t n, struct err *e)
{
	struct sftp_reply r;

	if (sftp_reply_get(p, n, &r))
		return err_set(e, -EPROTO, "the server sent something that is no SFTP");
	f->answers++;
	if (f->got || l != &f->lane[f->asked] || (r.type != SFTP_VERSION && r.id != f->want))
		return take_written(f, l, &r, e);
	f->reply = r;
	memcpy(f->text, r.text, r.ntext);
	f->reply.text = f->text;
	f->got = true;
	return 0;
}

static int take_packets(struct sftp *f, struct lane *l, struct err *e)
{
	size_t at = 0;

	while (l->have - at >= 4) {
		uint32_t n = be32toh(get_u32(l->in + at));
		int rc;

		if (n > SFTP_REPLY)
			return err_set(e, -EPROTO, "the server sent a packet of %u bytes", n);
		if (l->have - at - 4 < n)
			break;
		rc = take_reply(f, l, l->in + at + 4, n, e);
		if (rc)
			return rc;
		at += 4 + n;
	}
	l->have -= at;
	memmove(l->in, l->in + at, l->have);
	return 0;
}

/* Adds to *ALL the bytes that came. */
static int hear_lane(struct sftp *f, struct lane *l, size_t *all, struct err *e)
{
	size_t got = 0;
	int rc;

	do {
		rc = ssh_channel_peek(&l->ch, 0, l->in + l->have, sizeof(l->in) - l->have, &got, e);
		l->have += got;
		*all += got;
		if (rc == 0)
			rc = take_packets(f, l, e);
	} while (rc == 0 && got);
	return rc;
}

/*
 * Reading from one channel may bring answers of another: nothing may lie unseen when somebody waits. The library gives
 * nothing while something of its own is stuck in the socket: two rounds without a byte are the end.
 */
int sftp_hear(void *arg, struct err *e)
{
	struct sftp *f = arg;
	unsigned silent = 0;
	bool more;
	int rc = 0;

	do {
		size_t got = 0;

		more = false;
		for (unsigned i = 0; rc == 0 && i < f->nlane; i++)
			rc = hear_lane(f, &f->lane[i], &got, e);
		for (unsigned i = 0; rc == 0 && i < f->nlane; i++)
			more = more || ssh_channel_waiting(&f->lane[i].ch);
		silent = got ? 0 : silent + 1;
	} while (more && silent < 2);
	return rc;
}

static size_t all_room(struct sftp *f)
{
	size_t n = 0;

	for (unsigned i = 0; i < f->nlane; i++)
		n += ssh_channel_room(&f->lane[i].ch);
	return n;
}

int sftp_listen(struct sftp *f, struct err *e)
{
	unsigned answers = f->answers;
	size_t room = all_room(f);
	int rc = sftp_hear(f, e);

	if (rc || f->answers != answers || all_room(f) != room)
		return rc;
	for (unsigned i = 0; i < f->nlane; i++)
		if (ssh_channel_ended(&f->lane[i].ch))
			return err_set(e, -EPIPE, "the SFTP server has ended");
	rc = ssh_wait(f->ssh, "waiting for an answer", e);
	return rc ? rc : sftp_hear(f, e);
}

/* ---- requests ---- */

void sftp_begin_request(struct sftp *f, struct sftp_out *o, enum sftp_request type)
{
	f->want = ++f->id;
	f->got = false;
	sftp_start(o, type, f->id);
}

int sftp_ask_lane(struct sftp *f, struct lane *l, struct sftp_out *o, struct err *e)
{
	bool alone = f->nflight == 0;
	int64_t start = clock_us(), took;
	int rc = sftp_end(o, 0);

	if (rc)
		return err_set(e, rc, "the name is too long");
	f->asked = (unsigned)(l - f->lane);
	rc = ssh_channel_send(&l->ch, o->b, o->n, e);
	while (rc == 0 && !f->got)
		rc = sftp_listen(f, e);
	took = clock_us() - start;
	if (rc == 0 && alone && took < f->rtt_us)
		f->rtt_us = took;
	return rc;
}

int sftp_ask(struct sftp *f, struct sftp_out *o, struct err *e)
{
	return sftp_ask_lane(f, &f->lane[0], o, e);
}

/* The answer has to be of TYPE. A status that is none becomes WHAT, WHOM and the server's reason. */
int sftp_expect(struct sftp *f, enum sftp_answer type, const char *what, const char *whom, struct err *e)
{
	const char *words;
	int rc;

	if (f->reply.type == type && (type != SFTP_STATUS || f->reply.status == 0))
		return 0;
	if (f->reply.type != SFTP_STATUS)
		return err_set(e, -EPROTO, "%s %s: the server answered with packet %u", what, whom, f->reply.type);
	rc = sftp_errno(f->reply.status, &words);
	return err_set(e, rc ? rc : -EPROTO, "%s %s: %s", what, whom, words);
}

int sftp_ask_path(struct sftp *f, enum sftp_request type, const char *path, struct err *e)
{
	struct sftp_out o;

	sftp_begin_request(f, &o, type);
	sftp_text(&o, path);
	if (type == SFTP_MKDIR)
		sftp_u32(&o, 0);
	return sftp_ask(f, &o, e);
}

int sftp_ask_extended(struct sftp *f, const char *word, const char *path, const char *path2, struct err *e)
{
	struct sftp_out o;

	sftp_begin_request(f, &o, SFTP_EXTENDED);
	sftp_text(&o, word);
	if (path)
		sftp_text(&o, path);
	if (path2)
		sftp_text(&o, path2);
	return sftp_ask(f, &o, e);
}

/* ---- the directory ---- */

int sftp_dir_space(struct sftp *f, uint64_t *ret, struct err *e)
{
	int rc;

	if (!f->can.statvfs)
		return err_set(e, -EOPNOTSUPP, "%s does not tell its free space", f->s.dir);
	rc = sftp_ask_extended(f, "statvfs@openssh.com", f->path, NULL, e);
	if (rc == 0)
		rc = sftp_expect(f, SFTP_EXTENDED_REPLY, "statvfs", f->path, e);
	if (rc)
		return rc;
	return sftp_space_get(f->reply.text, f->reply.ntext, ret) ? err_set(e, -EPROTO, "statvfs: cut short") : 0;
}

static int is_dir(struct sftp *f, const char *path, bool *ret, struct err *e)
{
	int rc = sftp_ask_path(f, SFTP_STAT, path, e);

	*ret = rc == 0 && f->reply.type == SFTP_ATTRS && f->reply.is_dir;
	return rc;
}

/* What mkdir says of a directory that exists differs between servers: only that it is there in the end counts. */
int sftp_make_dirs(struct sftp *f, char *path, struct err *e)
{
	bool there;
	int rc = is_dir(f, path, &there, e);

	if (rc || there)
		return rc;
	for (char *p = strchr(path + 1, '/'); rc == 0 && p; p = strchr(p + 1, '/')) {
		*p = '\0';
		rc = sftp_ask_path(f, SFTP_MKDIR, path, e);
		*p = '/';
	}
	if (rc == 0)
		rc = sftp_ask_path(f, SFTP_MKDIR, path, e);
	if (rc)
		return rc;
	rc = sftp_expect(f, SFTP_STATUS, "mkdir", path, e);
	if (f->ssh->dead)
		return rc;
	if (rc && is_dir(f, path, &there, NULL) == 0 && there)
		rc = 0;
	return rc;
}

int sftp_make_fresh(struct sftp *f, const char *want, struct err *e)
{
	char parent[SSH_PATH];
	int rc;

	(void)str_fmt(parent, sizeof(parent), "%s", want);
	rc = sftp_make_dirs(f, dirname(parent), e);
	for (int i = 0; rc == 0 && i < SSH_FRESH_TRIES; i++) {
		struct err why = { 0 };

		rc = i ? str_fmt(f->path, sizeof(f->path), "%s.%d", want, i)
		       : str_fmt(f->path, sizeof(f->path), "%s", want);
		if (rc)
			return err_set(e, rc, "mkdir: name of %zu bytes", strlen(want));
		rc = sftp_ask_path(f, SFTP_MKDIR, f->path, e);
		if (rc || sftp_expect(f, SFTP_STATUS, "mkdir", f->path, &why) == 0)
			return rc;
		rc = sftp_ask_path(f, SFTP_LSTAT, f->path, e);
		if (rc == 0 && f->reply.type != SFTP_ATTRS)
			rc = err_set(e, why.code, "%s", why.text);
	}
	return rc ? rc : err_set(e, -EEXIST, "mkdir %s: %d names are taken", want, SSH_FRESH_TRIES);
}

/* ---- the first words ---- */

int sftp_ask_open(struct sftp *f, struct lane *l, const char *path, uint32_t flags, struct err *e)
{
	struct sftp_out o;

	sftp_begin_request(f, &o, SFTP_OPEN);
	sftp_text(&o, path);
	sftp_u32(&o, flags);
	sftp_u32(&o, SFTP_ATTR_MODE);
	sftp_u32(&o, 0600);
	return sftp_ask_lane(f, l, &o, e);
}

int sftp_peek_file(struct sftp *f, const char *path, uint8_t *buf, size_t n, size_t *got)
{
	uint8_t handle[SFTP_HANDLE_MAX];
	struct sftp_out o;
	size_t nhandle;
	int rc = sftp_ask_open(f, &f->lane[0], path, SFTP_OPEN_READ, NULL);

	*got = 0;
	if (rc || f->reply.type != SFTP_HANDLE)
		return rc;
	nhandle = f->reply.ntext;
	memcpy(handle, f->reply.text, nhandle);
	sftp_begin_request(f, &o, SFTP_READ);
	sftp_bytes(&o, handle, nhandle);
	sftp_u64(&o, 0);
	sftp_u32(&o, (uint32_t)n);
	rc = sftp_ask(f, &o, NULL);
	if (rc)
		return rc;
	if (f->reply.type == SFTP_DATA && f->reply.ntext <= n) {
		*got = f->reply.ntext;
		memcpy(buf, f->reply.text, *got);
	}
	sftp_begin_request(f, &o, SFTP_CLOSE);
	sftp_bytes(&o, handle, nhandle);
	return sftp_ask(f, &o, NULL);
}

/* The version comes first; a program that ends or says something else is no SFTP server. */
int sftp_greet_lane(struct sftp *f, struct lane *l, struct err *e)
{
	struct sftp_out o;
	int rc = ssh_channel_open(&l->ch, f->ssh, "subsystem", "sftp", e);

	if (rc)
		return rc;
	l->ch.hear = sftp_hear;
	l->ch.arg = f;
	l->have = 0;
	f->got = false;
	sftp_start(&o, SFTP_INIT, 3);
	rc = sftp_ask_lane(f, l, &o, e);
	if (rc == -EPIPE || rc == -EPROTO)
		return err_set(e, -EOPNOTSUPP, "the server has no SFTP");
	if (rc)
		return rc;
	if (f->reply.type != SFTP_VERSION || f->reply.id < 3)
		return err_set(e, -EOPNOTSUPP, "the server has no SFTP of version 3");
	return 0;
}

int sftp_greet(struct sftp *f, struct err *e)
{
	int rc;

	f->nlane = 1;
	f->wide = false;
	f->rtt_us = INT64_MAX;
	rc = sftp_greet_lane(f, &f->lane[0], e);
	if (rc)
		return rc;
	sftp_features_get(f->reply.text, f->reply.ntext, &f->can);
	f->write_max = SFTP_WRITE_MIN;
	if (!f->can.limits)
		return 0;
	rc = sftp_ask_extended(f, "limits@openssh.com", NULL, NULL, e);
	if (rc == 0 && f->reply.type == SFTP_EXTENDED_REPLY)
		f->write_max = sftp_limit_get(f->reply.text, f->reply.ntext);
	return rc;
}
