/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: questions to an SFTP server and their answers.
 * What the two halves of the SFTP sink share: this one knows packets, the other files.
 */
#ifndef SINK_NET_SSH_CLIENT_H
#define SINK_NET_SSH_CLIENT_H

#include "base/err.h"
#include "iface/sink.h"
#include "sink/net_ssh_session.h"
#include "sink/net_ssh_ways.h"
#include "sink/net_ssh_wire.h"

#define SFTP_WINDOW (2u << 20)                     /* bytes on their way: what OpenSSH lets a channel have */
#define SFTP_FLIGHT (SFTP_WINDOW / SFTP_WRITE_MIN) /* writes on their way */
#define SFTP_PATH   (SSH_PATH + 256)

struct flight {
	uint32_t id, len;
};

struct sftp {
	struct sink s;
	struct sink_ops ops; /* what the server can do decides what the sink can */
	struct ssh *ssh;
	struct ssh_channel ch;
	struct sftp_features can;
	uint32_t id, write_max;

	uint8_t in[4 + SFTP_REPLY]; /* bytes that arrived */
	size_t have;
	struct sftp_reply reply; /* to request `want`, its text in `text` */
	uint8_t text[SFTP_REPLY];
	uint32_t want;
	bool got;

	struct flight flight[SFTP_FLIGHT];
	unsigned nflight;
	uint32_t inflight; /* bytes */
	uint32_t status;   /* of the first write that failed, 0: none did */
	int failed;        /* -errno of that */

	uint8_t handle[SFTP_HANDLE_MAX];
	size_t nhandle; /* 0: no file is open */
	char path[SSH_PATH], temp[SFTP_PATH], name[SFTP_PATH];
};

/* Sends INIT and learns what the server can. -EOPNOTSUPP: there is no SFTP server. */
int must_check sftp_greet(struct sftp *f, struct err *e);

/* For struct ssh_channel: takes the answers that are there. */
int sftp_hear(void *arg, struct err *e);

/* Waits for some answer and takes it. -EPIPE: the server has ended. */
int must_check sftp_listen(struct sftp *f, struct err *e);

/* A new request of TYPE, to be completed by the caller. */
void sftp_begin_request(struct sftp *f, struct sftp_out *o, enum sftp_request type);

/* Sends the request and waits for its answer, which is in f->reply then. */
int must_check sftp_ask(struct sftp *f, struct sftp_out *o, struct err *e);

/*
 * The answer has to be of TYPE, a status has to be good. Another one becomes "WHAT WHOM: " and the server's
 * reason.
 */
int must_check sftp_expect(struct sftp *f, enum sftp_answer type, const char *what, const char *whom, struct err *e);

/* Asks about PATH alone. */
int must_check sftp_ask_path(struct sftp *f, enum sftp_request type, const char *path, struct err *e);

/* Asks the extension WORD about PATH and PATH2; either may be NULL. */
int must_check sftp_ask_extended(struct sftp *f, const char *word, const char *path, const char *path2,
				 struct err *e);

/* Free bytes below f->path. -EOPNOTSUPP: the server does not tell. */
int must_check sftp_dir_space(struct sftp *f, uint64_t *ret, struct err *e);

/* Makes the directory PATH, which is changed meanwhile, and its parents. One that exists is fine. */
int must_check sftp_make_dirs(struct sftp *f, char *path, struct err *e);

/* Makes the directory WANT, or WANT.1, WANT.2, …: f->path is new then. */
int must_check sftp_make_fresh(struct sftp *f, const char *want, struct err *e);

#endif
