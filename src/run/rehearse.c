/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: what the image would do after a crash, tried on the running system.
 * The same plan, recipe and keys out of the image, the same sinks; this system's modules and links stay as they are.
 */
#include "run/rehearse.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "conf/cmdline.h"
#include "conf/conf.h"
#include "conf/recipe.h"
#include "dev/block.h"
#include "dev/module.h"
#include "dev/mount.h"
#include "format/initramfs.h"
#include "run/bringup.h"
#include "run/network.h"
#include "run/target_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define VIEW        "/tmp" /* where the image is unpacked: of the namespace, nobody else sees it */
#define IMAGE_MAX   (512u << 20)
#define CONF_MAX    (1u << 20)
#define PROBE       (16u << 20)
#define PIECE       (1u << 20)
#define DEVICE_MS   5000
#define PROBE_DIR   "crashbox-rehearse"
#define PROBE_NAME  "probe"
#define PROBE_TEMP  "probe-incomplete"
#define MODULE_PLAN 8192

/* ---- the view of the image ---- */

struct unpack {
	struct err *e;
	int rc;
};

static int put_file(const struct newc_entry *in, const char *path, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, in->mode & 07777), rc;

	if (fd < 0)
		return err_sys(e, "create %s", path);
	rc = fd_write(fd, in->data, in->len);
	close(fd);
	if (rc == 0)
		return 0;
	errno = -rc;
	return err_sys(e, "write %s", path);
}

static void put_entry(void *arg, const struct newc_entry *in)
{
	struct unpack *u = arg;
	char path[1024], to[512];

	if (u->rc || strstr(in->path, "..") || str_fmt(path, sizeof(path), VIEW "/%s", in->path))
		return;
	if (S_ISDIR(in->mode)) {
		if (mkdir(path, in->mode & 07777) && errno != EEXIST)
			u->rc = err_sys(u->e, "mkdir %s", path);
	} else if (S_ISREG(in->mode)) {
		u->rc = put_file(in, path, u->e);
	} else if (S_ISLNK(in->mode) && str_fmt(to, sizeof(to), "%.*s", (int)in->len, (const char *)in->data) == 0) {
		if (symlink(to, path) && errno != EEXIST)
			u->rc = err_sys(u->e, "link %s", path);
	}
}

static int unpack(const char *image, struct err *e)
{
	struct unpack u = { .e = e };
	const struct initramfs_seer who = { .entry = put_entry, .arg = &u };
	char *buf = NULL;
	size_t n;
	int rc = file_read(image, IMAGE_MAX, &buf, &n, e);

	if (rc)
		return rc;
	/* Not before the image was read: it may lie below. */
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("rehearse", VIEW, "tmpfs", MS_NOSUID, "mode=0700"))
		rc = err_sys(e, "a view of its own");
	if (rc == 0)
		rc = initramfs_walk((const uint8_t *)buf, n, IMAGE_MAX, &who, e);
	free(buf);
	return rc ? err_add(e, rc, "%s", image) : u.rc;
}

static int enter(struct err *e)
{
	static const char *const keep[] = { "/dev", "/proc", "/sys" };
	char to[64];

	for (unsigned i = 0; i < ARRAY_LEN(keep); i++) {
		(void)str_fmt(to, sizeof(to), VIEW "%s", keep[i]);
		if (mkdir(to, 0755) && errno != EEXIST)
			return err_sys(e, "mkdir %s", to);
		if (mount(keep[i], to, NULL, MS_BIND | MS_REC, NULL))
			return err_sys(e, "show %s", keep[i]);
	}
	return chroot(VIEW) || chdir("/") ? err_sys(e, "make the image the root") : 0;
}

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

int rehearse_enter(struct run *r, const char *image, struct err *e)
{
	int rc = unpack(image, e);

	boot_parse(&r->args, "", 0);
	if (rc == 0)
		rc = enter(e);
	return rc ? rc : read_plan(r, e);
}

/* ---- one target ---- */

/* The first module of the recipe whose files the image lacks. */
static void find_missing(const struct run *r, const struct recipe_target *t, struct rehearsal *ret)
{
	char root[128], files[MODULE_PLAN];
	struct modset *mods = NULL;

	if (!r->recipe.kernel || str_fmt(root, sizeof(root), "/lib/modules/%s", r->recipe.kernel) ||
	    modset_open(root, &mods, NULL))
		return;
	for (unsigned i = 0; t && i < t->n; i++) {
		const struct recipe_step *s = &r->recipe.step[t->first + i];

		if (ret->missing[0] || s->kind != RECIPE_MODULE)
			continue;
		if (module_plan(mods, s->arg, files, sizeof(files), NULL))
			(void)str_fmt(ret->missing, sizeof(ret->missing), "%s", s->arg);
	}
	modset_free(mods);
}

/* Mounts the target where the capture kernel would, but for this process alone. */
static int mount_target(struct run *r, const struct recipe_target *t, struct err *e)
{
	struct block_wait w = { .root = "", .deadline = deadline_in(DEVICE_MS) };
	struct block_found dev = { .more = 0 };
	struct mount_result got = { .note = "" };
	const struct recipe_step *device = NULL, *how = NULL;
	int rc;

	for (unsigned i = 0; t && i < t->n; i++) {
		const struct recipe_step *s = &r->recipe.step[t->first + i];

		device = s->kind == RECIPE_DEVICE ? s : device;
		how = s->kind == RECIPE_MOUNT ? s : how;
	}
	if (!device || !how)
		return err_set(e, -ENODEV, "the recipe does not say how to reach it");
	if (strcmp(how->arg, "virtiofs") == 0) {
		(void)str_fmt(dev.path, sizeof(dev.path), "%s", device->arg);
	} else {
		w.spec = device->arg;
		rc = block_wait(&w, &dev, e);
		if (rc)
			return rc;
	}
	rc = dir_make(RUN_TARGET_DIR, 0755, e);
	if (rc == 0)
		rc = fs_mount(dev.path, how->arg, how->opt ? how->opt : "rw", RUN_TARGET_DIR, &got, e);
	if (rc == 0)
		r->mounted = RUN_TARGET_DIR;
	return rc;
}

static int find_server(struct run *r, const struct recipe_target *t, struct err *e)
{
	char host[256], list[NETWORK_LIST];
	const struct network_want w = { .r = r, .steps = t, .host = host, .deadline = deadline_in(DEVICE_MS) };
	int rc = bringup_host(r, host, sizeof(host), e);

	if (rc == 0)
		rc = network_look(&w, list, e);
	if (rc == 0)
		report_fact(&r->rep, "server", list);
	return rc;
}

/* Writes the probe of SIZE bytes: what no link makes smaller. */
static int write_probe(struct sink *out, uint64_t size, struct err *e)
{
	uint64_t word = 0x9e3779b97f4a7c15ull, *piece = malloc(PIECE);
	int rc = piece ? out->ops->begin(out, PROBE_TEMP, PROBE_NAME, e) : err_set(e, -ENOMEM, "no memory");

	if (rc == 0 && out->ops->empty)
		rc = out->ops->empty(out, e);
	if (rc) {
		free(piece);
		return rc;
	}
	for (uint64_t at = 0; at < size && rc == 0; at += PIECE) {
		for (unsigned i = 0; i < PIECE / sizeof(*piece); i++) {
			word ^= word << 13; /* xorshift64 */
			word ^= word >> 7;
			word ^= word << 17;
			piece[i] = word;
		}
		rc = out->ops->write(out, at, piece, PIECE, e);
	}
	free(piece);
	if (rc == 0)
		return out->ops->commit(out, size, e);
	(void)out->ops->abandon(out, NULL);
	return rc;
}

static void remove_probe(struct run *r, const char *dir, struct sink *out, struct rehearsal *ret)
{
	char path[600];

	if (r->mounted && str_fmt(path, sizeof(path), "%s/" PROBE_NAME, dir) == 0) {
		(void)unlink(path);
		(void)rmdir(dir);
		return;
	}
	ret->left = write_probe(out, 0, NULL) == 0 || ret->ok;
}

static int try_sink(struct run *r, int index, struct rehearsal *ret, struct err *e)
{
	const char *path = bringup_path(r, index);
	struct target *t = NULL;
	int64_t start = clock_ms();
	char dir[512];
	int rc;

	if (str_fmt(dir, sizeof(dir), "%s%s%s/" PROBE_DIR, r->mounted ? r->mounted : "", *path == '/' ? "" : "/", path))
		return err_set(e, -ENAMETOOLONG, "the path is too long");
	rc = target_open(&t, r, dir, false, e);
	if (rc)
		return rc;
	ret->open_ms = clock_ms() - start;
	(void)str_fmt(ret->where, sizeof(ret->where), "%s",
		      target_sink(t)->dir + (r->mounted ? strlen(r->mounted) : 0));
	if (target_sink(t)->ops->caps & SINK_SPACE && target_sink(t)->ops->space(target_sink(t), &ret->space, NULL))
		ret->space = 0;
	start = clock_ms();
	rc = write_probe(target_sink(t), PROBE, e);
	ret->write_ms = clock_ms() - start;
	ret->bytes = rc ? 0 : PROBE;
	ret->ok = rc == 0;
	remove_probe(r, dir, target_sink(t), ret);
	target_free(t);
	return rc;
}

void rehearse_target(struct run *r, int index, struct rehearsal *ret)
{
	const struct recipe_target *t = recipe_find(&r->recipe, index);
	struct err e = { 0 }, undo = { 0 };
	int rc;

	*ret = (struct rehearsal){ .ok = false };
	bringup_name(r, index, ret->target, sizeof(ret->target));
	find_missing(r, t, ret);
	bringup_aim(r, index);
	rc = r->at.kind == TARGET_FS ? mount_target(r, t, &e) : find_server(r, t, &e);
	if (rc == 0)
		rc = try_sink(r, index, ret, &e);
	if (r->mounted && fs_unmount(r->mounted, &undo) && rc == 0) {
		rc = undo.code;
		e = undo;
	}
	r->mounted = NULL;
	if (rc == 0 && ret->missing[0])
		rc = err_set(&e, -ENOENT, "module %s is not in the image", ret->missing);
	ret->ok = rc == 0;
	(void)str_fmt(ret->why, sizeof(ret->why), "%s", rc ? e.text : "");
}
