/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: what the administrator says of loading: /etc/sysconfig/kdump, /etc/default/kdump-tools.
 * Text to strings; a line that only a shell could read is told and passed over.
 */
#ifndef HOST_SYSCONFIG_H
#define HOST_SYSCONFIG_H

#include "conf/assign.h"
#include "host/host.h"

/* Strings live as long as the settings; "" where nothing is said. */
struct sysconfig {
	struct assigns *a;      /* owned */
	const char *file;       /* where they come from, static; NULL: there is no such file */
	const char *kernelver;  /* KDUMP_KERNELVER: capture kernel, default the running one */
	const char *line;       /* KDUMP_COMMANDLINE: in place of /proc/cmdline */
	const char *remove;     /* KDUMP_COMMANDLINE_REMOVE: names */
	const char *append;     /* KDUMP_COMMANDLINE_APPEND */
	const char *cpus;       /* KDUMP_CPUS (SUSE): how many the capture kernel starts, 0 is all; a number or "" */
	const char *kexec_args; /* KEXEC_ARGS: of kexec-tools; nothing of it matters here */
	const char *bootdir;    /* KDUMP_BOOTDIR: where kernel and image lie */
	const char *img;        /* KDUMP_IMG: the kernel's name before its version, default vmlinuz */
	const char *img_ext;    /* KDUMP_IMG_EXT: behind it */
	const char *kernel;     /* KDUMP_KERNEL: path of the kernel itself (Debian) */
};

/* Reads N bytes of TEXT of FILE (a static name, for messages). 0 or -ENOMEM. Pure but for host_say(). */
int must_check sysconfig_parse(struct sysconfig *ret, const struct host *h, const char *file, const char *text,
			       size_t n, struct err *e);

/* Finds and reads the file; none is fine: everything is "" then. 0 or -errno. */
int must_check sysconfig_read(struct sysconfig *ret, const struct host *h, struct err *e);

/* The value of any other NAME of the file; "" when there is none. */
const char *sysconfig_get(const struct sysconfig *s, const char *name);

/* Frees what S owns; NULL and zeros are fine. */
void sysconfig_free(struct sysconfig *s);

#endif
