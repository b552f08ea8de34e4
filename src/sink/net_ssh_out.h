/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: what goes to an ssh server, in large pieces, and what comes from it, in bounded ones.
 * libssh2 sends each packet of 32 KiB on its own, and the server then wakes, reads, decrypts and writes for each. Here
 * packets are gathered, and go out together when there are many or before a wait. libssh2 reads as long as bytes come
 * and keeps packets that it does not know: here it gets so many at a time, and few before the login.
 */
#ifndef SINK_NET_SSH_OUT_H
#define SINK_NET_SSH_OUT_H

#include "base/err.h"

#include <libssh2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ssh_out {
	uint8_t *b;     /* SSH_OUT bytes, allocated */
	size_t n;       /* of them wait to be sent */
	size_t turn;    /* bytes that the library may read before it returns to its caller, who sets this */
	size_t hello;   /* bytes that the server may still send before the login; SSH_ANY: no limit any more */
	bool talkative; /* it sent more */
};

#define SSH_OUT  (128u << 10)
#define SSH_TURN (1u << 20)
#define SSH_ANY  SIZE_MAX
/*
 * OpenSSH 9.2p1 with a host key of RSA 4096 sends 4,293 bytes to its own client that tries eight keys of RSA 4096, all
 * refused (counted by a relay between them).
 */
#define SSH_HELLO (256u << 10)

/*
 * From now on SESSION, whose abstract pointer is O, sends and receives through O. The caller calls ssh_out_free() after
 * the session is freed. -ENOMEM.
 */
int must_check ssh_out_start(struct ssh_out *o, LIBSSH2_SESSION *session);
void ssh_out_free(struct ssh_out *o);

/* Sends to FD as much as goes without waiting; O->n tells what is left. -errno: the connection is of no more use. */
int must_check ssh_out_flush(struct ssh_out *o, int fd);

#endif
