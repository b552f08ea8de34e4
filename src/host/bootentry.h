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
	BOOT_GRUB,  /* /etc/default/grub: shell assignments GRUB_CMDLINE_LINUX[_DEFAULT]= */
	BOOT_BLS,   /* loader/entries/NAME.conf (Boot Loader Specification, type 1): lines `options …` */
	BOOT_WORDS, /* /etc/kernel/cmdline, syslinux: nothing but the words of a command line */
};

struct bootentry_text {
	char *p; /* the caller frees it; a NUL behind N bytes */
	size_t n;
};

/*
 * Gives in *RET the text TEXT of N bytes with crashkernel=
 * set to VALUE: "256M", "1G-4G:192M,4G-:256M", or several with blanks between ("512M,high 72M,low");
 * NULL takes the words out. Words that are there are replaced where the first of them stands. In a
 * GRUB file without one, GRUB_CMDLINE_LINUX_DEFAULT gets it (the rescue entries do not), else
 * GRUB_CMDLINE_LINUX, else a new line at the end. 0; -EINVAL when VALUE is none, or when a value
 * of a GRUB file has other quotes than one pair around all of it; -ENOMEM.
 */
int must_check bootentry_set(enum bootentry_form form, const char *text, size_t n, const char *value,
			     struct bootentry_text *ret, struct err *e);

/*
 * The words behind crashkernel= in TEXT, blanks between them, into BUF of SIZE bytes; "" when there
 * are none. -ENAMETOOLONG when they do not fit.
 */
int must_check bootentry_get(enum bootentry_form form, const char *text, size_t n, char *buf, size_t size);

/*
 * Whether S is what the kernel takes behind crashkernel= (kernel/crash_reserve.c, Linux 6.12): SIZE[@START],
 * SIZE,high, SIZE,low, or START-[END]:SIZE[,…][@START]; SIZE is a number with K, M, G or T behind it.
 */
bool crashkernel_ok(const char *s);

/* Bytes that S reserves on a machine with MEMORY bytes; 0: none. S is one that crashkernel_ok() takes. */
uint64_t crashkernel_size(const char *s, uint64_t memory);

#endif
