/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: the target's file system.
 * Mounted writable with the journal replayed, never checked or repaired; synced before it goes.
 */
#include "dev/mount.h"

#include "base/fdio.h"
#include "base/str.h"
#include "dev/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25) /* include/uapi/linux/mount.h v6.1 */
#endif

/* Words that are flags of mount(2), mount(8) "FILESYSTEM-INDEPENDENT MOUNT OPTIONS". */
static const struct {
	const char *word;
	unsigned long set, clear;
} flag_word[] = {
	{ "rw", 0, 0 },
	{ "ro", 0, 0 }, /* a target is written to */
	{ "suid", 0, MS_NOSUID },
	{ "nosuid", MS_NOSUID, 0 },
	{ "dev", 0, MS_NODEV },
	{ "nodev", MS_NODEV, 0 },
	{ "exec", 0, MS_NOEXEC },
	{ "noexec", MS_NOEXEC, 0 },
	{ "async", 0, MS_SYNCHRONOUS },
	{ "sync", MS_SYNCHRONOUS, 0 },
	{ "dirsync", MS_DIRSYNC, 0 },
	{ "atime", 0, MS_NOATIME },
	{ "noatime", MS_NOATIME, 0 },
	{ "diratime", 0, MS_NODIRATIME },
	{ "nodiratime", MS_NODIRATIME, 0 },
	{ "relatime", MS_RELATIME, 0 },
	{ "norelatime", 0, MS_RELATIME },
	{ "strictatime", MS_STRICTATIME, 0 },
	{ "nostrictatime", 0, MS_STRICTATIME },
	{ "lazytime", MS_LAZYTIME, 0 },
	{ "nolazytime", 0, MS_LAZYTIME },
	{ "silent", MS_SILENT, 0 },
	{ "loud", 0, MS_SILENT },
};

/* Words for mount(8), systemd, udev or SELinux; a trailing '=' or '-' takes any end. */
static const char *const dropped[] = {
	"defaults",
	"auto",
	"noauto",
	"user",
	"nouser",
	"users",
	"nousers",
	"owner",
	"noowner",
	"group",
	"nogroup",
	"nofail",
	"nobootwait",
	"bootwait",
	"_netdev",
	"x-",
	"X-",
	"comment=",
	"uhelper=",
	"helper=",
	"loop",
	"seclabel",
	"context=",
	"fscontext=",
	"defcontext=",
	"rootcontext=",
};

static bool is_dropped(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(dropped); i++) {
		const char *d = dropped[i];
		char last = d[strlen(d) - 1];

		if (last == '=' || last == '-' ? str_starts(word, d) : strcmp(word, d) == 0)
			return true;
	}
	return false;
}

static int take_word(struct mount_options *o, const char *word)
{
	size_t n = strlen(o->data);

	if (!*word || is_dropped(word))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(flag_word); i++)
		if (strcmp(word, flag_word[i].word) == 0) {
			o->flags = (o->flags | flag_word[i].set) & ~flag_word[i].clear;
			return 0;
		}
	return str_fmt(o->data + n, sizeof(o->data) - n, "%s%s", n ? "," : "", word);
}

/* The end of the option at S; a comma inside quotes is part of it. */
static size_t option_len(const char *s)
{
	bool quoted = false;
	size_t n;

	for (n = 0; s[n] && (quoted || s[n] != ','); n++)
		quoted ^= s[n] == '"';
	return n;
}

int mount_options(const char *text, struct mount_options *ret, struct err *e)
{
	struct mount_options o = { 0 };
	char word[MOUNT_DATA_MAX];

	while (text && *text) {
		size_t n = option_len(text);

		if (str_fmt(word, sizeof(word), "%.*s", (int)n, text) || take_word(&o, str_trim(word)))
			return err_set(e, -E2BIG, "mount options: more than %d bytes", MOUNT_DATA_MAX);
		text += n + (text[n] == ',');
	}
	*ret = o;
	return 0;
}

/* Has the file PATH of /proc the text BEFORE TYPE AFTER? */
static bool proc_names(const char *path, const char *before, const char *type, const char *after)
{
	char want[40], *text;
	size_t len;
	bool hit;

	if (str_fmt(want, sizeof(want), "%s%s%s", before, type, after) ||
	    file_read(path, 1 << 20, &text, &len, NULL))
		return false;
	hit = strstr(text, want) != NULL;
	free(text);
	return hit;
}

static bool type_mounted(const char *type)
{
	return proc_names("/proc/self/mounts", " ", type, " ");
}

/* The kernel asks for them by name when vfat is mounted: fs/fat/inode.c, fs/nls/nls_base.c v6.1. */
static void load_helpers(struct modset *set, const char *fstype)
{
	static const char *const code_page[] = { "nls_cp437", "nls_ascii", "nls_iso8859_1", "nls_utf8" };
	int rc = 0;

	/* Which of them a kernel wants is its own configuration: those of the image are loaded. */
	for (size_t i = 0; strcmp(fstype, "vfat") == 0 && i < ARRAY_LEN(code_page); i++)
		rc = module_load(set, code_page[i], NULL, NULL);
	(void)rc;
}

int fs_module(struct modset *set, const char *fstype, struct err *e)
{
	int rc = 0;

	if (!set || !*fstype)
		return 0;
	if (!proc_names("/proc/filesystems", "\t", fstype, "\n"))
		rc = module_load(set, fstype, NULL, e);
	/* ext4 mounts its elders */
	if (rc == -ENOENT && (strcmp(fstype, "ext2") == 0 || strcmp(fstype, "ext3") == 0))
		rc = module_load(set, "ext4", NULL, e);
	if (rc == 0)
		load_helpers(set, fstype);
	return rc;
}

static int try_mount(const char *device, const char *type, const struct mount_options *o, const char *dir)
{
	return mount(device, dir, type, o->flags, o->data) ? errno : 0;
}

/* errno of the mount; *RET tells the type that worked or was tried. */
static int mount_as(const char *device, const char *type, const struct mount_options *o, const char *dir,
		    struct mount_result *ret)
{
	struct mount_options more = *o;
	int cause = try_mount(device, type, o, dir);

	(void)str_fmt(ret->fstype, sizeof(ret->fstype), "%s", type);
	if (cause == ENODEV && (strcmp(type, "ext2") == 0 || strcmp(type, "ext3") == 0)) {
		if (try_mount(device, "ext4", o, dir))
			return cause;
		(void)str_fmt(ret->fstype, sizeof(ret->fstype), "ext4");
		return 0;
	}
	/* EINVAL has many reasons: without another mounted xfs it cannot be the UUID. */
	if (cause == EINVAL && strcmp(type, "xfs") == 0 && !strstr(o->data, "nouuid") &&
	    type_mounted("xfs") && take_word(&more, "nouuid") == 0) {
		cause = try_mount(device, type, &more, dir);
		if (!cause)
			(void)str_fmt(ret->note, sizeof(ret->note),
				      "%s has the UUID of a mounted xfs: mounted with nouuid", device);
	}
	return cause;
}

static int explain(struct err *e, int cause, const char *type, const char *device)
{
	static const struct {
		int code;
		const char *text;
	} known[] = {
		{ EROFS, "the device is write-protected" },
		{ EUCLEAN, "the file system is damaged, it needs fsck" },
		{ EINVAL, "no such file system, or an unknown option (see the kernel log)" },
		{ EBUSY, "in use already" },
		{ ENOENT, "no such device" },
	};

	if (cause == EINVAL && strcmp(type, "virtiofs") == 0)
		return err_set(e, -EINVAL, "mount %s %s: no such tag (see the kernel log)", type, device);
	if (cause == ENODEV)
		return err_set(e, -ENODEV, "mount %s %s: this kernel has no %s: module not in the image?", type,
			       device, type);
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (known[i].code == cause)
			return err_set(e, -cause, "mount %s %s: %s", type, device, known[i].text);
	errno = cause;
	return err_sys(e, "mount %s %s", type, device);
}

/* The type to mount with, from what is asked for and what is there. */
static int choose(const char *device, const char *fstype, struct mount_result *ret, struct err *e)
{
	struct probe_fs fs = { .type = "" };
	bool automatic = !fstype || !*fstype || strcmp(fstype, "auto") == 0;
	int rc;

	if (!automatic && strcmp(fstype, "virtiofs") == 0)
		return str_fmt(ret->fstype, sizeof(ret->fstype), "%s", fstype);
	rc = probe_fs(device, &fs, e);
	if (rc)
		return err_add(e, rc, "mount");
	if (automatic && (!*fs.type || strcmp(fs.type, "ambiguous") == 0))
		return err_set(e, -EINVAL, "mount %s: no known file system on it", device);
	if (automatic || (*fs.type && strcmp(fs.type, "ambiguous") != 0))
		(void)str_fmt(ret->fstype, sizeof(ret->fstype), "%s", fs.type);
	else if (str_fmt(ret->fstype, sizeof(ret->fstype), "%s", fstype))
		return err_set(e, -EINVAL, "mount %s: no such file system type: %.60s", device, fstype);
	if (!automatic && strcmp(ret->fstype, fstype) != 0)
		(void)str_fmt(ret->note, sizeof(ret->note), "%s holds %s, not %s as configured", device,
			      ret->fstype, fstype);
	return 0;
}

static int refuse_readonly(const char *type, const char *device, const char *dir, struct err *e)
{
	struct statvfs vfs;

	if (statvfs(dir, &vfs) || !(vfs.f_flag & ST_RDONLY))
		return 0;
	(void)umount2(dir, MNT_DETACH);
	return err_set(e, -EROFS, "mount %s %s: it came up read-only (see the kernel log)", type, device);
}

int fs_mount(const char *device, const char *fstype, const char *options, const char *mountpoint,
	     struct mount_result *ret, struct err *e)
{
	struct mount_result r = { .note = "" };
	struct mount_options o;
	char type[32];
	int rc = mount_options(options, &o, e);

	if (rc == 0)
		rc = choose(device, fstype, &r, e);
	if (rc == 0)
		rc = dir_make(mountpoint, 0755, e);
	if (rc)
		return rc;
	memcpy(type, r.fstype, sizeof(type));
	rc = mount_as(device, type, &o, mountpoint, &r);
	if (rc)
		return explain(e, rc, type, device);
	rc = refuse_readonly(type, device, mountpoint, e);
	if (rc == 0)
		*ret = r;
	return rc;
}

int fs_unmount(const char *mountpoint, struct err *e)
{
	int fd = open(mountpoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return err_sys(e, "unmount: open %s", mountpoint);
	if (syncfs(fd))
		rc = err_sys(e, "unmount %s: sync", mountpoint);
	close(fd);
	if (umount2(mountpoint, 0) == 0)
		return rc;
	if (errno != EBUSY)
		return rc ? rc : err_sys(e, "unmount %s", mountpoint);
	if (mount(NULL, mountpoint, NULL, MS_REMOUNT | MS_RDONLY, NULL) && rc == 0)
		rc = err_set(e, -EBUSY, "unmount %s: still written to; all so far is on stable storage",
			     mountpoint);
	return rc;
}
