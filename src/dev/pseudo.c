/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: the file systems without a device.
 * After pseudo_mount() a program finds what it expects below /proc, /sys, /dev, /run and /tmp.
 */
#include "dev/pseudo.h"

#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct pseudo {
	const char *dir, *type, *options;
	unsigned long flags;
};

static const struct pseudo table[] = {
	{ "/proc", "proc", "", MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "/sys", "sysfs", "", MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "/dev", "devtmpfs", "mode=0755,size=1m", MS_NOSUID | MS_NOEXEC },
	{ "/run", "tmpfs", "mode=0755,size=8m", MS_NOSUID | MS_NODEV },
	{ "/tmp", "tmpfs", "mode=1777,size=8m", MS_NOSUID | MS_NODEV },
};

/* Character devices, numbers from Documentation/admin-guide/devices.txt v6.1. */
static const struct {
	const char *path;
	mode_t mode;
	unsigned major, minor;
} node[] = {
	{ "/dev/console", 0600, 5, 1 },
	{ "/dev/null", 0666, 1, 3 },
	{ "/dev/zero", 0666, 1, 5 },
	{ "/dev/kmsg", 0644, 1, 11 },
	{ "/dev/tty", 0666, 5, 0 },
};

static const struct {
	const char *path, *to;
} links[] = {
	{ "/dev/fd", "/proc/self/fd" },
	{ "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" },
	{ "/dev/stderr", "/proc/self/fd/2" },
};

/* Appends one failure to the sentence of the others. */
static void note(struct err *e, int *first, const char *what, const char *path, int cause)
{
	size_t n;

	if (*first == 0)
		*first = -cause;
	if (!e)
		return;
	if (e->code == 0)
		e->text[0] = '\0';
	e->code = *first;
	n = strlen(e->text);
	(void)str_fmt(e->text + n, sizeof(e->text) - n, "%s%s %s: %s", n ? "; " : "", what, path,
		      strerror(cause));
}

/* A mount point is on another device than the directory it is in. */
static int is_mounted(const char *dir)
{
	struct stat here, above;

	return stat(dir, &here) == 0 && stat("/", &above) == 0 && here.st_dev != above.st_dev;
}

/* A hook or program that the image keeps in /tmp or /run must not vanish below a tmpfs. */
static int holds_files(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	int some = 0;

	while (d && !some && (de = readdir(d)))
		some = strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0;
	if (d)
		closedir(d);
	return some;
}

static void mount_one(const struct pseudo *p, struct err *e, int *first)
{
	if (mkdir(p->dir, 0755) && errno != EEXIST)
		note(e, first, "mkdir", p->dir, errno);
	if (is_mounted(p->dir) || (strcmp(p->type, "tmpfs") == 0 && holds_files(p->dir)))
		return;
	if (mount(p->type, p->dir, p->type, p->flags, p->options) == 0 || errno == EBUSY)
		return;
	/* A kernel without devtmpfs: nodes are made by hand, here and in block_find(). */
	if (errno == ENODEV && strcmp(p->type, "devtmpfs") == 0 &&
	    mount("dev", p->dir, "tmpfs", p->flags, p->options) == 0)
		return;
	note(e, first, "mount", p->dir, errno);
}

int pseudo_mount(struct err *e)
{
	mode_t mask = umask(0);
	int first = 0;

	if (e)
		e->code = 0;
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		mount_one(&table[i], e, &first);
	for (size_t i = 0; i < ARRAY_LEN(node); i++)
		if (mknod(node[i].path, S_IFCHR | node[i].mode, makedev(node[i].major, node[i].minor)) &&
		    errno != EEXIST)
			note(e, &first, "mknod", node[i].path, errno);
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		if (symlink(links[i].to, links[i].path) && errno != EEXIST)
			note(e, &first, "symlink", links[i].path, errno);
	umask(mask);
	return first;
}
