/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: a collector that is not ours.
 * Its output file is watched for growth, so that a collector that hangs is seen.
 */
#include "run/collect.h"

#include "base/str.h"
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
	int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd, rc = 0;

	if (dirfd < 0)
		return err_sys(e, "open %s", dir);
	fd = openat(dirfd, temp, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		rc = err_sys(e, "open %s/%s", dir, temp);
	else if (fchmod(fd, 0600) || fsync(fd))
		rc = err_sys(e, "fsync %s/%s", dir, temp);
	else if (renameat(dirfd, temp, dirfd, name) || fsync(dirfd))
		rc = err_sys(e, "rename %s/%s to %s", dir, temp, name);
	if (fd >= 0)
		close(fd);
	close(dirfd);
	return rc;
}

int collect_run(struct channel *ch, struct run *r, struct err *e)
{
	char line[512], *cursor = line, path[256], file[600];
	char *argv[ARGS_MAX + 2];
	char *envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=linux", NULL };
	struct growth g = { ch, file, r->vmcore_bytes, 0 };
	unsigned n = 0;
	int status;

	(void)str_fmt(line, sizeof(line), "%s", r->plan.collector.line);
	(void)str_fmt(file, sizeof(file), "%s/vmcore-incomplete", r->dir);
	while (n < ARGS_MAX - 2 && (argv[n] = str_word(&cursor)))
		n++;
	if (n == 0 || !find_program(argv[0], path, sizeof(path)))
		return err_set(e, -ENOENT, "core_collector: not in the image");
	argv[0] = path;
	argv[n++] = (char *)r->vmcore;
	argv[n++] = file;
	argv[n] = NULL;
	channel_progress(ch, 0, r->vmcore_bytes);
	status = program_run(ch, argv, envp, growth_tick, &g, e);
	if (status < 0)
		return err_add(e, status, "%s", path);
	if (status)
		return err_set(e, -EIO, "%s: exit status %d", path, status);
	return keep(r->dir, "vmcore-incomplete", "vmcore", e);
}
