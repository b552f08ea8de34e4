/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: the options of fence_kdump_args.
 * Pure. As fence_kdump_send(8) takes them, with their defaults; a quoted line (RHEL 7 to 9.3) is unquoted.
 */
#ifndef CONF_FENCE_WORDS_H
#define CONF_FENCE_WORDS_H

#include "base/err.h"
#include "iface/fence.h"

/* Fills RET from TEXT, which may be NULL. 0, or -EINVAL with a sentence; RET has the defaults then. */
int must_check fence_words(struct fence_opts *ret, const char *text, struct err *e);

#endif
