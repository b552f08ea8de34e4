/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: what the image would do after a crash, tried on the running system.
 * The same plan, recipe and keys out of the image, the same sinks; this system's modules and links stay as they are.
 */
#include "run/rehearse.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/meminfo.h"
#include "base/str.h"
#include "conf/cmdline.h"
#include "conf/conf.h"
#include "conf/recipe.h"
#include "dev/block.h"
#include "dev/mount.h"
#include "dev/nfs_mount.h"
#include "dump/raw_guard.h"
#include "iface/sink.h"
#include "run/bringup.h"
#include "run/network.h"
#include "run/rehearse_view.h"
#include "run/target_sink.h"
#include "version.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONF_MAX  (1u << 20)
#define DEVICE_MS 5000
#define PROBE_DIR "crashbox-rehearse"

/* ---- the image ---- */

static int read_plan(struct run *r, struct err *e)
{
	char *text = NULL;
	size_t n = 0;
	int rc = file_read(CONF_FILE, CONF_MAX, &text, &n, e);

	if (rc == 0)
		rc = conf_parse(&r->plan, text, n, NULL, e);
	free(text);
	text = NULL;
	if (rc == 0)
		rc = file_read(RECIPE_FILE, CONF_MAX, &text, &n, e);
	if (rc == 0)
		rc = recipe_parse(&r->recipe, text, n, e);
	free(text);
	return rc;
}

int rehearse_enter(struct run *r, const char *image, struct rehearse_image *ret, struct err *e)
{
	int rc = rehearse_view(image, e);

	boot_parse(&r->args, "", 0);
	if (rc == 0)
		rc = read_plan(r, e);
	if (rc == 0)
		rehearse_look(r, ret);
	return rc;
}

/* ---- one target ---- */

struct job {
	struct run *r;
	int index;
	const struct rehearse_need *need;
	struct rehearsal *ret; /* seen by parent and child */
};

/* The last step of KIND in T, or NULL. */
static const struct recipe_step *step_of(const struct run *r, const struct recipe_target *t, enum recipe_kind kind)
{
	const struct recipe_step *found = NULL;

	for (unsigned i = 0; t && i < t->n; i++)
		if (r->recipe.step[t->first + i].kind == kind)
			found = &r->recipe.step[t->first + i];
	return found;
}

static int find_device(const char *spec, const char *options, char *path, size_t n, struct err *e)
{
	struct block_wait w = {
		.root = "",
		.spec = spec,
		.deadline = deadline_in(DEVICE_MS),
		.fixed = block_fixed(options),
	};
	struct block_found dev = { .more = 0 };
	int rc = block_wait(&w, &dev, e);

	return rc ? rc : str_fmt(path, n, "%s", dev.path);
}

/* Mounts the target where the capture kernel would, but for this process alone. */
static int mount_target(struct run *r, const struct recipe_target *t, struct err *e)
{
	const struct recipe_step *device = step_of(r, t, RECIPE_DEVICE), *how = step_of(r, t, RECIPE_MOUNT);
	struct mount_result got = { .note = "" };
	char path[200];
	int rc;

	if (!device || !how)
		return err_set(e, -ENODEV, "the recipe does not say how to reach it");
	if (strcmp(how->arg, "virtiofs") == 0)
		rc = str_fmt(path, sizeof(path), "%s", device->arg);
	else
		rc = find_device(device->arg, device->opt, path, sizeof(path), e);
	if (rc == 0)
		rc = dir_make(RUN_TARGET_DIR, 0755, e);
	if (rc == 0)
		rc = fs_mount(path, how->arg, how->opt ? how->opt : "rw", RUN_TARGET_DIR, &got, e);
	if (rc == 0)
		r->mounted = RUN_TARGET_DIR;
	return rc;
}

/* LIST gets the addresses of the server. */
static int find_server(struct run *r, const struct recipe_target *t, char list[NETWORK_LIST], struct err *e)
{
	char host[256];
	const struct network_want w = { .r = r, .steps = t, .host = host, .deadline = deadline_in(DEVICE_MS) };
	int rc = bringup_host(r, host, sizeof(host), e);

	if (rc == 0)
		rc = network_look(&w, list, e);
	if (rc == 0)
		report_fact(&r->rep, "server", list);
	return rc;
}

/*
 * A raw partition is judged as the capture would, and not written to: what lies there may be a dump that nobody has
 * taken yet.
 */
static int try_raw(const struct job *j, const struct plan_target *p, struct err *e)
{
	const struct recipe_step *s = step_of(j->r, recipe_find(&j->r->recipe, j->index), RECIPE_RAW);
	struct rehearsal *ret = j->ret;
	struct raw_dev *d = NULL;
	char path[200], have[24], want[24];
	int rc = find_device(s ? s->arg : p->where, s ? s->opt : NULL, path, sizeof(path), e);

	if (rc == 0)
		rc = raw_guard_open(&d, path, e);
	if (rc)
		return rc;
	(void)str_fmt(ret->where, sizeof(ret->where), "%s, %s", path,
		      d->labelled ? "which is prepared for dumps" : "which is blank");
	ret->space_known = true;
	ret->space = d->size;
	raw_dev_free(d);
	if (ret->space < j->need->dump)
		rehearse_say(&ret->warned, "it has %s, and a dump may need up to %s before it is compressed",
			     str_size(have, sizeof(have), ret->space), str_size(want, sizeof(want), j->need->dump));
	return 0;
}

static int try_sink(const struct job *j, struct err *e)
{
	struct run *r = j->r;
	const char *path = bringup_path(r, j->index), *mounted = r->mounted ? r->mounted : "";
	struct target *t = NULL;
	int64_t start = clock_ms();
	char dir[512];
	int rc;

	path += strspn(path, "/");
	if (str_fmt(dir, sizeof(dir), "%s/%s%s" PROBE_DIR, mounted, path, *path ? "/" : ""))
		return err_set(e, -ENAMETOOLONG, "the path is too long");
	rc = target_open(&t, r, dir, true, e);
	if (rc)
		return rc;
	j->ret->open_ms = clock_ms() - start;
	(void)str_fmt(j->ret->where, sizeof(j->ret->where), "%s", target_sink(t)->dir + strlen(mounted));
	rc = rehearse_probe(target_sink(t), j->need, j->ret, e);
	target_free(t);
	return rc;
}

static int try_target(const struct job *j, struct err *e)
{
	struct run *r = j->r;
	const struct recipe_target *t = recipe_find(&r->recipe, j->index);
	char list[NETWORK_LIST];
	int rc;

	if (r->at.kind == TARGET_FS && !r->at.step)
		rc = mount_target(r, t, e);
	else
		rc = find_server(r, t, list, e);
	if (CRASHBOX_NET && rc == 0 && r->at.kind == TARGET_FS && r->at.step) {
		rc = nfs_mount(r->at.where, r->at.options, list, RUN_TARGET_DIR, e);
		r->mounted = rc ? NULL : RUN_TARGET_DIR;
	}
	if (rc)
		return rc;
	rc = try_sink(j, e);
	if (r->mounted) {
		int undone = fs_unmount(r->mounted, rc ? NULL : e);

		rc = rc ? rc : undone;
	}
	return rc;
}

static int work_target(struct channel *ch, void *arg, struct err *e)
{
	const struct job *j = arg;
	struct run *r = j->r;
	bool raw = j->index > 0 && r->plan.target[j->index - 1].kind == TARGET_RAW;
	int rc = rehearse_look_target(r, j->index, e);

	(void)ch;
	if (rc == 0)
		rc = raw ? try_raw(j, &r->plan.target[j->index - 1], e) : try_target(j, e);
	if (rc)
		(void)str_fmt(j->ret->why, sizeof(j->ret->why), "%s", e->text);
	j->ret->ok = rc == 0;
	return rc;
}

static void no_message(void *arg, const struct step *s, const struct msg *m)
{
	(void)arg;
	(void)s;
	(void)m;
}

static void no_second(void *arg, const struct step *s, bool alive)
{
	(void)arg;
	(void)s;
	(void)alive;
}

int rehearse_step(const struct step *s, struct err *e)
{
	const struct step_watch w = { .message = no_message, .second = no_second };

	return step_run(s, &w, e);
}

void rehearse_target(struct run *r, int index, const struct rehearse_need *need, int64_t limit_ms,
		     struct rehearsal *ret)
{
	struct job j = { r, index, need, ret };
	const struct step s = {
		.name = "rehearse", .work = work_target, .arg = &j, .limit_ms = limit_ms, .memory = MEMORY_PEERS
	};
	struct err e = { 0 };
	int rc;

	*ret = (struct rehearsal){ .ok = false };
	bringup_name(r, index, ret->target, sizeof(ret->target));
	bringup_aim(r, index);
	rc = rehearse_step(&s, &e);
	if (rc && !ret->why[0]) {
		/* It was killed: nobody has cleaned up. */
		(void)str_fmt(ret->why, sizeof(ret->why), "%s", e.text);
		if (ret->where[0])
			rehearse_say(&ret->warned, "a probe may be left in %s", ret->where);
	}
	ret->ok = rc == 0;
}
