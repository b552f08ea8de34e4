/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: files written by commands of an ssh server.
 * What kdump-utils asks of a server and no more: mkdir, umask, dd, mv; and wc, where it is there, to count the bytes.
 */
#include "sink/net_ssh_ways.h"
#include "sink/net_ssh_wire.h"

#include "base/str.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND (4 * SSH_PATH) /* a quote takes four characters */
#define SAID    200

struct exec {
	struct sink s;
	struct ssh *ssh;
	struct ssh_channel ch; /* the program that writes the file; closed: none was begun */
	char path[SSH_PATH];
	char temp[SSH_PATH], name[SSH_PATH]; /* with the directory */
	char said[SAID];                     /* by the program, on its error output */
	uint64_t pos;                        /* bytes sent */
};

static struct exec *self(struct sink *s)
{
	return (struct exec *)s;
}

/* BUF gets BEFORE, A as one word, and when there is a B, a blank and B as one word. */
static int command(char buf[COMMAND], const char *before, const char *a, const char *b, struct err *e)
{
	int rc;

	*buf = '\0';
	rc = shell_text(buf, COMMAND, before);
	if (rc == 0)
		rc = shell_word(buf, COMMAND, a);
	if (rc == 0 && b)
		rc = shell_text(buf, COMMAND, " ");
	if (rc == 0 && b)
		rc = shell_word(buf, COMMAND, b);
	return rc ? err_set(e, rc, "the name %.60s cannot be given to a shell", a) : 0;
}

/* Why a command failed, as far as its words tell. */
static int reason(const char *said)
{
	if (strstr(said, "No space left") || strstr(said, "quota exceeded") || strstr(said, "full"))
		return -ENOSPC;
	if (strstr(said, "ermission denied"))
		return -EACCES;
	if (strstr(said, "ead-only file system"))
		return -EROFS;
	return -EIO;
}

static int complain(const char *what, int status, const char *said, struct err *e)
{
	return err_set(e, reason(said), "%.200s: status %d on the server%s%s", what, status, *said ? ": " : "", said);
}

/* Runs one command; anything but status 0 is an error. What it wrote is in SAID. */
static int run(struct exec *f, const char *cmd, char said[SAID], struct err *e)
{
	int status = 0, rc = ssh_command(f->ssh, cmd, said, SAID, &status, e);

	if (rc)
		return rc;
	return status ? complain(cmd, status, said, e) : 0;
}

static int no_space(struct sink *s, uint64_t *ret, struct err *e)
{
	(void)ret;
	return err_set(e, -EOPNOTSUPP, "%s does not tell its free space", s->dir);
}

/* What has come of stream ID: the complaints are kept as far as there is room, all else is thrown away. */
static int gather(struct exec *f, int id, struct err *e)
{
	size_t have = strlen(f->said), room = id ? SAID - 1 : 0, got;
	char part[256];
	int rc;

	do {
		rc = ssh_channel_peek(&f->ch, id, part, sizeof(part), &got, e);
		for (size_t i = 0; i < got && have < room; i++)
			f->said[have++] = part[i];
		f->said[have] = '\0';
	} while (rc == 0 && got);
	return rc;
}

/* The library hides the end of a program as long as anything it said lies unread. */
static int hear(void *arg, struct err *e)
{
	int rc = gather(arg, SSH_EXTENDED_DATA_STDERR, e);

	return rc ? rc : gather(arg, 0, e);
}

static int exec_begin(struct sink *s, const char *temp, const char *name, struct err *e)
{
	struct exec *f = self(s);
	char cmd[COMMAND];
	int rc;

	if (f->ch.ch)
		return err_set(e, -EBUSY, "begin %s: %s is still open", name, f->name);
	if (str_fmt(f->temp, sizeof(f->temp), "%s/%s", f->path, temp) ||
	    str_fmt(f->name, sizeof(f->name), "%s/%s", f->path, name))
		return err_set(e, -ENAMETOOLONG, "begin %s: name too long", name);
	rc = command(cmd, "umask 0077 && dd bs=1048576 of=", f->temp, NULL, e);
	if (rc)
		return rc;
	f->said[0] = '\0';
	f->pos = 0;
	rc = ssh_channel_open(&f->ch, f->ssh, "exec", cmd, e);
	f->ch.hear = hear;
	f->ch.arg = f;
	if (rc)
		ssh_channel_drop(&f->ch);
	return rc ? err_add(e, rc, "create %s", f->temp) : 0;
}

/* Ends the program. 0 when it says that all is well; CAUSE is what an earlier failure was, or 0. */
static int finish(struct exec *f, int cause, struct err *e)
{
	char said[SAID], all[2 * SAID];
	int status = 0, rc;

	if (f->ssh->dead) {
		ssh_channel_drop(&f->ch);
		return cause ? cause : err_set(e, -ECONNRESET, "write %s: the connection is gone", f->temp);
	}
	rc = ssh_channel_end(&f->ch, said, sizeof(said), &status, e);
	ssh_channel_drop(&f->ch);
	if (rc || (!status && !cause))
		return rc;
	(void)str_fmt(all, sizeof(all), "%s%s", f->said, said);
	return complain("write", status, str_safe(said, sizeof(said), all), e);
}

static int exec_write(struct sink *s, uint64_t off, const void *buf, size_t n, struct err *e)
{
	struct exec *f = self(s);
	int rc;

	if (!f->ch.ch)
		return err_set(e, -EPIPE, "write %s: the stream has failed", f->temp);
	if (off != f->pos)
		return err_set(e, -ESPIPE, "write %s: byte %llu after byte %llu", f->temp, (unsigned long long)off,
			       (unsigned long long)f->pos);
	rc = ssh_channel_send(&f->ch, buf, n, e);
	if (rc == 0)
		rc = ssh_push(f->ssh, e);
	if (rc == -EPIPE) {
		struct err why = { 0 };

		rc = finish(f, rc, &why);
		return err_set(e, rc, "%s", why.text);
	}
	if (rc) {
		ssh_channel_drop(&f->ch);
		return err_add(e, rc, "write %s", f->temp);
	}
	f->pos += n;
	return 0;
}

/* The length as the server counts it; a server without wc(1) is believed. */
static int check_length(struct exec *f, uint64_t size, struct err *e)
{
	char cmd[COMMAND], said[SAID], *end;
	int rc = command(cmd, "wc -c <", f->temp, NULL, e), status = 0;
	unsigned long long n;

	if (rc == 0)
		rc = ssh_command(f->ssh, cmd, said, sizeof(said), &status, e);
	if (rc || status)
		return rc;
	n = strtoull(said, &end, 10);
	if (end == said || n == size)
		return 0;
	return err_set(e, -EIO, "%s has %llu bytes on the server, %llu were sent", f->temp, n,
		       (unsigned long long)size);
}

static int settle(struct exec *f, struct err *e)
{
	char cmd[COMMAND], said[SAID];
	int64_t stall = f->ssh->stall_ms;
	int status, rc = command(cmd, "sync ", f->temp, NULL, e);

	if (rc)
		return rc;
	/* Old ones take no name and sync everything; a server without one has its own ways. */
	rc = shell_text(cmd, sizeof(cmd), " || sync");
	if (rc)
		return err_set(e, rc, "sync %s: the name is too long", f->temp);
	f->ssh->stall_ms *= 5; /* no byte moves while the disk takes what the server has in memory */
	rc = ssh_command(f->ssh, cmd, said, sizeof(said), &status, e);
	f->ssh->stall_ms = stall;
	return rc ? err_add(e, rc, "sync %s", f->temp) : 0;
}

static int exec_commit(struct sink *s, uint64_t size, struct err *e)
{
	struct exec *f = self(s);
	char cmd[COMMAND], said[SAID];
	int rc = 0;

	if (!f->ch.ch)
		return err_set(e, -EPIPE, "write %s: the stream has failed", f->temp);
	if (size != f->pos)
		rc = err_set(e, -ESPIPE, "%s got %llu bytes of %llu", f->temp, (unsigned long long)f->pos,
			     (unsigned long long)size);
	if (rc)
		(void)finish(f, 0, NULL);
	else
		rc = finish(f, 0, e);
	if (rc == 0)
		rc = check_length(f, size, e);
	if (rc == 0)
		rc = settle(f, e);
	if (rc || strcmp(f->temp, f->name) == 0)
		return rc;
	rc = command(cmd, "mv -f ", f->temp, f->name, e);
	return rc ? rc : run(f, cmd, said, e);
}

static int exec_abandon(struct sink *s, struct err *e)
{
	struct exec *f = self(s);
	int rc = f->ch.ch ? finish(f, 0, e) : 0;

	return rc || f->ssh->dead ? rc : settle(f, e);
}

/* tail(1) seeks in a file. A server that allows only some commands says no here, whatever it took before. */
static int exec_read(struct sink *s, const char *name, uint64_t off, void *buf, size_t n, struct err *e)
{
	struct exec *f = self(s);
	char cmd[COMMAND], path[SSH_PATH], said[SAID] = "", word[48];
	struct ssh_channel ch = { .ssh = f->ssh };
	size_t have = 0, got = 1;
	int rc, status = 0;

	if (f->ch.ch)
		return err_set(e, -EBUSY, "read %s: %s is still open", name, f->name);
	(void)str_fmt(word, sizeof(word), "tail -c +%llu ", (unsigned long long)off + 1);
	rc = str_fmt(path, sizeof(path), "%s/%s", f->path, name) ? err_set(e, -ENAMETOOLONG, "the name is too long")
								 : command(cmd, word, path, NULL, e);
	(void)str_fmt(word, sizeof(word), " | head -c %zu", n);
	if (rc || shell_text(cmd, sizeof(cmd), word))
		return err_set(e, -ENAMETOOLONG, "read %s: the name cannot be given to a shell", name);
	rc = ssh_channel_open(&ch, f->ssh, "exec", cmd, e);
	while (rc == 0 && have < n && got) {
		rc = ssh_channel_recv(&ch, (char *)buf + have, n - have, &got, e);
		have += got;
	}
	if (rc == 0)
		rc = ssh_channel_end(&ch, said, sizeof(said), &status, e);
	ssh_channel_drop(&ch);
	if (rc)
		return err_add(e, rc, "read %s", path);
	return have < n ? err_set(e, -ENODATA, "read %s: %zu bytes of %zu%s%s", path, have, n, *said ? ": " : "", said)
			: 0;
}

static int exec_remove(struct sink *s, const char *name, struct err *e)
{
	struct exec *f = self(s);
	char cmd[COMMAND], path[SSH_PATH], said[SAID];
	int rc;

	if (str_fmt(path, sizeof(path), name ? "%s/%s" : "%s", f->path, name))
		return err_set(e, -ENAMETOOLONG, "remove %s: name too long", name);
	rc = command(cmd, name ? "rm " : "rmdir ", path, NULL, e);
	return rc ? rc : run(f, cmd, said, e);
}

static void exec_free(struct sink *s)
{
	struct exec *f = self(s);

	if (!s)
		return;
	ssh_channel_drop(&f->ch);
	ssh_close(f->ssh);
	free(f->ssh);
	free(f);
}

static const struct sink_ops exec_ops = {
	.scheme = "ssh",
	.caps = SINK_RENAME,
	.space = no_space,
	.begin = exec_begin,
	.write = exec_write,
	.commit = exec_commit,
	.abandon = exec_abandon,
	.read = exec_read,
	.remove = exec_remove,
	.free = exec_free,
};

/* 1: DIR is taken already, whatever the language the server speaks; 0: it is new now. */
static int try_fresh(struct exec *f, const char *dir, struct err *e)
{
	char cmd[COMMAND], said[SAID];
	int rc = command(cmd, "mkdir ", dir, NULL, e), status = 1;
	struct err why = { 0 };

	if (rc)
		return rc;
	rc = run(f, cmd, said, &why);
	if (rc == 0)
		return 0;
	if (!f->ssh->dead && command(cmd, "test -e ", dir, NULL, NULL) == 0 &&
	    ssh_command(f->ssh, cmd, said, sizeof(said), &status, NULL) == 0 && status == 0)
		return 1;
	return err_set(e, rc, "%s", why.text);
}

static int make_fresh(struct exec *f, const char *want, struct err *e)
{
	char cmd[COMMAND], said[SAID], parent[SSH_PATH];
	int rc;

	(void)str_fmt(parent, sizeof(parent), "%s", want);
	rc = command(cmd, "mkdir -p ", dirname(parent), NULL, e);
	if (rc == 0)
		rc = run(f, cmd, said, e);
	for (int i = 0; rc == 0 && i < SSH_FRESH_TRIES; i++) {
		rc = i ? str_fmt(f->path, sizeof(f->path), "%s.%d", want, i)
		       : str_fmt(f->path, sizeof(f->path), "%s", want);
		if (rc)
			return err_set(e, rc, "mkdir: name of %zu bytes", strlen(want));
		rc = try_fresh(f, f->path, e);
		if (rc <= 0)
			return rc;
		rc = 0;
	}
	return rc ? rc : err_set(e, -EEXIST, "mkdir %s: %d names are taken", want, SSH_FRESH_TRIES);
}

static int make_dir(struct exec *f, const struct ssh_target *to, struct err *e)
{
	char cmd[COMMAND], said[SAID];
	int rc;

	if (str_fmt(f->path, sizeof(f->path), "%s", to->dir))
		return err_set(e, -ENAMETOOLONG, "mkdir: name of %zu bytes", strlen(to->dir));
	if (to->fresh)
		return make_fresh(f, to->dir, e);
	rc = command(cmd, "mkdir -p ", f->path, NULL, e);
	return rc ? rc : run(f, cmd, said, e);
}

int ssh_exec_open(struct sink **ret, struct ssh *c, const struct ssh_target *to, struct err *e)
{
	struct exec *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return err_set(e, -ENOMEM, "sink: no memory");
	f->s.ops = &exec_ops;
	f->ssh = c;
	rc = make_dir(f, to, e);
	if (rc) {
		free(f);
		return rc;
	}
	ssh_show_dir(&f->s, to, f->path);
	*ret = &f->s;
	return 0;
}
