/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the kdump.conf that a few answers amount to.
 * Pure but for setup_write(). Lines that were not asked about stay as they were.
 */
#ifndef HOST_SETUP_H
#define HOST_SETUP_H

#include "base/err.h"
#include "host/host.h"
#include "iface/plan.h"

#include <stddef.h>

#define SETUP_WORD 512 /* bytes of an answer */

struct setup_answers {
	char target[SETUP_WORD]; /* a line: "nfs HOST:/EXPORT"; "local": the file system that holds path */
	char path[SETUP_WORD];
	char collector[SETUP_WORD]; /* the line of core_collector; "": the stock one, with LEVEL */
	unsigned level;
	enum plan_action action; /* failure_action */
};

/* The answers that P, a plan that was read, amounts to. */
void setup_from_plan(struct setup_answers *ret, const struct plan *p);

/*
 * 0 when A makes a configuration without a refused line, else -EINVAL with a sentence on the first one.
 * -ENOMEM.
 */
int must_check setup_check(const struct setup_answers *a, struct err *e);

/*
 * The text of kdump.conf in a new buffer that the caller frees (NUL behind it): OLD (N bytes, may be none) without
 * its lines about target, path, collector and failure action, then those of A. 0 or -ENOMEM.
 */
int must_check setup_text(char **ret, const struct setup_answers *a, const char *old, size_t n, struct err *e);

/* Writes TEXT to /etc/kdump.conf of H, the old one to /etc/kdump.conf.old; -errno. */
int must_check setup_write(const struct host *h, const char *text, struct err *e);

#endif
