/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the files of an image as the root of this process.
 * An image is a foreign file until it was looked at: its entries are made inside a root of their own, so that no name
 * and no link in it leads to a file of this system.
 */
#include "run/rehearse_view.h"

#include "base/fdio.h"
#include "base/str.h"
#include "format/initramfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define VIEW      "/tmp" /* where the root of the image is mounted: in a namespace of this process alone */
#define IMAGE_MAX (512u << 20)
#define TEXT_MAX  (1u << 20)
#define SERVERS   "/etc/resolv.conf"

struct unpack {
	struct err *e;
	int rc;
};

static bool has_dots(const char *path)
{
	for (const char *p = path; (p = strstr(p, "..")); p += 2)
		if ((p == path || p[-1] == '/') && (p[2] == '/' || !p[2]))
			return true;
	return false;
}

/* What is there under PATH in the way of an entry of type MODE goes, as in clean_path(), init/initramfs.c v6.12. */
static void clear_way(const char *path, uint32_t mode)
{
	struct stat st;

	if (lstat(path, &st) || (S_ISDIR(st.st_mode) && S_ISDIR(mode)))
		return;
	if (S_ISDIR(st.st_mode))
		(void)rmdir(path);
	else
		(void)unlink(path);
}

static int put_file(const struct newc_entry *in, const char *path, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, in->mode & 0777), rc;

	if (fd < 0)
		return err_sys(e, "create %s", path);
	rc = fd_write(fd, in->data, in->len);
	close(fd);
	if (rc == 0)
		return 0;
	errno = -rc;
	return err_sys(e, "write %s", path);
}

static int put_link(const struct newc_entry *in, const char *path, struct err *e)
{
	char to[512];

	if (str_fmt(to, sizeof(to), "%.*s", (int)(in->len < sizeof(to) ? in->len : sizeof(to)), (const char *)in->data))
		return err_set(e, -ENAMETOOLONG, "link %s: its target is longer than %zu bytes", path, sizeof(to) - 1);
	return symlink(to, path) ? err_sys(e, "link %s", path) : 0;
}

/* Device nodes are left out: those of this system are shown. */
static void put_entry(void *arg, const struct newc_entry *in)
{
	struct unpack *u = arg;
	char path[NEWC_PATH_MAX + 1], safe[128];

	if (u->rc)
		return;
	if (has_dots(in->path)) {
		u->rc = err_set(u->e, -EBADMSG, "the entry %s leads out of its directory: not an image of mkinitrd.sh",
				str_safe(safe, sizeof(safe), in->path));
		return;
	}
	if (str_fmt(path, sizeof(path), "/%s", in->path) || strcmp(path, "/") == 0 || strcmp(path, "/.") == 0)
		return;
	if (!S_ISDIR(in->mode) && !S_ISREG(in->mode) && !S_ISLNK(in->mode))
		return;
	clear_way(path, in->mode);
	if (S_ISREG(in->mode))
		u->rc = put_file(in, path, u->e);
	else if (S_ISLNK(in->mode))
		u->rc = put_link(in, path, u->e);
	else if (mkdir(path, in->mode & 0777) && errno != EEXIST)
		u->rc = err_sys(u->e, "mkdir %s", path);
}

/* An image that uses DHCP gets its name servers by it: those of this system stand in for them. Never fails. */
static void lend_servers(const char *text, size_t n)
{
	const struct newc_entry in = { .mode = 0644, .data = text, .len = n };
	struct stat st;

	if (text && lstat(SERVERS, &st))
		(void)put_file(&in, SERVERS, NULL);
}

/* HOST is the root of this system, which is outside of the one that this process has now. */
static int show_host(int host, struct err *e)
{
	static const char *const keep[] = { "dev", "proc", "sys" };
	char to[16];

	for (unsigned i = 0; i < ARRAY_LEN(keep); i++) {
		struct stat st;

		(void)str_fmt(to, sizeof(to), "/%s", keep[i]);
		clear_way(to, S_IFDIR);
		if (mkdir(to, 0755) && errno != EEXIST)
			return err_sys(e, "mkdir %s", to);
		if (lstat(to, &st) || !S_ISDIR(st.st_mode))
			return err_set(e, -ENOTDIR, "%s of the image is no directory", to);
		if (fchdir(host) || mount(keep[i], to, NULL, MS_BIND | MS_REC, NULL))
			return err_sys(e, "show %s", to);
	}
	return chdir("/") ? err_sys(e, "enter the image") : 0;
}

/* HOST gets the root of this system as the new namespace has it: of another one nothing can be shown. */
static int enter_empty(int *host, struct err *e)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("rehearse", VIEW, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700,size=1g,nr_inodes=100k"))
		return err_sys(e, "a view of its own");
	*host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*host < 0)
		return err_sys(e, "open /");
	return chroot(VIEW) || chdir("/") ? err_sys(e, "make the image the root") : 0;
}

int rehearse_view(const char *image, struct err *e)
{
	struct unpack u = { .e = e };
	const struct initramfs_seer who = { .entry = put_entry, .arg = &u };
	char *buf = NULL, *servers = NULL;
	size_t n, nservers = 0;
	int host = -1, rc = file_read(image, IMAGE_MAX, &buf, &n, e);

	/* Both before the root changes: they may lie anywhere. */
	if (rc == 0 && file_read(SERVERS, TEXT_MAX, &servers, &nservers, NULL))
		servers = NULL;
	if (rc == 0)
		rc = enter_empty(&host, e);
	if (rc == 0) {
		rc = initramfs_walk((const uint8_t *)buf, n, IMAGE_MAX, &who, e);
		rc = rc ? rc : u.rc;
		rc = rc ? err_add(e, rc, "%s", image) : 0;
	}
	free(buf);
	if (rc == 0)
		lend_servers(servers, nservers);
	free(servers);
	if (rc == 0)
		rc = show_host(host, e);
	if (host >= 0)
		close(host);
	return rc;
}
