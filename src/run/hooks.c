/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the administrator's hooks.
 * Only kdump_pre can change what happens; every other status is told and goes into the report.
 */
#include "run/hooks.h"

#include "base/str.h"
#include "run/program.h"
#include "run/say.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOOKS_MAX 32

struct hook {
	const char *path, *argument; /* ARGUMENT may be NULL */
	const struct run *run;
};

static int work_hook(struct channel *ch, void *arg, struct err *e)
{
	const struct hook *h = arg;
	char *argv[] = { (char *)h->path, (char *)h->argument, NULL };
	char dir[sizeof(h->run->dir) + 16], core[sizeof(dir) + 8];
	char *envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "TERM=linux", dir, core, NULL };
	int status;

	snprintf(dir, sizeof(dir), "KDUMP_DIR=%s", h->run->dir);
	snprintf(core, sizeof(core), "VMCORE=%s%s", h->run->dir, h->run->dir[0] ? "/vmcore" : "");
	status = program_run(ch, argv, envp, NULL, e);
	if (status < 0)
		return err_add(e, status, "%s", h->path);
	if (status)
		return err_set(e, -ECANCELED, "%s: exit status %d", h->path, status);
	return 0;
}

static int run_hook(struct run *r, const char *stage, const char *path, const char *argument, struct err *e)
{
	struct hook h = { .path = path, .argument = argument, .run = r };
	struct step s = {
		.name = stage,
		.work = work_hook,
		.arg = &h,
		.limit_ms = (int64_t)r->args.hook_timeout_s * 1000,
	};

	say(r, stage, "%s%s%s", path, argument ? " " : "", argument ? argument : "");
	return run_step(r, &s, e);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Executable files of DIR in name order; the caller frees each. */
static unsigned list_hooks(const char *dir, char *path[HOOKS_MAX])
{
	DIR *d = opendir(dir);
	struct dirent *de;
	unsigned n = 0;

	while (d && n < HOOKS_MAX && (de = readdir(d))) {
		char full[512];

		if (de->d_name[0] == '.' || str_fmt(full, sizeof(full), "%s/%s", dir, de->d_name) ||
		    access(full, X_OK))
			continue;
		path[n] = strdup(full);
		n += path[n] != NULL;
	}
	if (d)
		closedir(d);
	qsort(path, n, sizeof(path[0]), by_name);
	return n;
}

/* A hook of a directory: its failure is told, nothing else. */
static void run_directory(struct run *r, const char *stage, const char *dir, const char *argument)
{
	char *path[HOOKS_MAX];
	unsigned n = list_hooks(dir, path);

	for (unsigned i = 0; i < n; i++) {
		struct err e = { 0 };

		if (run_hook(r, stage, path[i], argument, &e))
			say_fault(r, &e, ", ignoring");
		free(path[i]);
	}
}

static void run_ignoring(struct run *r, const char *stage, const char *path, const char *argument)
{
	struct err e = { 0 };

	if (path && run_hook(r, stage, path, argument, &e))
		say_fault(r, &e, ", ignoring");
}

int hooks_pre(struct run *r, struct err *e)
{
	int rc = r->plan.kdump_pre ? run_hook(r, "pre", r->plan.kdump_pre, NULL, e) : 0;

	if (rc == -ECANCELED)
		return rc;
	/* A hook that hung or could not start has not said no. */
	if (rc)
		say_fault(r, e, ", the dump goes on");
	run_directory(r, "pre", "/etc/kdump/pre.d", NULL);
	return 0;
}

void hooks_post(struct run *r, int status)
{
	const char *argument = status ? "1" : "0";

	run_directory(r, "post", "/etc/kdump/post.d", argument);
	run_ignoring(r, "post", r->plan.kdump_post, argument);
}

void hooks_emergency(struct run *r)
{
	run_directory(r, "emergency", "/etc/kdump/emergency.d", NULL);
	run_ignoring(r, "emergency", r->plan.kdump_emergency, NULL);
}
