/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the image of the capture kernel, kept up to date.
 * mkinitrd.sh builds; here it is decided whether it must, and the old image is kept until the new one is loaded.
 */
#include "base/fdio.h"
#include "base/newfile.h"
#include "base/str.h"
#include "host/child.h"
#include "host/kdumpctl.h"
#include "host/kdumpctl_seen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SEEN_MAX       (8u << 20)
#define BUILD_LIMIT_MS 600000
#define IMAGE_MAX      (512u << 20)

void service_backup(const struct service *s, char buf[HOST_PATH])
{
	if (str_fmt(buf, HOST_PATH, "%s.old", s->image))
		buf[0] = '\0';
}

bool service_fresh(struct service *s)
{
	char *now = NULL, *then = NULL;
	size_t n_now, n_then;
	bool same = false;

	if (seen_text(s, NULL, &now, &n_now, NULL) == 0 &&
	    host_read(&s->host, s->seen, SEEN_MAX, &then, &n_then, NULL) == 0)
		same = n_now == n_then && memcmp(now, then, n_now) == 0;
	free(now);
	free(then);
	return same;
}

static bool executable(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* mkinitrd.sh of this program: installed, or in the tree that it was built in. */
static int find_mkinitrd(const struct service *s, char buf[HOST_PATH], struct err *e)
{
	static const char *const place[] = { "", "/../lib/crashbox", "/..", "/../sbin", "/../lib/crashbox/bin" };
	const char *slash = strrchr(s->self, '/');

	if (s->mkinitrd)
		return str_fmt(buf, HOST_PATH, "%s", s->mkinitrd);
	for (size_t i = 0; slash && i < ARRAY_LEN(place); i++)
		if (str_fmt(buf, HOST_PATH, "%.*s%s/mkinitrd.sh", (int)(slash - s->self), s->self, place[i]) == 0 &&
		    executable(buf))
			return 0;
	return err_set(e, -ENOENT, "mkinitrd.sh is neither beside %s nor in lib/crashbox; --mkinitrd names it",
		       s->self);
}

static int copy_image(const char *from, const char *to, struct err *e)
{
	char *bytes = NULL;
	size_t n;
	int rc = file_read(from, IMAGE_MAX, &bytes, &n, e);

	if (rc)
		return rc;
	rc = newfile_write(to, bytes, n, e);
	free(bytes);
	return rc;
}

/* The image stays under another name, so that it can be loaded again. No image yet is fine. */
static int keep_old(const struct service *s, struct err *e)
{
	char old[HOST_PATH], full[HOST_PATH], full_old[HOST_PATH];
	int rc;

	service_backup(s, old);
	rc = host_path(&s->host, full, s->image, e);
	if (rc == 0)
		rc = host_path(&s->host, full_old, old, e);
	if (rc || access(full, F_OK))
		return rc;
	unlink(full_old);
	if (link(full, full_old) == 0)
		return 0;
	return copy_image(full, full_old, e); /* vfat has no links */
}

void service_settle(struct service *s, bool good)
{
	char old[HOST_PATH], full[HOST_PATH], full_old[HOST_PATH];

	service_backup(s, old);
	if (host_path(&s->host, full, s->image, NULL) || host_path(&s->host, full_old, old, NULL))
		return;
	if (good || rename(full_old, full))
		unlink(full_old);
}

static int run_mkinitrd(struct service *s, enum service_build how, struct err *e)
{
	char path[HOST_PATH], image[HOST_PATH], stamp[HOST_PATH], modules[HOST_PATH];
	const char *const argv[] = { path, how == BUILD_ALL ? "--force" : "--update",
				     "--stamp", stamp,
				     "--crashbox", s->self,
				     "--kernel-modules", modules,
				     image, s->version,
				     NULL };
	struct child_ask ask = { .argv = argv, .limit_ms = BUILD_LIMIT_MS };
	int rc = find_mkinitrd(s, path, e);

	if (rc == 0)
		rc = host_path(&s->host, image, s->image, e);
	if (rc == 0)
		rc = host_path(&s->host, stamp, s->stamp, e);
	if (rc == 0)
		rc = host_path(&s->host, modules, "/", e);
	if (rc)
		return rc;
	rc = child_run(&ask, e);
	if (rc > 0)
		return err_set(e, -EINVAL, "mkinitrd.sh refused to build %s, the reasons are above", s->image);
	return rc;
}

static int make_directories(const struct service *s, struct err *e)
{
	char full[HOST_PATH], *slash;
	int rc = host_path(&s->host, full, s->image, e);

	slash = rc ? NULL : strrchr(full, '/');
	if (!slash)
		return rc;
	*slash = '\0';
	return dir_make(full, 0755, e);
}

int service_build(struct service *s, enum service_build how, bool *changed, struct err *e)
{
	char before[128], after[128], *text = NULL;
	struct timespec start;
	size_t n;
	int rc;

	service_identity(s, s->image, before);
	clock_gettime(CLOCK_REALTIME_COARSE, &start); /* what file times are taken from */
	rc = make_directories(s, e);
	if (rc == 0)
		rc = keep_old(s, e);
	if (rc == 0)
		rc = run_mkinitrd(s, how, e);
	if (rc) {
		service_settle(s, true);
		return rc;
	}
	service_identity(s, s->image, after);
	*changed = strcmp(before, after) != 0;
	rc = seen_text(s, &start, &text, &n, e);
	if (rc == 0)
		rc = host_write(&s->host, s->seen, text, n, 0600, e);
	free(text);
	if (rc)
		host_say(&s->host, HOST_WARN, "the next start builds the image again: %s", e->text);
	return 0;
}
