/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: crashkernel= of the next boot.
 * Finds what boots this machine (GRUB, systemd-boot, grubby) and sets the word there.
 */
#include "host/kdumpctl_boot.h"

#include "base/str.h"
#include "host/bootentry.h"
#include "host/child.h"
#include "host/crashkernel.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX       (1u << 20)
#define TOOL_LIMIT_MS  300000
#define GRUB_DEFAULT   "/etc/default/grub"
#define GRUB_SNIPPETS  "/etc/default/grub.d"
#define KERNEL_CMDLINE "/etc/kernel/cmdline"

/*
 * Measured: a stock kernel with a local target takes 76 MiB, with a server 92 MiB (docs/measurements.md); a bit a
 * page comes on top, 32 MiB for a terabyte. Below half a gigabyte nothing is taken away.
 */
const char *boot_default_crashkernel(void)
{
	return "512M-64G:128M,64G-1T:192M,1T-:320M";
}

struct job {
	const struct host *h;
	const char *value;
	bool dry;
	unsigned found; /* files and tools that hold the command line of the next boot */
};

static bool there(const struct job *j, const char *path)
{
	char full[HOST_PATH];

	return host_path(j->h, full, path, NULL) == 0 && access(full, F_OK) == 0;
}

static int edit(struct job *j, enum bootentry_form form, const char *path, struct err *e)
{
	struct bootentry_text edited = { 0 };
	char *text = NULL, was[256];
	size_t n;
	int rc = host_read(j->h, path, FILE_MAX, &text, &n, e);

	if (rc)
		return rc;
	if (bootentry_get(form, text, n, was, sizeof(was)))
		was[0] = '\0';
	rc = bootentry_set(form, text, n, j->value, &edited, e);
	if (rc == 0 && edited.n == n && memcmp(text, edited.p, n) == 0)
		host_say(j->h, HOST_SAY, "%s: crashkernel=%s is there already", path, j->value);
	else if (rc == 0) {
		rc = j->dry ? 0 : host_write(j->h, path, edited.p, edited.n, 0644, e);
		if (rc == 0)
			host_say(j->h, HOST_SAY, "%s: crashkernel=%s%s%s", path, j->value, *was ? ", was " : "", was);
	}
	free(text);
	free(edited.p);
	j->found += rc == 0;
	return rc ? err_add(e, rc, "%s", path) : 0;
}

/* Entries of the Boot Loader Specification below DIR. */
static int edit_entries(struct job *j, const char *dir, struct err *e)
{
	char full[HOST_PATH], path[HOST_PATH];
	struct dirent *d;
	DIR *all;
	int rc = host_path(j->h, full, dir, e);

	if (rc)
		return rc;
	all = opendir(full);
	while (rc == 0 && all && (d = readdir(all)))
		if (str_ends(d->d_name, ".conf") && str_fmt(path, sizeof(path), "%s/%s", dir, d->d_name) == 0)
			rc = edit(j, BOOT_BLS, path, e);
	if (all)
		closedir(all);
	return rc;
}

/* Runs a tool of the boot loader. -ENOENT: it is not there. Not below another root, nor when only asked. */
static int tool(const struct job *j, const char *const *argv, struct err *e)
{
	int rc;

	if (j->dry || *j->h->root)
		return 0;
	rc = child_run(&(struct child_ask){ .argv = argv, .limit_ms = TOOL_LIMIT_MS }, e);
	return rc > 0 ? err_set(e, -EINVAL, "%s failed", argv[0]) : rc;
}

/* A snippet that sets the variable anew goes over what stands in /etc/default/grub. */
static void warn_snippets(const struct job *j)
{
	char full[HOST_PATH], path[HOST_PATH], *text;
	struct dirent *d;
	DIR *all;
	size_t n;

	if (host_path(j->h, full, GRUB_SNIPPETS, NULL))
		return;
	all = opendir(full);
	while (all && (d = readdir(all))) {
		text = NULL;
		if (str_ends(d->d_name, ".cfg") &&
		    str_fmt(path, sizeof(path), GRUB_SNIPPETS "/%s", d->d_name) == 0 &&
		    host_read(j->h, path, FILE_MAX, &text, &n, NULL) == 0 && strstr(text, "crashkernel="))
			host_say(j->h, HOST_WARN, "%s sets crashkernel= as well: the kernel takes the last one", path);
		free(text);
	}
	if (all)
		closedir(all);
}

static int grub_update(const struct job *j, struct err *e)
{
	static const char *const update[] = { "update-grub", NULL };
	static const char *const make2[] = { "grub2-mkconfig", "-o", "/boot/grub2/grub.cfg", NULL };
	static const char *const make[] = { "grub-mkconfig", "-o", "/boot/grub/grub.cfg", NULL };
	static const char *const *const all[] = { update, make2, make };
	int rc = -ENOENT;

	for (size_t i = 0; i < ARRAY_LEN(all) && rc == -ENOENT; i++)
		rc = tool(j, all[i], e);
	return rc;
}

static int set_grub(struct job *j, struct err *e)
{
	int rc;

	if (!there(j, GRUB_DEFAULT))
		return 0;
	rc = edit(j, BOOT_GRUB, GRUB_DEFAULT, e);
	if (rc)
		return rc;
	warn_snippets(j);
	rc = grub_update(j, e);
	return rc ? err_add(e, rc, "make the menu of GRUB") : 0;
}

static int set_entries(struct job *j, struct err *e)
{
	static const char *const dir[] = { "/boot/loader/entries", "/efi/loader/entries", "/boot/efi/loader/entries" };
	int rc = 0;

	for (size_t i = 0; i < ARRAY_LEN(dir) && rc == 0; i++)
		rc = edit_entries(j, dir[i], e);
	if (rc == 0 && there(j, KERNEL_CMDLINE))
		rc = edit(j, BOOT_WORDS, KERNEL_CMDLINE, e);
	return rc;
}

/* grubby knows the entries of Fedora and its relatives, and those of kernels to come. */
static int set_grubby(struct job *j, struct err *e)
{
	char args[320];
	const char *const argv[] = { "grubby", "--update-kernel=ALL", args, NULL };
	int rc = str_fmt(args, sizeof(args), "--args=crashkernel=%s", j->value);

	if (rc)
		return err_set(e, rc, "crashkernel=: the value is too long");
	if (!there(j, "/usr/sbin/grubby") && !there(j, "/usr/bin/grubby"))
		return -ENOENT;
	rc = tool(j, argv, e);
	if (rc == 0) {
		j->found++;
		host_say(j->h, HOST_SAY, "grubby: crashkernel=%s in every entry", j->value);
	}
	return rc;
}

int boot_set_crashkernel(const struct host *h, const char *value, bool dry, struct err *e)
{
	struct job j = { .h = h, .dry = dry };
	char words[256];
	int rc;

	rc = crashkernel_set(value, words, sizeof(words), e);
	if (rc)
		return rc;
	j.value = words;
	rc = set_grubby(&j, e);
	if (rc == -ENOENT) {
		rc = set_grub(&j, e);
		if (rc == 0)
			rc = set_entries(&j, e);
	}
	if (rc)
		return rc;
	if (!j.found)
		return err_set(e, -ENOENT,
			       "no boot loader that is known here (GRUB, systemd-boot): add crashkernel=%s to "
			       "the kernel's command line",
			       value);
	host_say(h, HOST_SAY, "%s", dry ? "nothing was written" : "it holds from the next boot on");
	return 0;
}
