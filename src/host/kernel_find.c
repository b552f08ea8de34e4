/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: where the image of a kernel lies.
 * Looks at the places that distributions use; what an image says itself goes over its name.
 */
#include "host/kernel_find.h"

#include "base/str.h"
#include "host/kernel_version.h"
#include "host/uki.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define IMAGES_MAX 256 /* files of one directory that are opened */
#define ENTRY_MAX  65536u

struct search {
	const struct host *h;
	const struct kernel_ask *ask;
	struct kernel_found *ret;
};

static const char *const boot_dirs[] = { "/boot", "/boot/efi", "/efi" };

static bool is_file(const struct host *h, const char *path)
{
	char full[HOST_PATH];
	struct stat st;

	return host_path(h, full, path, NULL) == 0 && stat(full, &st) == 0 && S_ISREG(st.st_mode);
}

bool kernel_fits(const struct host *h, const char *path, const char *version, struct kernel_found *ret)
{
	char is[KERNEL_RELEASE_ROOM];
	bool unified = false;

	if (!is_file(h, path))
		return false;
	if (kernel_image_version(h, path, is, sizeof(is), &unified) == 0 && strcmp(is, version) != 0) {
		host_say(h, HOST_WARN, "%s is kernel %s by its own header, not %s: it is passed over", path, is,
			 version);
		return false;
	}
	(void)str_fmt(ret->path, sizeof(ret->path), "%s", path);
	ret->unified = unified;
	return true;
}

/* Takes the kernel at the path that FMT and its words give, when it is there. */
static bool try_path(struct search *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool try_path(struct search *s, const char *fmt, ...)
{
	char path[HOST_PATH];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	return n > 0 && (size_t)n < sizeof(path) && kernel_fits(s->h, path, s->ask->version, s->ret);
}

/* Takes PATH when the image itself says that it is this version. */
static bool try_own_word(struct search *s, const char *path)
{
	char is[KERNEL_RELEASE_ROOM];
	bool unified;

	if (!is_file(s->h, path) || kernel_image_version(s->h, path, is, sizeof(is), &unified) ||
	    strcmp(is, s->ask->version) != 0)
		return false;
	(void)str_fmt(s->ret->path, sizeof(s->ret->path), "%s", path);
	s->ret->unified = unified;
	return true;
}

/* Files of DIR whose name begins with PREFIX and ends in SUFFIX, sorted; each as OWN word or by its name. */
static bool try_dir(struct search *s, const char *dir, const char *prefix, const char *suffix, bool own)
{
	char full[HOST_PATH], path[HOST_PATH];
	struct dirent **all = NULL;
	bool found = false;
	int n = host_path(s->h, full, dir, NULL) ? 0 : scandir(full, &all, NULL, alphasort), tried = 0;

	for (int i = 0; i < n; i++) {
		const char *name = all[i]->d_name;

		if (!found && tried < IMAGES_MAX && str_starts(name, prefix) && str_ends(name, suffix) &&
		    str_fmt(path, sizeof(path), "%s/%s", dir, name) == 0) {
			found = own ? try_own_word(s, path) : try_path(s, "%s", path);
			tried++;
		}
		free(all[i]);
	}
	free(all);
	return found;
}

static bool by_name(struct search *s, const char *dir)
{
	static const char *const image[] = { "vmlinuz", "vmlinux", "kernel", "bzImage", "Image", "image", "zImage" };
	const struct kernel_ask *a = s->ask;

	if (*a->img)
		return try_path(s, "%s/%s-%s%s", dir, a->img, a->version, a->ext);
	for (size_t i = 0; i < ARRAY_LEN(image); i++)
		if (try_path(s, "%s/%s-%s%s", dir, image[i], a->version, a->ext))
			return true;
	return false;
}

/* kernel-install(8) names a directory by a token: that of /etc/kernel, the machine's id, or a name of the system. */
static bool by_token(struct search *s, const char *token)
{
	char dir[HOST_PATH];

	if (!*token || strchr(token, '/'))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(boot_dirs); i++) {
		if (try_path(s, "%s/%s/%s/linux", boot_dirs[i], token, s->ask->version))
			return true;
		if (str_fmt(dir, sizeof(dir), "%s/%s/%s", boot_dirs[i], token, s->ask->version) == 0 &&
		    try_dir(s, dir, "linux-", "", false)) /* SUSE: with a digest behind the name */
			return true;
	}
	return false;
}

/* The value of KEY of os-release without its quotes. */
static void os_release(const struct search *s, const char *key, char *buf, size_t n)
{
	char *text = NULL, *at;
	size_t len = strlen(key), size;

	buf[0] = '\0';
	if (host_read(s->h, "/etc/os-release", 65536, &text, &size, NULL) &&
	    host_read(s->h, "/usr/lib/os-release", 65536, &text, &size, NULL))
		return;
	for (at = text; at && !*buf; at = strchr(at, '\n'), at = at ? at + 1 : NULL)
		if (strncmp(at, key, len) == 0 && at[len] == '=') {
			at += len + 1;
			at += *at == '"' || *at == '\'';
			(void)str_fmt(buf, n, "%.*s", (int)strcspn(at, "\"'\n"), at);
		}
	free(text);
}

static bool by_tokens(struct search *s)
{
	static const char *const file[] = { "/etc/kernel/entry-token", "/usr/lib/kernel/entry-token",
					    "/etc/machine-id" };
	static const char *const key[] = { "IMAGE_ID", "ID" };
	char token[128];

	for (size_t i = 0; i < ARRAY_LEN(file); i++) {
		host_line(s->h, file[i], token, sizeof(token));
		if (by_token(s, str_trim(token)))
			return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(key); i++) {
		os_release(s, key[i], token, sizeof(token));
		if (by_token(s, token))
			return true;
	}
	return by_token(s, "Default");
}

/* A directory for each deployment; before them one place, with a digest behind the name. */
static bool by_ostree(struct search *s)
{
	char full[HOST_PATH], dir[HOST_PATH], name[HOST_PATH];
	struct dirent **all = NULL;
	bool found = false;
	int n = host_path(s->h, full, "/boot/ostree", NULL) ? 0 : scandir(full, &all, NULL, alphasort);

	(void)str_fmt(name, sizeof(name), "vmlinuz-%s", s->ask->version);
	for (int i = 0; i < n; i++) {
		if (!found && all[i]->d_name[0] != '.' &&
		    str_fmt(dir, sizeof(dir), "/boot/ostree/%s", all[i]->d_name) == 0)
			found = try_dir(s, dir, name, "", false);
		free(all[i]);
	}
	free(all);
	return found || try_dir(s, "/usr/lib/ostree-boot", name, "", false);
}

/* The kernel at PATH of a boot loader, whose root may be that of the system or a boot partition. */
static bool try_loader_path(struct search *s, const char *path)
{
	char full[HOST_PATH];

	for (size_t i = 0; i < ARRAY_LEN(boot_dirs) + 1; i++) {
		const char *root = i ? boot_dirs[i - 1] : "";

		if (str_fmt(full, sizeof(full), "%s%s%s", root, *path == '/' ? "" : "/", path) == 0 &&
		    try_own_word(s, full))
			return true;
	}
	return false;
}

/*
 * BOOT_IMAGE=(hd0,gpt2)/vmlinuz-… of the running command line. A boot partition has no /boot in its paths, a
 * subvolume of btrfs has its own name in front.
 */
static bool by_boot_image(struct search *s)
{
	static const char key[] = "BOOT_IMAGE=";
	char line[4096], *cursor = line, *word;
	const char *at, *rest;

	host_line(s->h, "/proc/cmdline", line, sizeof(line));
	while ((word = str_word(&cursor)) && !str_starts(word, key))
		;
	if (!word)
		return false;
	at = word + sizeof(key) - 1;
	if (*at == '(' && strchr(at, ')'))
		at = strchr(at, ')') + 1;
	if (try_loader_path(s, at))
		return true;
	rest = strstr(at, "/boot/");
	return rest && try_own_word(s, rest);
}

/* The lines `linux PATH` and `efi PATH` of the entry FILE (Boot Loader Specification, type 1). */
static bool by_entry(struct search *s, const char *file)
{
	char *text = NULL, path[HOST_PATH];
	bool found = false;
	size_t n;

	if (host_read(s->h, file, ENTRY_MAX, &text, &n, NULL))
		return false;
	for (const char *at = text; at && !found; at = strchr(at, '\n'), at = at ? at + 1 : NULL) {
		const char *key = at + strspn(at, " \t"), *value;

		n = strcspn(key, " \t\r\n");
		value = key + n + strspn(key + n, " \t");
		if ((n == 5 && strncmp(key, "linux", n) == 0) || (n == 3 && strncmp(key, "efi", n) == 0))
			found = str_fmt(path, sizeof(path), "%.*s", (int)strcspn(value, " \t\r\n"), value) == 0 &&
				try_loader_path(s, path);
	}
	free(text);
	return found;
}

static bool by_entries(struct search *s)
{
	char dir[HOST_PATH], full[HOST_PATH], path[HOST_PATH];
	bool found = false;

	for (size_t i = 0; i < ARRAY_LEN(boot_dirs); i++) {
		struct dirent **all = NULL;
		int n;

		(void)str_fmt(dir, sizeof(dir), "%s/loader/entries", boot_dirs[i]);
		n = host_path(s->h, full, dir, NULL) ? 0 : scandir(full, &all, NULL, alphasort);
		for (int k = 0; k < n; k++) {
			found = found || (k < IMAGES_MAX && str_ends(all[k]->d_name, ".conf") &&
					  str_fmt(path, sizeof(path), "%s/%s", dir, all[k]->d_name) == 0 &&
					  by_entry(s, path));
			free(all[k]);
		}
		free(all);
	}
	return found;
}

static const char *const starts[] = { "vmlinu", "kernel", "bzImage", "Image", "image", "zImage", "linux" };

/* Directories of vendors on the EFI partition, from which the firmware boots kernels by itself. */
static bool by_vendor(struct search *s, const char *esp)
{
	char full[HOST_PATH], dir[HOST_PATH];
	struct dirent **all = NULL;
	bool found = false;
	int n;

	(void)str_fmt(dir, sizeof(dir), "%s/EFI", esp);
	n = host_path(s->h, full, dir, NULL) ? 0 : scandir(full, &all, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		bool dot = all[i]->d_name[0] == '.' || str_fmt(dir, sizeof(dir), "%s/EFI/%s", esp, all[i]->d_name);

		for (size_t k = 0; k < ARRAY_LEN(starts) && !dot && !found; k++)
			found = try_dir(s, dir, starts[k], "", true);
		free(all[i]);
	}
	free(all);
	return found;
}

static bool by_own_word(struct search *s)
{
	static const char *const link[] = { "/run/booted-system/kernel", "/run/current-system/kernel",
					    "/nix/var/nix/profiles/system/kernel" };
	char dir[HOST_PATH];

	for (size_t i = 0; i < ARRAY_LEN(boot_dirs); i++)
		for (size_t k = 0; k < ARRAY_LEN(starts); k++)
			if (try_dir(s, boot_dirs[i], starts[k], "", true))
				return true;
	for (size_t i = 0; i < ARRAY_LEN(link); i++)
		if (try_own_word(s, link[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(boot_dirs); i++)
		if (str_fmt(dir, sizeof(dir), "%s/EFI/Linux", boot_dirs[i]) == 0 && try_dir(s, dir, "", ".efi", true))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(boot_dirs); i++)
		if (by_vendor(s, boot_dirs[i]))
			return true;
	return try_dir(s, "/boot/EFI/nixos", "", ".efi", true) || try_dir(s, "/boot/kernels", "", "", true);
}

void kernel_find(const struct host *h, const struct kernel_ask *ask, struct kernel_found *ret)
{
	struct search s = { .h = h, .ask = ask, .ret = ret };

	memset(ret, 0, sizeof(*ret));
	if (*ask->bootdir && by_name(&s, ask->bootdir))
		return;
	for (size_t i = 0; i < ARRAY_LEN(boot_dirs); i++)
		if (by_name(&s, boot_dirs[i]))
			return;
	if (by_name(&s, "") || by_tokens(&s))
		return;
	if (try_path(&s, "/usr/lib/modules/%s/vmlinuz", ask->version) ||
	    try_path(&s, "/lib/modules/%s/vmlinuz", ask->version) ||
	    try_path(&s, "/usr/lib/modules/%s/vmlinux", ask->version))
		return;
	if (by_ostree(&s) || by_boot_image(&s) || by_entries(&s))
		return;
	(void)by_own_word(&s);
}
