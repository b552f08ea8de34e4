/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: crashkernel= in the files that grub-mkconfig and u-boot-update read.
 * All of them in the order of those programs; then the menu that was made is looked at.
 */
#include "base/str.h"
#include "host/boot_job.h"
#include "host/crashkernel.h"
#include "host/grub_default.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES 64

/* Files of a shell, in the order in which they are read. */
struct sources {
	struct grub_file f[FILES];
	char path[FILES][HOST_PATH];
	unsigned n;
};

static void sources_free(struct sources *s)
{
	if (!s)
		return;
	grub_files_free(s->f, s->n);
	for (unsigned i = 0; i < s->n; i++)
		free((char *)s->f[i].text);
	free(s);
}

static int add_source(const struct boot_job *j, struct sources *s, const char *path, struct err *e)
{
	char *text = NULL;
	size_t n;
	int rc;

	if (s->n == FILES)
		return err_set(e, -E2BIG, "%s: more than %u files are not read", path, FILES);
	rc = host_read(j->h, path, BOOT_FILE_MAX, &text, &n, e);
	if (rc)
		return rc;
	(void)str_fmt(s->path[s->n], HOST_PATH, "%s", path);
	s->f[s->n] = (struct grub_file){ .path = s->path[s->n], .text = text, .n = n };
	s->n++;
	return 0;
}

/* Adds the files of DIR that end in SUFFIX, hidden ones left out, in the order of a shell in the C locale. */
static int add_snippets(const struct boot_job *j, struct sources *s, const char *dir, const char *suffix,
			struct err *e)
{
	char full[HOST_PATH], path[HOST_PATH];
	struct dirent **all = NULL;
	int n, rc = host_path(j->h, full, dir, e);

	if (rc)
		return rc;
	n = scandir(full, &all, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (rc == 0 && all[i]->d_name[0] != '.' && str_ends(all[i]->d_name, suffix) &&
		    str_fmt(path, sizeof(path), "%s/%s", dir, all[i]->d_name) == 0)
			rc = add_source(j, s, path, e);
		free(all[i]);
	}
	free(all);
	return rc;
}

static int write_sources(const struct boot_job *j, const struct sources *s, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < s->n && rc == 0; i++)
		if (s->f[i].changed && !j->dry)
			rc = host_write(j->h, s->path[i], s->f[i].edited, s->f[i].edited_n, 0644, e);
	return rc;
}

/* Sets the words in the files S, which exist. */
static int set_sources(struct boot_job *j, struct sources *s, const char *const *names, struct err *e)
{
	char was[256], counts[256];
	bool changed = false;
	int rc = grub_get(s->f, s->n, names, was, sizeof(was), e);

	if (rc == 0)
		rc = grub_set(s->f, s->n, names, j->value, e);
	if (rc == 0)
		rc = write_sources(j, s, e);
	if (rc) {
		char why[512];

		(void)str_fmt(why, sizeof(why), "%s", e->text);
		return err_set(e, rc, "%s; add %s to %s by hand", why, j->words, names[0]);
	}
	crashkernel_counts(was, counts, sizeof(counts));
	for (unsigned i = 0; i < s->n; i++) {
		if (s->f[i].changed)
			boot_said(j, s->path[i], counts, true);
		changed |= s->f[i].changed;
	}
	if (!changed)
		boot_said(j, s->path[0], counts, false);
	j->found++;
	return 0;
}

/* Whether this system's grub-mkconfig reads snippets; where there is none to ask, they count. */
static bool has_snippets(const struct boot_job *j)
{
	static const char *const path[] = { "/usr/sbin/grub-mkconfig", "/usr/sbin/grub2-mkconfig",
					    "/usr/bin/grub-mkconfig" };
	char *text = NULL;
	size_t n;
	bool ret = true;

	for (size_t i = 0; i < ARRAY_LEN(path); i++) {
		if (host_read(j->h, path[i], BOOT_FILE_MAX, &text, &n, NULL))
			continue;
		ret = strstr(text, "default/grub.d") != NULL;
		free(text);
		break;
	}
	return ret;
}

/* ---- the menu ---- */

static bool has_word(const char *line, size_t n, const char *word)
{
	const char *p = line, *end = line + n;
	size_t len;

	for (; p < end; p += len) {
		p += strspn(p, " \t");
		len = strcspn(p, " \t\r\n");
		if (p >= end || len == 0)
			break;
		if (len == strlen(word) && memcmp(p, word, len) == 0)
			return true;
	}
	return false;
}

/* `linux` lines of grub.cfg with a root file system, those for repair left out: how many give the words. */
static void count_menu(const struct boot_job *j, const char *text, unsigned *with, unsigned *without)
{
	const char *p = text;

	while (*p) {
		size_t n = strcspn(p, "\n");
		const char *s = p + strspn(p, " \t");
		char is[256], counts[256];

		p += n + (p[n] == '\n');
		if (strncmp(s, "linux", 5) != 0 || s >= p)
			continue;
		n = strcspn(s, "\n");
		if (!memmem(s, n, " root=", 6) || has_word(s, n, "single") || has_word(s, n, "recovery"))
			continue;
		if (bootentry_get(BOOT_WORDS, s, n, is, sizeof(is)))
			is[0] = '\0';
		crashkernel_counts(is, counts, sizeof(counts));
		*(strcmp(counts, j->value) == 0 ? with : without) += 1;
	}
}

static const char *find_menu(const struct boot_job *j)
{
	static const char *const path[] = { "/boot/grub2/grub.cfg", "/boot/grub/grub.cfg" };

	for (size_t i = 0; i < ARRAY_LEN(path); i++)
		if (boot_has(j, path[i]))
			return path[i];
	return NULL;
}

static int check_menu(struct boot_job *j, struct err *e)
{
	const char *path = find_menu(j);
	unsigned with = 0, without = 0;
	char *text = NULL;
	size_t n;
	int rc = path ? host_read(j->h, path, BOOT_FILE_MAX, &text, &n, e) : -ENOENT;

	if (rc)
		return rc == -ENOENT ? 0 : rc;
	count_menu(j, text, &with, &without);
	free(text);
	if (without)
		boot_open(j, "%s: %u of %u entries do not have it: the menu is not made of the files above", path,
			  without, with + without);
	return 0;
}

static int make_menu(struct boot_job *j, struct err *e)
{
	const char *menu = find_menu(j);
	const char *const update[] = { "update-grub", NULL };
	const char *const make2[] = { "grub2-mkconfig", "-o", menu, NULL };
	const char *const make[] = { "grub-mkconfig", "-o", menu, NULL };
	const char *const *const all[] = { update, make2, make };
	int rc = -ENOENT;

	for (size_t i = 0; i < (menu ? ARRAY_LEN(all) : 1) && rc == -ENOENT; i++)
		rc = boot_tool(j, all[i], e);
	if (rc == -ENOENT && boot_has_entries(j)) /* what GRUB shows are these */
		return 0;
	if (rc == -ENOENT) {
		boot_open(j, "GRUB's menu is as before: neither update-grub nor grub-mkconfig is here");
		return 0;
	}
	if (rc && boot_has(j, "/usr/sbin/transactional-update")) { /* the menu lies in a snapshot that is read-only */
		boot_open(j, "GRUB's menu is as before (%s): run `transactional-update grub.cfg`", e->text);
		return 0;
	}
	if (rc)
		return err_add(e, rc, "make the menu of GRUB");
	return j->dry || *j->h->root ? 0 : check_menu(j, e);
}

int boot_set_grub(struct boot_job *j, struct err *e)
{
	static const char *const names[] = { "GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT", NULL };
	struct sources *s;
	int rc;

	if (!boot_has(j, "/etc/default/grub"))
		return 0;
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(e, -ENOMEM, "no memory for the GRUB files");
	rc = add_source(j, s, "/etc/default/grub", e);
	if (rc == 0 && has_snippets(j))
		rc = add_snippets(j, s, "/etc/default/grub.d", ".cfg", e);
	if (rc == 0)
		rc = set_sources(j, s, names, e);
	sources_free(s);
	return rc ? rc : make_menu(j, e);
}

/* Whether some line sets NAME: a value of our own would take the place of the default that u-boot-update has. */
static bool is_set(const struct sources *s, const char *name)
{
	for (unsigned i = 0; i < s->n; i++)
		for (const char *p = s->f[i].text; p; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
			p += strspn(p, " \t");
			if (str_starts(p, name) && p[strlen(name)] == '=')
				return true;
		}
	return false;
}

int boot_set_uboot(struct boot_job *j, struct err *e)
{
	static const char *const names[] = { "U_BOOT_PARAMETERS", NULL };
	const char *const update[] = { "u-boot-update", NULL };
	struct sources *s;
	bool set;
	int rc;

	if (!boot_has(j, "/etc/default/u-boot"))
		return 0;
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(e, -ENOMEM, "no memory for /etc/default/u-boot");
	rc = add_source(j, s, "/etc/default/u-boot", e);
	if (rc == 0)
		rc = add_snippets(j, s, "/etc/u-boot-menu/conf.d", ".conf", e);
	set = rc == 0 && is_set(s, names[0]);
	if (set)
		rc = set_sources(j, s, names, e);
	sources_free(s);
	if (rc)
		return rc;
	if (!set && !boot_has(j, "/etc/kernel/cmdline"))
		boot_open(j,
			  "/etc/default/u-boot does not set U_BOOT_PARAMETERS: set it, with %s in it, or the next "
			  "u-boot-update drops the word",
			  j->words);
	if (!set) /* /etc/kernel/cmdline is edited after this: what is made of it now would be the old */
		return 0;
	rc = boot_tool(j, update, e);
	if (rc == -ENOENT) {
		boot_open(j, "u-boot-update is not there: extlinux.conf is not made again of /etc/default/u-boot");
		return 0;
	}
	return rc;
}
