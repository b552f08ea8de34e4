/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: what a rehearsal sees without reaching for any target.
 * The files of the image are the root: what the recipe and the configuration name has to be among them.
 */
#include "run/rehearse.h"

#include "base/fdio.h"
#include "base/str.h"
#include "conf/recipe.h"
#include "dev/modfile.h"
#include "dev/module.h"
#include "run/bringup.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define MODULE_PLAN 8192
#define KNOWN_HOSTS "/etc/crashbox/ssh/known_hosts"
#define LOG_SIZE    10         /* SYSLOG_ACTION_SIZE_BUFFER: include/linux/syslog.h v6.1 */
#define LOG_BESIDE  (1u << 20) /* report, the capture's own log, what a file system takes for itself */

void rehearse_say(struct rehearse_said *to, const char *fmt, ...)
{
	va_list ap;

	if (to->n == REHEARSE_SAID)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(to->text[to->n++], sizeof(to->text[0]), fmt, ap);
	va_end(ap);
}

/* ---- how much a dump is ---- */

/* The number behind "KEY:" in kB, as bytes; 0: not there. Format: fs/proc/meminfo.c v6.1. */
static uint64_t meminfo(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, n) == 0 && line[n] == ':')
			return strtoull(line + n + 1, NULL, 10) << 10;
	}
	return 0;
}

uint64_t rehearse_keeps(const char *text, unsigned level)
{
	static const struct {
		unsigned level;
		const char *key;
	} drops[] = {
		{ 4, "Cached" },
		{ 4, "Buffers" },
		{ 4, "SwapCached" },
		{ 8, "AnonPages" },
		{ 8, "Hugetlb" },
		{ 16, "MemFree" },
	};
	uint64_t total = meminfo(text, "MemTotal"), out = 0;

	for (unsigned i = 0; i < ARRAY_LEN(drops); i++)
		out += level & drops[i].level ? meminfo(text, drops[i].key) : 0;
	/* Level 2 alone keeps the pages that a file system has a note on: all but those of tmpfs, for most. */
	if ((level & 6) == 2)
		out += meminfo(text, "Shmem");
	return out < total ? total - out : 0;
}

static void find_need(const struct run *r, struct rehearse_image *ret)
{
	const struct plan_collector *c = &r->plan.collector;
	char *text = NULL;
	int log = klogctl(LOG_SIZE, NULL, 0);
	size_t n;

	ret->level = c->kind == COLLECT_FILTER ? c->level[0] : 0;
	ret->need.log = 2 * (uint64_t)(log > 0 ? log : 0) + LOG_BESIDE;
	if (file_read("/proc/meminfo", 1 << 16, &text, &n, NULL) == 0)
		ret->need.dump = rehearse_keeps(text, ret->level);
	free(text);
}

/* ---- modules ---- */

/* True when every file that module NAME needs is there. */
static bool has_module(struct modset *mods, const char *root, const char *name)
{
	char files[MODULE_PLAN], path[512], found[PATH_MAX], *rest = files, *file;

	if (module_plan(mods, name, files, sizeof(files), NULL))
		return false;
	while ((file = strsep(&rest, "\n"))) {
		bool whole = *file == '/';

		if (!*file)
			continue;
		if (str_fmt(path, sizeof(path), "%s%s%s", whole ? "" : root, whole ? "" : "/", file) ||
		    !modfile_find(path, found))
			return false;
	}
	return true;
}

/* The first module of the steps FROM … FROM + N that the image lacks, or NULL. */
static const char *missing_module(const struct run *r, unsigned from, unsigned n)
{
	const char *found = NULL;
	struct modset *mods = NULL;
	char root[128];

	if (!r->recipe.kernel || str_fmt(root, sizeof(root), "/lib/modules/%s", r->recipe.kernel))
		return NULL;
	if (access(root, F_OK) == 0 && modset_open(root, &mods, NULL))
		return NULL;
	for (unsigned i = from; i < from + n && !found; i++) {
		const struct recipe_step *s = &r->recipe.step[i];

		if (s->kind == RECIPE_MODULE && (!mods || !has_module(mods, root, s->arg)))
			found = s->arg;
	}
	modset_free(mods);
	return found;
}

/* ---- programs ---- */

static bool there(const char *path)
{
	struct stat st;

	/* The shell is a link to what is unpacked when it is needed. */
	return lstat(path, &st) == 0;
}

static void look_at_program(struct rehearse_image *ret, const char *what, const char *path)
{
	char head[128], *cursor = head + 2, *word;

	if (!path || *path != '/')
		return;
	if (access(path, F_OK)) {
		rehearse_say(&ret->failed, "%s: %s is not in the image", what, path);
		return;
	}
	if (access(path, X_OK)) {
		rehearse_say(&ret->failed, "%s: %s is not executable", what, path);
		return;
	}
	if (file_line(path, head, sizeof(head), NULL))
		return;
	if (str_starts(head, "#!") && head[strlen(head) - 1] == '\r') {
		rehearse_say(&ret->failed, "%s: %s: \\r at the end of the first line", what, path);
		return;
	}
	if (!str_starts(head, "#!"))
		return;
	word = str_word(&cursor);
	if (!word || !there(word))
		rehearse_say(&ret->failed, "%s: %s needs %s, which is not in the image", what, path,
			     word ? word : "a shell");
}

static void look_at_dir(struct rehearse_image *ret, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	char path[512];

	while (d && (de = readdir(d)))
		if (de->d_name[0] != '.' && str_fmt(path, sizeof(path), "%s/%s", dir, de->d_name) == 0)
			look_at_program(ret, dir, path);
	if (d)
		closedir(d);
}

void rehearse_look(const struct run *r, struct rehearse_image *ret)
{
	static const char *const dir[] = { "/etc/kdump/pre.d", "/etc/kdump/post.d", "/etc/kdump/emergency.d" };
	const char *module = missing_module(r, 0, r->recipe.ncommon);
	struct utsname u;

	uname(&u);
	(void)str_fmt(ret->kernel, sizeof(ret->kernel), "%s", r->recipe.kernel ? r->recipe.kernel : "");
	if (ret->kernel[0] && strcmp(ret->kernel, u.release) != 0)
		rehearse_say(&ret->warned, "the image is for kernel %s, and this system runs %s", ret->kernel,
			     u.release);
	if (module)
		rehearse_say(&ret->failed, "module %s is not in the image", module);
	look_at_program(ret, "kdump_pre", r->plan.kdump_pre);
	look_at_program(ret, "kdump_post", r->plan.kdump_post);
	look_at_program(ret, "kdump_emergency", r->plan.kdump_emergency);
	for (unsigned i = 0; i < r->plan.extra_bins.n; i++)
		look_at_program(ret, "extra_bins", r->plan.extra_bins.word[i]);
	for (unsigned i = 0; i < ARRAY_LEN(dir); i++)
		look_at_dir(ret, dir[i]);
	find_need(r, ret);
}

/* ---- one target ---- */

static int look_at_keys(const struct run *r, struct err *e)
{
	struct recipe_ssh how = { .port = 0 };
	const char *key = r->plan.sshkey;
	int rc = r->at.step ? recipe_ssh(r->at.step, &how, e) : 0;

	if (rc)
		return rc;
	key = how.key[0] ? how.key : key;
	if (access(key, R_OK))
		return err_set(e, -ENOENT, "the key %s is not in the image", key);
	if (access(KNOWN_HOSTS, R_OK))
		return err_set(e, -ENOENT, "no key of the server is in the image (%s)", KNOWN_HOSTS);
	return 0;
}

int rehearse_look_target(const struct run *r, int index, struct err *e)
{
	const struct recipe_target *t = recipe_find(&r->recipe, index);
	const char *module = t ? missing_module(r, t->first, t->n) : NULL;

	if (module)
		return err_set(e, -ENOENT, "module %s is not in the image", module);
	return r->at.kind == TARGET_SSH ? look_at_keys(r, e) : 0;
}
