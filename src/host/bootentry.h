/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: crashkernel= in the files of boot loaders.
 * Pure: text in, text out. Everything but the words crashkernel=… stays as it was, byte for byte.
 */
#ifndef HOST_BOOTENTRY_H
#define HOST_BOOTENTRY_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Forms of boot loader files. */
enum bootentry_form {
	BOOT_GRUB,     /* /etc/default/grub alone; with its snippets see host/grub_default.h */
	BOOT_BLS,      /* loader/entries/NAME.conf (Boot Loader Specification, type 1): lines `options …` */
	BOOT_WORDS,    /* /etc/kernel/cmdline, cmdline.txt: nothing but the words of a command line; # is a comment */
	BOOT_EXTLINUX, /* extlinux.conf, syslinux.cfg: a line `append …` for each kernel */
	BOOT_ZIPL,     /* zipl.conf: a line `parameters="…"` for each kernel */
	BOOT_GRUBENV,  /* grubenv: kernelopts=… in an environment block of fixed size */
};

struct bootentry_text {
	char *p; /* the caller frees it; a NUL behind N bytes */
	size_t n;
};

/*
 * Gives in *RET the text TEXT of N bytes with crashkernel= set to VALUE, as crashkernel_set() takes it; NULL takes the
 * words out. Words that are there are replaced where the first of them stands, else they go to the end of the last line
 * that holds words, or, in BOOT_BLS and BOOT_WORDS, to a new line. In BOOT_EXTLINUX and BOOT_ZIPL every line
 * gets them. 0; -EINVAL when VALUE is none, or as grub_set(); -ENOENT: no line for them; -ENOSPC: the block of
 * BOOT_GRUBENV is full; -ENOMEM.
 */
int must_check bootentry_set(enum bootentry_form form, const char *text, size_t n, const char *value,
			     struct bootentry_text *ret, struct err *e);

/*
 * The words behind crashkernel= in TEXT, blanks between them, into BUF of SIZE bytes; "" when there
 * are none, or when the lines of BOOT_EXTLINUX or BOOT_ZIPL differ. -ENAMETOOLONG when they do not fit.
 */
int must_check bootentry_get(enum bootentry_form form, const char *text, size_t n, char *buf, size_t size);

#endif
