/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: the error chain.
 * A failure is one sentence, built from the inside out in a fixed buffer; nothing is allocated.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define ERR_TEXT_MAX 512
#define must_check   __attribute__((warn_unused_result))

struct err {
	int code;                /* -errno of the first cause, 0 when nothing failed */
	char text[ERR_TEXT_MAX]; /* "save: ext4 /dev/vda1: write vmcore: No space left on device" */
};

/* Records "WHAT: <text of errno>" and returns -errno (-EIO when errno is 0). E may be NULL. */
int err_sys(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Records the sentence alone with CODE (a negative errno) and returns CODE. E may be NULL. */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "WHERE: " in front of the sentence recorded below and returns RC unchanged. E may be NULL. */
int err_add(struct err *e, int rc, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
