/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: what goes to an ssh server, in large pieces, and what comes from it, in bounded ones.
 */
#include "sink/net_ssh_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int ssh_out_flush(struct ssh_out *o, int fd)
{
	size_t at = 0;

	while (at < o->n) {
		ssize_t n = send(fd, o->b + at, o->n - at, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return -errno;
		if (n <= 0)
			break;
		at += (size_t)n;
	}
	o->n -= at;
	memmove(o->b, o->b + at, o->n);
	return 0;
}

/* In place of the library's send(2): the bytes taken, or -errno. */
static ssize_t gather(libssh2_socket_t fd, const void *buf, size_t n, int flags, void **abstract)
{
	struct ssh_out *o = *abstract;
	int rc = o->n + n > SSH_OUT ? ssh_out_flush(o, fd) : 0;
	size_t room = SSH_OUT - o->n;

	(void)flags;
	if (rc || !room)
		return rc ? rc : -EAGAIN;
	if (n > room)
		n = room;
	memcpy(o->b + o->n, buf, n);
	o->n += n;
	return (ssize_t)n;
}

/* In place of the library's recv(2): the bytes read, 0 at the end, or -errno. */
static ssize_t let_in(libssh2_socket_t fd, void *buf, size_t n, int flags, void **abstract)
{
	struct ssh_out *o = *abstract;
	ssize_t got;

	if (!o->turn)
		return -EAGAIN;
	got = recv(fd, buf, n < o->turn ? n : o->turn, flags | MSG_DONTWAIT);
	if (got < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	o->turn -= (size_t)got;
	if (o->hello == SSH_ANY)
		return got;
	o->talkative = (size_t)got > o->hello;
	if (o->talkative)
		return -ECONNABORTED;
	o->hello -= (size_t)got;
	return got;
}

static void use(LIBSSH2_SESSION *session)
{
#if LIBSSH2_VERSION_NUM >= 0x010b01
	(void)libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_SEND, (libssh2_cb_generic *)(void *)gather);
	(void)libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_RECV, (libssh2_cb_generic *)(void *)let_in);
#else
	(void)libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, (void *)gather);
	(void)libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)let_in);
#endif
}

int ssh_out_start(struct ssh_out *o, LIBSSH2_SESSION *session)
{
	*o = (struct ssh_out){ .turn = SSH_TURN, .hello = SSH_HELLO };
	o->b = malloc(SSH_OUT);
	if (!o->b)
		return -ENOMEM;
	use(session);
	return 0;
}

void ssh_out_free(struct ssh_out *o)
{
	free(o->b);
	*o = (struct ssh_out){ 0 };
}
