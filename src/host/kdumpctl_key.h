/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the key with which a capture logs in to its server.
 * Made when there is none, brought to the server, and tried.
 */
#ifndef HOST_KDUMPCTL_KEY_H
#define HOST_KDUMPCTL_KEY_H

#include "host/kdumpctl.h"

/*
 * For every ssh target: an ed25519 key without passphrase where sshkey names none that is there, copied by
 * ssh-copy-id (which may ask for a password), then a login with it alone. -ENOENT: no ssh target.
 */
int must_check service_propagate(struct service *s, struct err *e);

#endif
