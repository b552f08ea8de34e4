/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: is this machine armed, and what would it do?
 * Sentences for people; nothing is changed.
 */
#ifndef HOST_STATUS_H
#define HOST_STATUS_H

#include "host/kdumpctl.h"

/*
 * Says (HOST_SAY, a line a fact) whether a capture kernel is loaded and for which kernel, whether its image is up to
 * date, the targets, the reservation, the last rehearsal, the last test, the last dump. True: armed.
 */
bool status_say(struct service *s);

/*
 * Where dumps of the plan lie on the running system, into BUF: the directory of `path`, on the target's file
 * system where one is named and mounted. -ENOENT with a sentence: not here.
 */
int must_check status_dump_dir(struct service *s, char buf[HOST_PATH], struct err *e);

#endif
