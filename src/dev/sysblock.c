/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: /sys/class/block and the nodes of its devices.
 * Every path is below a root, so that a test can lay out its own devices.
 */
#include "dev/sysblock.h"

#include "base/fdio.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int by_name(const void *a, const void *b)
{
	return strverscmp(a, b);
}

static int append(struct sysblock_names *names, size_t *room, const char *name)
{
	if (names->n == *room) {
		size_t more = *room ? *room * 2 : 32;
		void *p = realloc(names->name, more * SYSBLOCK_NAME);

		if (!p)
			return -ENOMEM;
		names->name = p;
		*room = more;
	}
	(void)str_fmt(names->name[names->n++], sizeof(names->name[0]), "%s", name);
	return 0;
}

int sysblock_names(const char *root, struct sysblock_names *ret, struct err *e)
{
	struct sysblock_names names = { 0 };
	char path[PATH_MAX];
	struct dirent *de;
	size_t room = 0;
	int rc = 0;
	DIR *d;

	if (str_fmt(path, sizeof(path), "%s/sys/class/block", root))
		return err_set(e, -ENAMETOOLONG, "block devices: path too long");
	d = opendir(path);
	while (d && rc == 0 && (de = readdir(d)))
		if (de->d_name[0] != '.' && strlen(de->d_name) < SYSBLOCK_NAME)
			rc = append(&names, &room, de->d_name);
	if (d)
		closedir(d);
	if (rc) {
		sysblock_free(&names);
		return err_set(e, rc, "block devices: no memory");
	}
	if (names.n)
		qsort(names.name, names.n, SYSBLOCK_NAME, by_name);
	*ret = names;
	return 0;
}

void sysblock_free(struct sysblock_names *names)
{
	free(names->name);
	*names = (struct sysblock_names){ 0 };
}

bool sysblock_attr(const char *root, const char *name, const char *attr, char *buf, size_t n)
{
	char path[PATH_MAX];

	return str_fmt(path, sizeof(path), "%s/sys/class/block/%s/%s", root, name, attr) == 0 &&
	       file_line(path, buf, n, NULL) == 0;
}

static bool is_numbered(const char *name, const char *prefix)
{
	size_t n = strlen(prefix);

	return str_starts(name, prefix) && name[n] >= '0' && name[n] <= '9';
}

bool sysblock_usable(const char *root, const char *name, uint64_t *size)
{
	char text[PATH_MAX];
	uint64_t sectors;

	/* A floppy drive without a disk costs seconds. */
	if (is_numbered(name, "ram") || is_numbered(name, "fd"))
		return false;
	if (is_numbered(name, "loop") && !strchr(name + strlen("loop"), 'p') &&
	    !sysblock_attr(root, name, "loop/backing_file", text, sizeof(text)))
		return false;
	/* `size` counts 512-byte sectors whatever the device's own are, block/genhd.c v6.1 */
	if (!sysblock_attr(root, name, "size", text, sizeof(text)) ||
	    str_u64(text, UINT64_MAX / 512, &sectors) || sectors == 0)
		return false;
	*size = sectors * 512;
	return true;
}

static int numbers(const char *root, const char *name, dev_t *ret)
{
	char text[32], *colon;
	uint64_t major, minor;

	if (!sysblock_attr(root, name, "dev", text, sizeof(text)))
		return -ENODEV;
	colon = strchr(text, ':');
	if (!colon)
		return -EINVAL;
	*colon = '\0';
	if (str_u64(text, UINT32_MAX, &major) || str_u64(colon + 1, UINT32_MAX, &minor))
		return -EINVAL;
	*ret = makedev((unsigned)major, (unsigned)minor);
	return 0;
}

/* For a kernel without devtmpfs. */
static int make_node(const char *path, const char *name, struct err *e)
{
	char dir[PATH_MAX];
	dev_t dev;
	int rc = numbers("", name, &dev);

	if (rc)
		return err_set(e, rc, "%s: no node, and no numbers in sysfs", path);
	if (str_fmt(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path), path))
		return err_set(e, -ENAMETOOLONG, "%s: path too long", path);
	rc = dir_make(dir, 0755, e);
	if (rc)
		return rc;
	if (mknod(path, S_IFBLK | 0600, dev) && errno != EEXIST)
		return err_sys(e, "mknod %s", path);
	return 0;
}

int sysblock_node(const char *root, const char *name, char *buf, size_t n, struct err *e)
{
	if (str_fmt(buf, n, "%s/dev/%s", root, name))
		return err_set(e, -ENAMETOOLONG, "%s: path too long", name);
	/* sysfs writes the '/' of "cciss/c0d0" as '!', drivers/base/core.c v6.1 */
	for (char *p = buf + strlen(root); *p; p++)
		if (*p == '!')
			*p = '/';
	if (access(buf, F_OK) == 0)
		return 0;
	return *root ? err_sys(e, "%s", buf) : make_node(buf, name, e);
}

void sysblock_parent(const char *root, const char *name, char disk[SYSBLOCK_NAME], unsigned *number)
{
	char text[32], path[PATH_MAX], real[PATH_MAX];
	char *slash, *above;
	uint64_t v;

	disk[0] = '\0';
	*number = 0;
	if (!sysblock_attr(root, name, "partition", text, sizeof(text)) || str_u64(text, UINT32_MAX, &v))
		return;
	if (str_fmt(path, sizeof(path), "%s/sys/class/block/%s", root, name) || !realpath(path, real))
		return;
	slash = strrchr(real, '/');
	if (!slash || slash == real)
		return;
	*slash = '\0';
	above = strrchr(real, '/');
	if (above && !str_fmt(disk, SYSBLOCK_NAME, "%s", above + 1))
		*number = (unsigned)v;
}

bool sysblock_pluggable(const char *root, const char *name)
{
	char disk[SYSBLOCK_NAME], path[PATH_MAX], real[PATH_MAX], removable[8];
	unsigned number;

	sysblock_parent(root, name, disk, &number);
	if (sysblock_attr(root, number ? disk : name, "removable", removable, sizeof(removable)) &&
	    strcmp(removable, "1") == 0)
		return true;
	if (str_fmt(path, sizeof(path), "%s/sys/class/block/%s", root, name) || !realpath(path, real))
		return false;
	/* A bus is "usb2", a controller's directory just its address. */
	for (const char *at = real; (at = strstr(at, "/usb")); at++)
		if (at[4] >= '0' && at[4] <= '9')
			return true;
	return false;
}
