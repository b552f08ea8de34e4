/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: from nothing to a mounted target.
 * Module trouble is told and passed over: what decides is whether the device appears and mounts.
 */
#include "run/bringup.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "conf/builtin.h"
#include "conf/recipe.h"
#include "dev/block.h"
#include "dev/coldplug.h"
#include "dev/module.h"
#include "dev/mount.h"
#include "dev/nfs_mount.h"
#include "dump/raw_guard.h"
#include "run/boot.h"
#include "run/network.h"
#include "run/say.h"
#include "version.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#define DEVICE_DEFAULT_S 180
#define UMOUNT_LIMIT_MS  60000
#define DEFAULT_OPTIONS  "rw"

struct job {
	const struct run *r;
	struct channel *ch;
	const struct recipe_target *steps; /* NULL: there is no recipe for it */
	const struct plan_target *target;  /* NULL: none configured */
	const char *dir;
	struct modset *mods;    /* NULL when the image has no modules */
	struct block_found dev; /* the last device that was awaited */
	char source[200];       /* what mount(2) is given: the device or a virtiofs tag */
	bool mounted;
	bool network;     /* cards are needed */
	int64_t deadline; /* of all links */
};

/* The step that names the server of a target, or NULL. */
static const struct recipe_step *server_step(const struct run *r, const struct recipe_target *t)
{
	for (unsigned i = 0; t && i < t->n; i++) {
		const struct recipe_step *s = &r->recipe.step[t->first + i];

		if (s->kind == RECIPE_NFS || s->kind == RECIPE_KNFS || s->kind == RECIPE_SSH)
			return s;
	}
	return NULL;
}

static bool over_network(const struct run *r, const struct recipe_target *t, const struct plan_target *p)
{
	return server_step(r, t) || (p && (p->kind == TARGET_NFS || p->kind == TARGET_SSH));
}

static bool is_raw(const struct run *r, const struct recipe_target *t, const struct plan_target *p)
{
	for (unsigned i = 0; t && i < t->n; i++)
		if (r->recipe.step[t->first + i].kind == RECIPE_RAW)
			return true;
	return p && p->kind == TARGET_RAW;
}

static const struct plan_target *target_for(const struct run *r, int index)
{
	return index > 0 && (unsigned)index <= r->plan.ntarget ? &r->plan.target[index - 1] : NULL;
}

const char *bringup_path(const struct run *r, int index)
{
	const struct recipe_target *t = recipe_find(&r->recipe, index);

	return t && t->path ? t->path : r->plan.path;
}

const char *bringup_name(const struct run *r, int index, char *buf, size_t n)
{
	static const char *const kind[] = { "", "raw", "nfs", "ssh" };
	const struct plan_target *t = target_for(r, index);

	if (t)
		(void)str_fmt(buf, n, "%s %s", t->kind == TARGET_FS ? t->fstype : kind[t->kind], t->where);
	else
		(void)str_fmt(buf, n, "the file system of the %s", index == RECIPE_ROOTFS ? "root" : "path");
	return buf;
}

/* ---- modules ---- */

static void warn_module(struct job *j, const struct err *e)
{
	channel_say(j->ch, MSG_WARN, "%s, going on", e->text);
}

static void open_modules(struct job *j)
{
	const struct plan *p = &j->r->plan;
	const struct boot_args *a = &j->r->args;
	struct utsname u;
	struct err e = { 0 };
	char root[128];
	int rc = 0;

	uname(&u);
	snprintf(root, sizeof(root), "/lib/modules/%s", u.release);
	if (modset_open(root, &j->mods, &e)) {
		if (e.code != -ENOENT)
			warn_module(j, &e);
		return;
	}
	modset_unlink(j->mods);
	/* A network card that nobody needs takes memory, or hangs on its reset. */
	if (!j->network)
		modset_without(j->mods, "kernel/drivers/net/");
	for (unsigned i = 0; i < p->blacklist.n && rc == 0; i++)
		rc = modset_blacklist(j->mods, p->blacklist.word[i], &e);
	for (unsigned i = 0; i < a->blacklist.n && rc == 0; i++)
		rc = modset_blacklist(j->mods, a->blacklist.word[i], &e);
	for (unsigned i = 0; i < p->noption && rc == 0; i++)
		rc = modset_option(j->mods, p->option[i].module, p->option[i].text, &e);
	for (unsigned i = 0; i < a->nparam && rc == 0; i++)
		rc = modset_option(j->mods, a->param[i].module, a->param[i].text, &e);
	if (rc)
		warn_module(j, &e);
}

static void load(struct job *j, const char *name, const char *params)
{
	struct err e = { 0 };

	if (!j->mods)
		return;
	if (module_load(j->mods, name, params, &e))
		warn_module(j, &e);
}

void bringup_modules(const struct run *r, struct channel *ch, const struct recipe_target *steps)
{
	struct job j = { .r = r, .ch = ch, .steps = steps, .network = true };

	if (!steps)
		return;
	open_modules(&j);
	for (unsigned i = 0; i < steps->n; i++) {
		const struct recipe_step *s = &r->recipe.step[steps->first + i];

		if (s->kind == RECIPE_MODULE)
			load(&j, s->arg, s->opt);
	}
	modset_free(j.mods);
}

static void load_generic(struct job *j)
{
	struct err e = { 0 };

	if (j->mods && coldplug(j->mods, "", &e))
		warn_module(j, &e);
}

static void tell_modules(struct job *j, int64_t ms)
{
	const struct modset_stats *st = j->mods ? modset_stats(j->mods) : NULL;

	if (!st || (!st->loaded && !st->failed))
		return;
	channel_fact(j->ch, "module_ms", "%lld", (long long)ms);
	channel_fact(j->ch, "modules", "%u", st->loaded);
	channel_say(j->ch, MSG_SAY, "%u modules in %lld ms", st->loaded, (long long)ms);
}

/* ---- devices and mounts ---- */

static void await(void *ctx, const char *what, int64_t left_s)
{
	channel_await(ctx, what, left_s);
}

static unsigned device_limit_s(const struct run *r)
{
	unsigned s = r->plan.disk_timeout_s ? r->plan.disk_timeout_s : DEVICE_DEFAULT_S;
	int64_t left = (r->hurry - clock_ms()) / 1000 - 1;

	if (r->args.device_timeout_given)
		s = r->args.device_timeout_s;
	/* Its own sentence says more than that of a step that was cut short. */
	if (r->hurry && (!s || s > left))
		s = left > 1 ? (unsigned)left : 1;
	return s;
}

/* OPTIONS: what the recipe says behind the device, or NULL. */
static int wait_device(struct job *j, const char *spec, const char *options, struct err *e)
{
	struct block_wait w = {
		.root = "",
		.spec = spec,
		.tick = await,
		.ctx = j->ch,
		.deadline = deadline_in((int64_t)device_limit_s(j->r) * 1000),
		.hotplug = j->steps && !j->r->recipe.generic ? NULL : j->mods,
		.fixed = block_fixed(options),
	};
	int rc = block_wait(&w, &j->dev, e);

	if (rc)
		return rc;
	if (j->dev.more)
		channel_say(j->ch, MSG_WARN, "%s is also on %s: taking %s", spec, j->dev.other, j->dev.path);
	return str_fmt(j->source, sizeof(j->source), "%s", j->dev.path);
}

static int mount_it(struct job *j, const char *fstype, const char *options, struct err *e)
{
	const char *seen = j->dev.fstype;
	struct mount_result got = { .note = "" };
	struct err no_driver = { 0 };
	int rc;

	if (fs_module(j->mods, *seen && strcmp(seen, "ambiguous") != 0 ? seen : fstype, &no_driver))
		warn_module(j, &no_driver);
	rc = fs_mount(j->source, fstype, options ? options : DEFAULT_OPTIONS, j->dir, &got, e);
	if (rc)
		return rc;
	j->mounted = true;
	if (got.note[0])
		channel_say(j->ch, MSG_WARN, "%s", got.note);
	channel_say(j->ch, MSG_SAY, "%s %s is mounted", got.fstype, j->source);
	channel_fact(j->ch, "target", "%s %s", got.fstype, j->source);
	return 0;
}

/* ---- servers ---- */

/* "[fd00::1]:/srv", "store:/srv", "user@store": the host alone, in BUF. */
static int host_of(const char *where, enum plan_target_kind kind, char *buf, size_t n, struct err *e)
{
	const char *at = strchr(where, '@'), *end;

	if (kind == TARGET_SSH) {
		where = at ? at + 1 : where;
		end = where + strlen(where);
	} else {
		end = strstr(where, ":/");
		end = end ? end : where + strlen(where);
	}
	if (*where == '[' && end > where && end[-1] == ']') {
		where++;
		end--;
	}
	if (str_fmt(buf, n, "%.*s", (int)(end - where), where))
		return err_set(e, -ENAMETOOLONG, "network: the name of the host is too long");
	return 0;
}

int bringup_host(const struct run *r, char *buf, size_t n, struct err *e)
{
	struct recipe_ssh how = { .port = 0 };
	int rc = host_of(r->at.where, r->at.kind, buf, n, e);

	if (rc == 0 && r->at.step && r->at.kind == TARGET_SSH)
		rc = recipe_ssh(r->at.step, &how, e);
	if (rc == 0 && how.server[0])
		rc = str_fmt(buf, n, "%s", how.server);
	return rc;
}

static void load_more(void *arg)
{
	load_generic(arg);
}

/* LIST, of NETWORK_LIST bytes, gets the addresses of the server; it may be NULL. */
static int reach(struct job *j, char *list, struct err *e)
{
	const struct run *r = j->r;
	struct network_want w = { .r = r, .ch = j->ch, .steps = j->steps, .deadline = j->deadline, .list = list };
	char host[256];
	int rc = bringup_host(r, host, sizeof(host), e);

	if (rc)
		return rc;
	w.host = host;
	w.arg = j;
	w.more = r->recipe.generic || !j->steps ? load_more : NULL;
	channel_fact(j->ch, "target", "%s %s", r->at.kind == TARGET_SSH ? "ssh" : "nfs", r->at.where);
	j->mounted = true;
	return network_reach(&w, e);
}

/* Through the kernel's client: it is a file system like any other then. */
static int reach_mounted(struct job *j, const struct recipe_step *s, struct err *e)
{
	char list[NETWORK_LIST];
	int rc = reach(j, list, e);

	if (CRASHBOX_NET && rc == 0)
		rc = nfs_mount(s->arg, s->opt, list, j->dir, e);
	if (rc == 0)
		channel_say(j->ch, MSG_SAY, "nfs %s is mounted by the kernel", s->arg);
	return rc;
}

/* ---- raw partitions ---- */

/* Waits for SPEC and proves that it may be written over: else the next target has its turn. */
static int take_raw(struct job *j, const char *spec, const char *options, struct err *e)
{
	struct raw_dev *d = NULL;
	int rc = wait_device(j, spec, options, e);

	if (rc == 0)
		rc = raw_guard_open(&d, j->dev.path, e);
	if (rc)
		return rc;
	channel_say(j->ch, MSG_SAY, "%s %s", j->dev.path,
		    d->labelled ? "is prepared for dumps" : "is blank: it is taken");
	channel_fact(j->ch, "target", "raw %s", j->dev.path);
	channel_fact(j->ch, "device", "%s", j->dev.path);
	raw_dev_free(d);
	j->mounted = true;
	return 0;
}

/* The device of a virtiofs is a tag: there is nothing to wait for. */
static bool is_tag(const struct job *j, const struct recipe_step *s)
{
	const struct recipe_step *end = j->r->recipe.step + j->r->recipe.nstep;

	return s + 1 < end && s[1].kind == RECIPE_MOUNT && strcmp(s[1].arg, "virtiofs") == 0;
}

static int play(struct job *j, const struct recipe_step *s, struct err *e)
{
	if (s->kind == RECIPE_DEVICE && is_tag(j, s))
		return str_fmt(j->source, sizeof(j->source), "%s", s->arg);
	switch (s->kind) {
	case RECIPE_MODULE:
		load(j, s->arg, s->opt);
		return 0;
	case RECIPE_DEVICE:
		return wait_device(j, s->arg, s->opt, e);
	case RECIPE_LINK:
		return 0; /* all of them at once, in network_reach() */
	case RECIPE_NFS:
	case RECIPE_SSH:
		return reach(j, NULL, e);
	case RECIPE_KNFS:
		return reach_mounted(j, s, e);
	case RECIPE_RAW:
		return take_raw(j, s->arg, s->opt, e);
	case RECIPE_MOUNT:
		if (!j->source[0] && j->target)
			(void)str_fmt(j->source, sizeof(j->source), "%s", j->target->where);
		return mount_it(j, s->arg, s->opt, e);
	default:
		return err_set(e, -EOPNOTSUPP, "step '%s' of the recipe is not built in", s->arg);
	}
}

/* The device and type that kdump.conf or the kernel command line name, when no recipe does. */
static int play_plan(struct job *j, struct err *e)
{
	const struct plan_target *t = j->target;
	const char *where = t ? t->where : j->r->args.root, *type = t ? t->fstype : j->r->args.rootfstype;
	int rc = 0;

	if (t && (t->kind == TARGET_NFS || t->kind == TARGET_SSH))
		return reach(j, NULL, e);
	if (t && t->kind == TARGET_RAW)
		return take_raw(j, t->where, NULL, e);
	if (!where || !where[0])
		return err_set(e, -ENODEV, "the image has no recipe for it and the kernel command line no root=");
	if (type && strcmp(type, "virtiofs") == 0)
		(void)str_fmt(j->source, sizeof(j->source), "%s", where);
	else
		rc = wait_device(j, where, NULL, e);
	return rc ? rc : mount_it(j, type && type[0] ? type : "auto", t ? t->options : j->r->args.rootflags, e);
}

static int play_all(struct job *j, struct err *e)
{
	const struct recipe *rec = &j->r->recipe;
	int64_t start = clock_ms();
	unsigned i = 0;
	int rc = 0;

	for (unsigned k = 0; k < rec->ncommon; k++)
		(void)play(j, &rec->step[k], NULL);
	for (unsigned k = 0; k < j->r->args.preload.n; k++)
		load(j, j->r->args.preload.word[k], NULL);
	for (unsigned k = 0; k < j->r->plan.extra_modules.n; k++)
		load(j, j->r->plan.extra_modules.word[k], NULL);
	if (rec->generic || !j->steps)
		load_generic(j);
	for (; j->steps && i < j->steps->n && rec->step[j->steps->first + i].kind == RECIPE_MODULE; i++)
		(void)play(j, &rec->step[j->steps->first + i], NULL);
	tell_modules(j, clock_ms() - start);
	for (; j->steps && i < j->steps->n && rc == 0; i++)
		rc = play(j, &rec->step[j->steps->first + i], e);
	if (rc == 0 && !j->mounted)
		rc = play_plan(j, e);
	return rc;
}

static int work_bringup(struct channel *ch, void *arg, struct err *e)
{
	struct job *j = arg;
	int rc = dir_make(j->dir, 0755, e);

	if (rc)
		return rc;
	j->ch = ch;
	j->deadline = deadline_in((int64_t)device_limit_s(j->r) * 1000);
	open_modules(j);
	rc = play_all(j, e);
	modset_free(j->mods);
	return rc;
}

void bringup_aim(struct run *r, int index)
{
	const struct plan_target *target = target_for(r, index);
	const struct recipe_step *s = server_step(r, recipe_find(&r->recipe, index));

	r->at.up = false;
	r->at.step = s;
	r->at.kind = TARGET_FS;
	r->at.where = r->at.options = NULL;
	if (is_raw(r, recipe_find(&r->recipe, index), target))
		r->at.kind = TARGET_RAW;
	if (!bringup_by_network(r, index))
		return;
	if (!s)
		r->at.kind = target->kind;
	else if (s->kind != RECIPE_KNFS)
		r->at.kind = s->kind == RECIPE_NFS ? TARGET_NFS : TARGET_SSH;
	r->at.where = s ? s->arg : target->where;
	if (s)
		r->at.options = s->kind != RECIPE_SSH ? s->opt : NULL;
	else
		r->at.options = target->options;
}

bool bringup_by_network(const struct run *r, int index)
{
	return over_network(r, recipe_find(&r->recipe, index), target_for(r, index));
}

int bringup(struct run *r, int index, const char *dir, struct err *e)
{
	struct job j = {
		.r = r,
		.steps = recipe_find(&r->recipe, index),
		.target = target_for(r, index),
		.dir = dir,
		.network = bringup_by_network(r, index),
	};
	struct step s = { .name = "target", .work = work_bringup, .arg = &j };
	char name[160];
	int rc;

	bringup_name(r, index, name, sizeof(name));
	bringup_aim(r, index);
	if (j.network) {
		report_fact(&r->rep, "server", "");
		report_fact(&r->rep, "client", "");
	}
	if (j.target && !builtin_target(j.target))
		return err_set(e, -EOPNOTSUPP, "target %s is not built in", name);
	if (device_limit_s(r) && r->args.mount_timeout_s)
		s.limit_ms = ((int64_t)device_limit_s(r) + r->args.mount_timeout_s) * 1000;
	rc = run_step(r, &s, e);
	boot_watchdog(r);
	r->at.up = rc == 0;
	if (rc == 0 && r->at.kind == TARGET_RAW)
		r->at.where = report_get(&r->rep, "device");
	else if (rc == 0 && r->at.kind == TARGET_FS)
		r->mounted = dir;
	return rc;
}

static int work_undo(struct channel *ch, void *arg, struct err *e)
{
	(void)ch;
	return fs_unmount(arg, e);
}

void bringup_undo(struct run *r)
{
	struct step s = {
		.name = "unmount",
		.work = work_undo,
		.arg = (void *)r->mounted,
		.limit_ms = UMOUNT_LIMIT_MS,
	};
	struct err e = { 0 };

	r->at.up = false;
	if (!r->mounted)
		return;
	if (run_step(r, &s, &e))
		say_fault(r, &e, "");
	r->mounted = NULL;
}
