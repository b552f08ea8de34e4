/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: modules for the devices that are there.
 * Every modalias below /sys/devices is answered until nothing new appears; no udev is needed.
 */
#include "dev/coldplug.h"

#include "base/fdio.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#define PASSES 8  /* bus -> controller -> port -> disk and some to spare */
#define DEPTH  24 /* directories below /sys/devices */

static void answer(struct modset *set, const char *path)
{
	char alias[512];
	int rc = file_line(path, alias, sizeof(alias), NULL);

	/* An alias nobody knows is an ordinary device without a module; the stats count the rest. */
	if (rc == 0 && *alias && modset_first(set, alias))
		rc = module_load(set, alias, NULL, NULL);
	(void)rc;
}

/* "." and "..", and terminals, CPUs and the like: hundreds of directories without a disk. */
static bool is_dull(const char *name, unsigned depth)
{
	if (name[0] == '.')
		return true;
	return depth == 0 && (strcmp(name, "virtual") == 0 || strcmp(name, "system") == 0);
}

/* Symbolic links are not followed: /sys is full of circles. */
static void walk(struct modset *set, char path[PATH_MAX], size_t n, unsigned depth)
{
	DIR *d = opendir(path);
	struct dirent *de;

	if (!d)
		return;
	while ((de = readdir(d))) {
		bool down = de->d_type == DT_DIR && depth < DEPTH && !is_dull(de->d_name, depth);
		bool file = de->d_type == DT_REG && strcmp(de->d_name, "modalias") == 0;

		if ((!down && !file) || str_fmt(path + n, PATH_MAX - n, "/%s", de->d_name))
			continue;
		if (file)
			answer(set, path);
		else
			walk(set, path, strlen(path), depth + 1);
	}
	path[n] = '\0';
	closedir(d);
}

int coldplug(struct modset *set, const char *root, struct err *e)
{
	char path[PATH_MAX];
	unsigned before;
	DIR *d;

	if (str_fmt(path, sizeof(path), "%s/sys/devices", root))
		return err_set(e, -ENAMETOOLONG, "coldplug: path too long");
	d = opendir(path);
	if (!d)
		return err_sys(e, "coldplug: open %s", path);
	closedir(d);
	for (unsigned pass = 0; pass < PASSES; pass++) {
		before = modset_stats(set)->loaded;
		walk(set, path, strlen(path), 0);
		if (modset_stats(set)->loaded == before)
			break;
	}
	return 0;
}

void coldplug_event(struct modset *set, const struct uevent *u)
{
	int rc = 0;

	if (strcmp(u->action, "add") == 0 && *u->modalias && modset_first(set, u->modalias))
		rc = module_load(set, u->modalias, NULL, NULL);
	(void)rc;
}
