/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: a collector that is not ours.
 * Its output file is watched for growth, so that a collector that hangs is seen.
 */
#include "run/collect.h"

#include "base/dumpdir.h"
#include "base/str.h"
#include "iface/sink.h"
#include "run/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARGS_MAX 62

/* Where PROGRAM lies, in BUF. */
static bool find_program(const char *program, char *buf, size_t n)
{
	static const char *const dir[] = { "", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/" };

	for (unsigned i = *program == '/' ? 0 : 1; i < ARRAY_LEN(dir); i++) {
		if (str_fmt(buf, n, "%s%s", dir[i], program) == 0 && access(buf, X_OK) == 0)
			return true;
		if (*program == '/')
			return false;
	}
	return false;
}

bool collect_external(const struct plan_collector *c)
{
	char line[512], *cursor = line, *word, path[256];

	if (c->kind != COLLECT_EXTERNAL || str_fmt(line, sizeof(line), "%s", c->line))
		return false;
	word = str_word(&cursor);
	return word && find_program(word, path, sizeof(path));
}

struct growth {
	struct channel *ch;
	const char *file;
	uint64_t total, seen;
};

static void growth_tick(void *arg)
{
	struct growth *g = arg;
	struct stat st;
	uint64_t now;

	if (stat(g->file, &st))
		return;
	now = (uint64_t)st.st_blocks * 512;
	if (now == g->seen)
		return;
	g->seen = now;
	channel_progress(g->ch, now < g->total ? now : g->total, g->total);
}

/* Makes what the collector wrote durable under its final name. */
static int keep(const char *dir, const char *temp, const char *name, struct err *e)
{
	int dirfd = -1, fd = -1, rc = dumpdir_open(&dirfd, "", dir, DUMPDIR_ALONE, e);

	if (rc)
		return rc;
	rc = dumpdir_read(&fd, dirfd, temp, NULL, e);
	if (rc)
		rc = err_add(e, rc, "%s", dir);
	else if (fchmod(fd, 0600) || fsync(fd))
		rc = err_sys(e, "fsync %s/%s", dir, temp);
	else if (renameat(dirfd, temp, dirfd, name) || fsync(dirfd))
		rc = err_sys(e, "rename %s/%s to %s", dir, temp, name);
	if (fd >= 0)
		close(fd);
	close(dirfd);
	return rc;
}

/* The program's words into ARGV, whose strings stay in LINE. -ENOENT; else how many, with room for two more. */
static int read_words(const struct run *r, char line[512], char path[256], char *argv[ARGS_MAX + 2], struct err *e)
{
	char *cursor = line;
	int n = 0;

	(void)str_fmt(line, 512, "%s", r->plan.collector.line);
	while (n < ARGS_MAX - 2 && (argv[n] = str_word(&cursor)))
		n++;
	if (n == 0 || !find_program(argv[0], path, 256))
		return err_set(e, -ENOENT, "core_collector: not in the image");
	argv[0] = path;
	argv[n++] = (char *)r->vmcore;
	argv[n] = argv[n + 1] = NULL;
	return n;
}

/* 0 when STATUS is that of a program that did it. */
static int judge(int status, const char *path, struct err *e)
{
	if (status < 0)
		return err_add(e, status, "%s", path);
	return status ? err_set(e, -EIO, "%s: exit status %d", path, status) : 0;
}

static char *const envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=linux", NULL };

int collect_run(struct channel *ch, struct run *r, struct err *e)
{
	char line[512], path[256], file[600], *argv[ARGS_MAX + 2];
	struct growth g = { ch, file, r->vmcore_bytes, 0 };
	const struct program_watch w = { .tick = growth_tick, .arg = &g };
	int n = read_words(r, line, path, argv, e), rc;

	if (n < 0)
		return n;
	(void)str_fmt(file, sizeof(file), "%s/vmcore-incomplete", r->dir);
	argv[n] = file;
	channel_progress(ch, 0, r->vmcore_bytes);
	rc = judge(program_run(ch, argv, envp, &w, e), path, e);
	return rc ? rc : keep(r->dir, "vmcore-incomplete", "vmcore", e);
}

/* ---- to a server ---- */

struct stream {
	struct channel *ch;
	struct sink *out;
	uint64_t at, total;
};

static int stream_take(void *arg, const void *p, size_t n, struct err *e)
{
	struct stream *s = arg;
	int rc = s->out->ops->write(s->out, s->at, p, n, e);

	s->at += rc ? 0 : n;
	channel_progress(s->ch, s->at < s->total ? s->at : s->total, s->total);
	return rc;
}

int collect_stream(struct channel *ch, struct run *r, struct sink *out, uint64_t *wrote, struct err *e)
{
	char line[512], path[256], *argv[ARGS_MAX + 2];
	struct stream s = { .ch = ch, .out = out, .total = r->vmcore_bytes };
	const struct program_watch w = { .take = stream_take, .arg = &s };
	int n = read_words(r, line, path, argv, e), rc;

	*wrote = 0;
	if (n < 0)
		return n;
	/* Over ssh kdump-utils gives no file; on NFS there always is one. */
	if (r->at.kind != TARGET_SSH)
		argv[n] = "/proc/self/fd/1";
	rc = out->ops->begin(out, "vmcore-incomplete", "vmcore", e);
	if (rc == 0 && out->ops->empty)
		rc = out->ops->empty(out, e);
	if (rc)
		return rc;
	channel_progress(ch, 0, r->vmcore_bytes);
	rc = judge(program_run(ch, argv, envp, &w, e), path, e);
	if (rc == 0 && s.at == 0)
		rc = err_set(e, -EIO, "%s: it wrote nothing", path);
	*wrote = s.at;
	channel_fact(ch, "written_bytes", "%llu", (unsigned long long)s.at);
	if (rc == 0)
		return out->ops->commit(out, s.at, e);
	(void)out->ops->abandon(out, NULL);
	return rc;
}
