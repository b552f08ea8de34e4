/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: the two ways files take to an ssh server.
 * Both begin in a session that is logged in and end with the directory made.
 */
#ifndef SINK_NET_SSH_WAYS_H
#define SINK_NET_SSH_WAYS_H

#include "base/err.h"
#include "sink/net_ssh_session.h"

#define SSH_FRESH_TRIES 100
#define SSH_PATH        512

/*
 * Each makes the directory of TO and gives a sink that owns C, which was allocated; C stays the caller's when it
 * fails. -EOPNOTSUPP from the first: the server has no SFTP.
 */
int must_check ssh_sftp_open(struct sink **ret, struct ssh *c, const struct ssh_target *to, struct err *e);
int must_check ssh_exec_open(struct sink **ret, struct ssh *c, const struct ssh_target *to, struct err *e);

/* "user@host:PATH" in S->dir, cut where it is too long to show. */
void ssh_show_dir(struct sink *s, const struct ssh_target *to, const char *path);

#endif
