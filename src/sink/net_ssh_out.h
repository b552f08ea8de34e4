/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: what goes to an ssh server, in large pieces.
 * libssh2 sends each packet of 32 KiB on its own, and the server then wakes, reads, decrypts and writes for each. Here
 * packets are gathered, and go out together when there are many or when somebody is about to wait.
 */
#ifndef SINK_NET_SSH_OUT_H
#define SINK_NET_SSH_OUT_H

#include "base/err.h"

#include <libssh2.h>
#include <stddef.h>
#include <stdint.h>

struct ssh_out {
	uint8_t *b; /* SSH_OUT bytes, allocated */
	size_t n;   /* of them wait to be sent */
};

#define SSH_OUT (128u << 10)

/*
 * From now on SESSION, whose abstract pointer is O, sends through O. The caller calls ssh_out_free() after the session
 * is freed. -ENOMEM.
 */
int must_check ssh_out_start(struct ssh_out *o, LIBSSH2_SESSION *session);
void ssh_out_free(struct ssh_out *o);

/* Sends to FD as much as goes without waiting; O->n tells what is left. -errno: the connection is of no more use. */
int must_check ssh_out_flush(struct ssh_out *o, int fd);

#endif
