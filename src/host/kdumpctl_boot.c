/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: crashkernel= of the next boot.
 * Finds what boots this machine and sets the word at the place that decides.
 */
#include "host/kdumpctl_boot.h"

#include "base/str.h"
#include "host/boot_job.h"
#include "host/child.h"
#include "host/crashkernel.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROXMOX "/etc/kernel/proxmox-boot-uuids"

static const char *const entry_dirs[] = { "/boot/loader/entries", "/efi/loader/entries", "/boot/efi/loader/entries" };

/*
 * Measured: a stock kernel with a local target takes 76 MiB, with a server 92 MiB (docs/measurements.md); a bit a
 * page comes on top, 32 MiB for a terabyte. Below half a gigabyte nothing is taken away.
 */
const char *boot_default_crashkernel(void)
{
	return "512M-64G:128M,64G-1T:192M,1T-:320M";
}

bool boot_has(const struct boot_job *j, const char *path)
{
	char full[HOST_PATH];

	return host_path(j->h, full, path, NULL) == 0 && access(full, F_OK) == 0;
}

bool boot_has_entries(const struct boot_job *j)
{
	for (size_t i = 0; i < ARRAY_LEN(entry_dirs); i++)
		if (boot_has(j, entry_dirs[i]))
			return true;
	return false;
}

void boot_open(struct boot_job *j, const char *fmt, ...)
{
	char text[900];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	host_say(j->h, HOST_WARN, "%s", text);
	j->open++;
}

void boot_said(const struct boot_job *j, const char *path, const char *was, bool changed)
{
	if (changed)
		host_say(j->h, HOST_SAY, "%s: crashkernel=%s%s%s", path, j->value, *was ? ", was " : "", was);
	else
		host_say(j->h, HOST_SAY, "%s: crashkernel=%s is there already", path, j->value);
}

int boot_tool(struct boot_job *j, const char *const *argv, struct err *e)
{
	char line[512] = "";
	size_t at = 0;
	int rc;

	for (unsigned i = 0; argv[i] && at < sizeof(line); i++)
		at += (size_t)snprintf(line + at, sizeof(line) - at, "%s%s", i ? " " : "", argv[i]);
	if (j->dry) {
		host_say(j->h, HOST_SAY, "would run: %s", line);
		return 0;
	}
	if (*j->h->root) {
		host_say(j->h, HOST_NOTE, "not run, as this is another root: %s", line);
		return 0;
	}
	rc = child_run(&(struct child_ask){ .argv = argv, .limit_ms = BOOT_TOOL_MS }, e);
	return rc > 0 ? err_set(e, -EINVAL, "`%s` failed, exit status %d", line, rc) : rc;
}

/* What the written file gives is what was asked for. */
static int check_edit(struct boot_job *j, enum bootentry_form form, const char *path, struct err *e)
{
	char *text = NULL, is[256], counts[256];
	size_t n;
	int rc = host_read(j->h, path, BOOT_FILE_MAX, &text, &n, e);

	if (rc)
		return rc;
	rc = bootentry_get(form, text, n, is, sizeof(is));
	free(text);
	crashkernel_counts(is, counts, sizeof(counts));
	if (rc == 0 && strcmp(is, j->value) == 0)
		return 0;
	return err_set(e, -EINVAL, "written, but it gives crashkernel=%s", *counts ? counts : "nothing");
}

int boot_edit(struct boot_job *j, enum bootentry_form form, const char *path, struct err *e)
{
	struct bootentry_text edited = { 0 };
	char *text = NULL, was[256];
	bool changed = false;
	size_t n;
	int rc = host_read(j->h, path, BOOT_FILE_MAX, &text, &n, e);

	if (rc)
		return rc;
	if (bootentry_get(form, text, n, was, sizeof(was)))
		was[0] = '\0';
	rc = bootentry_set(form, text, n, j->value, &edited, e);
	if (rc == 0) {
		changed = edited.n != n || memcmp(text, edited.p, n) != 0;
		if (changed && !j->dry)
			rc = host_write(j->h, path, edited.p, edited.n, 0644, e);
		if (rc == 0 && !j->dry)
			rc = check_edit(j, form, path, e);
		if (rc == 0)
			boot_said(j, path, was, changed);
	}
	free(text);
	free(edited.p);
	j->found += rc == 0;
	return rc ? err_add(e, rc, "%s", path) : 0;
}

static bool is_tail(const char *s, size_t n, const char *of, size_t room)
{
	return n && n <= room && memcmp(of + room - n, s, n) == 0;
}

/* Whether the entry is one that is asked for: one path is the end of the other, as /boot may be a partition. */
static bool is_asked(const struct boot_job *j, const char *text)
{
	const char *name = j->kernel ? strrchr(j->kernel, '/') : NULL, *at = text;
	size_t n;

	if (!name)
		return true;
	for (; at; at = strchr(at, '\n'), at = at ? at + 1 : NULL) {
		at += strspn(at, " \t");
		n = strcspn(at, " \t\r\n");
		if ((n != 5 || strncmp(at, "linux", n) != 0) && (n != 3 || strncmp(at, "efi", n) != 0))
			continue;
		at += n + strspn(at + n, " \t");
		n = strcspn(at, "\r\n");
		if (is_tail(at, n, j->kernel, strlen(j->kernel)) || is_tail(j->kernel, strlen(j->kernel), at, n))
			return true;
	}
	return false;
}

/* An entry whose words are those of grubenv has none of its own. */
static bool takes_env(const char *text, size_t n)
{
	char own[8];

	return strstr(text, "$kernelopts") && bootentry_get(BOOT_BLS, text, n, own, sizeof(own)) == 0 && !*own;
}

static int edit_entry(struct boot_job *j, const char *path, bool env, struct err *e)
{
	char *text = NULL;
	size_t n;
	bool skip;
	int rc = host_read(j->h, path, BOOT_FILE_MAX, &text, &n, e);

	if (rc)
		return rc;
	skip = !is_asked(j, text) || (env && takes_env(text, n));
	free(text);
	return skip ? 0 : boot_edit(j, BOOT_BLS, path, e);
}

/* After a tool wrote the entry again: looks at what the entry gives. */
static int check_entry(struct boot_job *j, const char *path, bool env, struct err *e)
{
	char *text = NULL, is[256] = "", counts[256];
	bool skip;
	size_t n;
	int rc = host_read(j->h, path, BOOT_FILE_MAX, &text, &n, e);

	if (rc)
		return rc;
	skip = !is_asked(j, text) || (env && takes_env(text, n));
	if (bootentry_get(BOOT_BLS, text, n, is, sizeof(is)))
		is[0] = '\0';
	free(text);
	crashkernel_counts(is, counts, sizeof(counts));
	if (!skip && strcmp(counts, j->value) != 0)
		boot_open(j, "sdbootutil was run, but %s gives crashkernel=%s: look at /etc/kernel/cmdline.d", path,
			  *counts ? counts : "nothing");
	return 0;
}

typedef int entry_fn(struct boot_job *j, const char *path, bool env, struct err *e);

/* Entries of the Boot Loader Specification below DIR. ENV: an environment block of GRUB has kernelopts. */
static int visit_dir(struct boot_job *j, const char *dir, entry_fn *visit, bool env, struct err *e)
{
	char full[HOST_PATH], path[HOST_PATH];
	struct dirent **all = NULL;
	int n, rc = host_path(j->h, full, dir, e);

	if (rc)
		return rc;
	n = scandir(full, &all, NULL, alphasort); /* before an edit: readdir() may give a replaced file again */
	for (int i = 0; i < n; i++) {
		if (rc == 0 && str_ends(all[i]->d_name, ".conf") &&
		    str_fmt(path, sizeof(path), "%s/%s", dir, all[i]->d_name) == 0)
			rc = visit(j, path, env, e);
		free(all[i]);
	}
	free(all);
	return rc;
}

static int visit_entries(struct boot_job *j, entry_fn *visit, bool env, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < ARRAY_LEN(entry_dirs) && rc == 0; i++)
		rc = visit_dir(j, entry_dirs[i], visit, env, e);
	return rc;
}

/* kernelopts= of GRUB's environment, which entries refer to. *SET: it has the words now. */
static int set_env(struct boot_job *j, bool *set, struct err *e)
{
	static const char *const path[] = { "/boot/grub2/grubenv", "/boot/grub/grubenv" };
	char *text = NULL;
	size_t n;
	int rc = 0;

	for (size_t i = 0; i < ARRAY_LEN(path) && rc == 0 && !*set; i++) {
		if (host_read(j->h, path[i], BOOT_FILE_MAX, &text, &n, NULL))
			continue;
		*set = strstr(text, "\nkernelopts=") != NULL;
		free(text);
		if (*set)
			rc = boot_edit(j, BOOT_GRUBENV, path[i], e);
	}
	return rc;
}

/* Files of one form, and the tool that makes boot menus of them; -ENOENT of the tool is said. */
static const struct place {
	const char *path;
	enum bootentry_form form;
	const char *needs; /* the tool belongs to systems with this file */
	const char *tool[4];
} places[] = {
	{ "/etc/kernel/cmdline", BOOT_WORDS, PROXMOX, { "proxmox-boot-tool", "refresh", NULL } },
	{ "/boot/extlinux/extlinux.conf", BOOT_EXTLINUX, NULL, { NULL } },
	{ "/boot/extlinux.conf", BOOT_EXTLINUX, NULL, { NULL } },
	{ "/boot/syslinux/syslinux.cfg", BOOT_EXTLINUX, NULL, { NULL } },
	{ "/etc/zipl.conf", BOOT_ZIPL, "/etc/zipl.conf", { "zipl", NULL } },
	{ "/boot/firmware/cmdline.txt", BOOT_WORDS, NULL, { NULL } },
};

static int set_place(struct boot_job *j, const struct place *p, struct err *e)
{
	int rc;

	if (!boot_has(j, p->path))
		return 0;
	rc = boot_edit(j, p->form, p->path, e);
	if (rc == -ENOENT) { /* no line with a command line: entries that the tool reads may have one */
		host_say(j->h, HOST_NOTE, "%s", e->text);
		rc = 0;
	}
	if (rc || !p->needs || !boot_has(j, p->needs))
		return rc;
	rc = boot_tool(j, p->tool, e);
	if (rc == -ENOENT) {
		boot_open(j, "%s is not there: what it makes of %s is as before", p->tool[0], p->path);
		return 0;
	}
	return rc;
}

static int set_all(struct boot_job *j, struct err *e)
{
	bool env = false, has_entries;
	unsigned before;
	int rc = boot_set_grub(j, e);

	if (rc == 0)
		rc = boot_set_uboot(j, e);
	if (rc == 0)
		rc = set_env(j, &env, e);
	before = j->found;
	if (rc == 0)
		rc = visit_entries(j, edit_entry, env, e);
	has_entries = j->found > before;
	for (size_t i = 0; i < ARRAY_LEN(places) && rc == 0; i++)
		rc = set_place(j, &places[i], e);
	if (rc || !has_entries)
		return rc;
	rc = boot_run_sdbootutil(j, e);
	if (rc == -ENOENT)
		return 0;
	return rc || j->dry || *j->h->root ? rc : visit_entries(j, check_entry, env, e);
}

/* Boot loaders whose files are edited by hand. */
static const char *by_hand(const struct boot_job *j)
{
	static const char *const path[] = { "/boot/refind_linux.conf", "/boot/limine.conf", "/boot/limine/limine.conf",
					    "/etc/default/limine", "/etc/lilo.conf", "/etc/elilo.conf",
					    "/etc/default/flash-kernel" };

	for (size_t i = 0; i < ARRAY_LEN(path); i++)
		if (boot_has(j, path[i]))
			return path[i];
	return NULL;
}

static int conclude(const struct boot_job *j, bool *holds, struct err *e)
{
	const char *file = by_hand(j);

	if (!j->found)
		return err_set(e, -ENOENT, "no boot loader that is known here: add %s to the kernel's command line%s%s",
			       j->words, file ? " in " : "", file ? file : "");
	*holds = !j->dry && !j->open;
	if (j->dry)
		host_say(j->h, HOST_SAY, "nothing was written");
	else if (*holds)
		host_say(j->h, HOST_SAY, "it holds from the next boot on");
	else
		host_say(j->h, HOST_WARN, "the next boot does NOT have it yet everywhere: see above");
	return 0;
}

int boot_set_crashkernel(const struct host *h, const struct boot_ask *ask, bool *holds, struct err *e)
{
	char value[256];
	struct boot_job j = { .h = h, .value = value, .kernel = ask->kernel, .dry = ask->dry };
	struct text_out words = { 0 };
	int rc = crashkernel_set(ask->value, value, sizeof(value), e);

	*holds = false;
	if (rc)
		return rc;
	crashkernel_add_words(&words, value);
	j.words = words.p;
	rc = words.failed ? err_set(e, -ENOMEM, "no memory for crashkernel=") : boot_set_ostree(&j, e);
	if (rc == -ENOENT)
		rc = boot_set_grubby(&j, e);
	if (rc == -ENOENT)
		rc = set_all(&j, e);
	if (rc == 0)
		rc = boot_check_ukis(&j, e);
	if (rc == 0)
		rc = conclude(&j, holds, e);
	free(words.p);
	return rc;
}
