/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: crashkernel= of the next boot, the parts of that work.
 * Each part edits one kind of place and then looks at what that place gives.
 */
#ifndef HOST_BOOT_JOB_H
#define HOST_BOOT_JOB_H

#include "host/bootentry.h"
#include "host/host.h"

#include <stdbool.h>
#include <stddef.h>

#define BOOT_FILE_MAX (4u << 20)
#define BOOT_TOOL_MS  300000 /* for a tool of the boot loader */

struct boot_job {
	const struct host *h;
	const char *value;  /* as crashkernel_set() gives it */
	const char *words;  /* the same as words of a command line, for what is done by hand */
	const char *kernel; /* entries of this path alone, NULL: of every kernel */
	bool dry;           /* nothing is written, no tool is run */
	unsigned found;     /* places that hold the command line of the next boot */
	unsigned open;      /* of them, places where something is left to do or does not hold: each was said */
};

/* Whether PATH is there. */
bool boot_has(const struct boot_job *j, const char *path);

/* Whether some directory of entries of the Boot Loader Specification is there. */
bool boot_has_entries(const struct boot_job *j);

/* Says what is left to do, and counts it. */
void boot_open(struct boot_job *j, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Runs a tool of the boot loader; below another root, or when nothing is to be written, the command is only reported.
 * -EINVAL when it fails, with its exit status in the sentence; else as child_run().
 */
int must_check boot_tool(struct boot_job *j, const char *const *argv, struct err *e);

/* Sets the word in the file PATH of one FORM and reads it back. */
int must_check boot_edit(struct boot_job *j, enum bootentry_form form, const char *path, struct err *e);

/* Says "PATH: crashkernel=…, was …". */
void boot_said(const struct boot_job *j, const char *path, const char *was, bool changed);

/* /etc/default/grub with its snippets, and the menu made of them (boot_grub.c). */
int must_check boot_set_grub(struct boot_job *j, struct err *e);

/* /etc/default/u-boot in the same way. */
int must_check boot_set_uboot(struct boot_job *j, struct err *e);

/* Unified kernel images and their addons: looks at what they carry (boot_uki.c). */
int must_check boot_check_ukis(struct boot_job *j, struct err *e);

/* grubby and rpm-ostree (boot_tools.c). -ENOENT: this system has none. */
int must_check boot_set_grubby(struct boot_job *j, struct err *e);
int must_check boot_set_ostree(struct boot_job *j, struct err *e);

/*
 * SUSE's sdbootutil, after entries and /etc/kernel/cmdline were edited: it writes the entries again and has the TPM
 * expect the new command line. -ENOENT: this system has none.
 */
int must_check boot_run_sdbootutil(struct boot_job *j, struct err *e);

#endif
