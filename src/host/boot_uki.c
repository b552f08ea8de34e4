/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the command lines that unified kernel images carry.
 * Looked at, not written: an image is signed, and its distribution builds it again.
 */
#include "base/fdio.h"
#include "base/str.h"
#include "host/boot_job.h"
#include "host/crashkernel.h"
#include "host/uki.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_UKI 4096

/* The crashkernel= words of the section .cmdline of PATH behind those in BUF. */
static void add_line(const struct boot_job *j, const char *path, char *buf, size_t size)
{
	char line[LINE_MAX_UKI], words[256];
	size_t at = strlen(buf);

	if (uki_text(j->h, path, ".cmdline", line, sizeof(line), NULL) ||
	    bootentry_get(BOOT_WORDS, line, strlen(line), words, sizeof(words)) || !*words)
		return;
	(void)str_fmt(buf + at, size - at, "%s%s", at ? " " : "", words);
}

/* Addons are appended to the command line in the order of their names. */
static void add_addons(const struct boot_job *j, const char *dir, char *buf, size_t size)
{
	char full[HOST_PATH], path[HOST_PATH];
	struct dirent **all = NULL;
	int n;

	if (host_path(j->h, full, dir, NULL))
		return;
	n = scandir(full, &all, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (str_ends(all[i]->d_name, ".addon.efi") &&
		    str_fmt(path, sizeof(path), "%s/%s", dir, all[i]->d_name) == 0)
			add_line(j, path, buf, size);
		free(all[i]);
	}
	free(all);
}

static void check_uki(struct boot_job *j, const char *esp, const char *name)
{
	char path[HOST_PATH], addons[HOST_PATH], words[512] = "", counts[256], all[HOST_PATH];

	if (str_fmt(path, sizeof(path), "%s/EFI/Linux/%s", esp, name) ||
	    str_fmt(addons, sizeof(addons), "%s.extra.d", path) ||
	    str_fmt(all, sizeof(all), "%s/loader/addons", esp))
		return;
	add_line(j, path, words, sizeof(words));
	add_addons(j, all, words, sizeof(words));
	add_addons(j, addons, words, sizeof(words));
	crashkernel_counts(words, counts, sizeof(counts));
	j->found++;
	if (strcmp(counts, j->value) == 0) {
		boot_said(j, path, "", false);
		return;
	}
	boot_open(j,
		  "%s carries its own command line, with crashkernel=%s: build it again (`kernel-install add`, "
		  "`dracut --uefi`, `mkinitcpio -P`) or put an addon beside it: ukify build "
		  "--cmdline='%s' --output=%s/crashkernel.addon.efi, signed where Secure Boot is on",
		  path, *counts ? counts : "nothing", j->words, addons);
}

int boot_check_ukis(struct boot_job *j, struct err *e)
{
	static const char *const esp[] = { "/boot/efi", "/efi", "/boot" };
	char dir[HOST_PATH], full[HOST_PATH];
	int rc = 0;

	for (size_t i = 0; i < ARRAY_LEN(esp) && rc == 0; i++) {
		struct dirent *d;
		DIR *all;

		(void)str_fmt(dir, sizeof(dir), "%s/EFI/Linux", esp[i]);
		rc = host_path(j->h, full, dir, e);
		all = rc ? NULL : opendir(full);
		while (all && (d = readdir(all)))
			if (str_ends(d->d_name, ".efi"))
				check_uki(j, esp[i], d->d_name);
		if (all)
			closedir(all);
	}
	return rc;
}
