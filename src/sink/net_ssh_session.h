/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a session with an ssh server.
 * Every wait ends: connecting at a deadline, everything else when no byte of use has moved for as long as the target
 * allows. What only keeps the connection alive is of no use.
 */
#ifndef SINK_NET_SSH_SESSION_H
#define SINK_NET_SSH_SESSION_H

#include "base/err.h"
#include "sink/net_ssh.h"
#include "sink/net_ssh_out.h"

#include <libssh2.h>
#include <stdbool.h>

#define SSH_CONNECT_MS 30000 /* where the target says nothing */

struct ssh {
	LIBSSH2_SESSION *session;
	struct ssh_out out;
	int fd;
	int64_t stall_ms; /* waits may take that long, one after the other, without a byte of use */
	int64_t waited;   /* ms of them so far */
	int64_t deadline; /* of all waits together, DEADLINE_NEVER once logged in */
	bool dead;        /* the connection is gone, nothing more is said to the server */
	bool over;        /* and no other one is made in its place: every call fails with -ENOTCONN */
};

struct ssh_channel {
	struct ssh *ssh;
	LIBSSH2_CHANNEL *ch;
	/* While sending waits: takes what the server says meanwhile, without waiting itself. May be NULL. */
	int (*hear)(void *arg, struct err *e);
	void *arg;
};

/* Connects, compares the server's key, logs in. The caller calls ssh_close() whatever comes back. */
int must_check ssh_connect(struct ssh *c, const struct ssh_target *to, struct err *e);
void ssh_close(struct ssh *c);

/* Opens a channel for KIND "exec" or "subsystem", WHAT being the command or the name. -EOPNOTSUPP: refused. */
int must_check ssh_channel_open(struct ssh_channel *ch, struct ssh *c, const char *kind, const char *what,
				struct err *e);

/*
 * Sends all of the N bytes; the last may stay here until somebody waits or calls ssh_push(). -EPIPE: the other end has
 * gone and said all it had to say.
 */
int must_check ssh_channel_send(struct ssh_channel *ch, const void *buf, size_t n, struct err *e);

/* What was gathered goes out as far as it can without waiting. */
int must_check ssh_push(struct ssh *c, struct err *e);

/* Waits until something came, on any channel, or until what waited to be sent can go on. */
int must_check ssh_wait(struct ssh *c, const char *what, struct err *e);

/* Bytes that the server takes on this channel now. */
size_t ssh_channel_room(struct ssh_channel *ch);

/* Whether bytes of the standard output are here already: no poll(2) tells of them any more. */
bool ssh_channel_waiting(struct ssh_channel *ch);

/* Whether the other end has said all it had to say, and that was read. */
bool ssh_channel_ended(struct ssh_channel *ch);

/* Waits for at least one byte of the standard output; *GOT is 0 at its end. */
int must_check ssh_channel_recv(struct ssh_channel *ch, void *buf, size_t n, size_t *got, struct err *e);

/* What has arrived of stream ID (0, SSH_EXTENDED_DATA_STDERR) without waiting: *GOT bytes, maybe none. */
int must_check ssh_channel_peek(struct ssh_channel *ch, int id, void *buf, size_t n, size_t *got, struct err *e);

/*
 * Ends the input, gathers what the command says on its outputs in SAID (N bytes with the NUL, printable), and
 * gives its exit status, -1 when a signal ended it. Frees the channel.
 */
int must_check ssh_channel_end(struct ssh_channel *ch, char *said, size_t n, int *status, struct err *e);

/* Frees the channel, whatever the server says. One that is not open is fine. */
void ssh_channel_drop(struct ssh_channel *ch);

/* Runs COMMAND: ssh_channel_open(), ssh_channel_end(). */
int must_check ssh_command(struct ssh *c, const char *command, char *said, size_t n, int *status, struct err *e);

#endif
