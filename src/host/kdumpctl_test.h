/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the proof by a real crash.
 * The capture kernel is given an id; a dump that bears it is the only thing that counts as success.
 */
#ifndef HOST_KDUMPCTL_TEST_H
#define HOST_KDUMPCTL_TEST_H

#include "host/kdumpctl.h"

/*
 * Loads the capture kernel with a new id on its command line, writes down that a test is under way, syncs
 * and crashes the machine. Comes back only when that failed. -EPERM: the machine is not armed.
 */
int must_check service_test(struct service *s, const struct service_how *how, struct err *e);

/* Says how the last test ended, looking for its dump; nothing when there was none. */
void service_test_say(struct service *s);

#endif
