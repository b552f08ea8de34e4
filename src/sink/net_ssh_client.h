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

/* More bytes on their way than the 2 MiB that OpenSSH lets a channel have unread. */
#define SFTP_WINDOW (3u << 20)
#define SFTP_LANE   (2u << 20) /* as many more for each lane beside the first */
#define SFTP_LANES  4
#define SFTP_FLIGHT ((SFTP_WINDOW + (SFTP_LANES - 1) * SFTP_LANE) / SFTP_WRITE_MIN) /* writes on their way */
#define SFTP_PATH   (SSH_PATH + 256)
#define SFTP_BOOT   37 /* bytes of boot_id: a UUID and a newline */

/* A write that has no answer yet. Its bytes are kept: it is sent again when the connection broke. */
struct flight {
	uint32_t id, len;
	unsigned lane;
	bool out;     /* sent over the connection that there is: only then an answer to it can come */
	uint64_t off; /* in the file */
	uint64_t pos; /* of its bytes in the ring, counted without wrapping */
};

/* A channel with an SFTP server of its own. All of them have the same file open. */
struct lane {
	struct ssh_channel ch;
	uint8_t in[4 + SFTP_REPLY]; /* bytes that arrived */
	size_t have;
	uint8_t handle[SFTP_HANDLE_MAX];
	size_t nhandle; /* 0: no file is open here */
};

struct sftp {
	struct sink s;
	struct sink_ops ops; /* what the server can do decides what the sink can */
	struct ssh_target to;
	struct ssh *ssh;
	struct lane lane[SFTP_LANES]; /* the first asks all questions and is there always */
	unsigned nlane;               /* that have a channel */
	bool wide;                    /* more lanes were opened for this file, as many as could be had */
	int64_t rtt_us;               /* the shortest time that an answer took */
	struct sftp_features can;
	uint8_t boot[SFTP_BOOT]; /* which start of the server's kernel this is */
	size_t nboot;            /* 0: it does not tell, and a broken connection is the end */
	unsigned broke;          /* times in a row that the connection broke without an answer between */
	uint32_t id, write_max;

	struct sftp_reply reply; /* to request `want` on lane `asked`, its text in `text` */
	uint8_t text[SFTP_REPLY];
	uint32_t want;
	unsigned asked;
	bool got;

	struct flight flight[SFTP_FLIGHT];
	unsigned nflight;
	unsigned answers; /* that ever came, to writes or questions */
	uint8_t *ring;    /* NRING bytes: those of the writes on their way */
	uint32_t nring;
	uint64_t sent;   /* bytes that ever went into the ring */
	uint32_t status; /* of the first write that failed, 0: none did */
	int failed;      /* -errno of that */

	char path[SSH_PATH], temp[SFTP_PATH], name[SFTP_PATH];
};

/* Starts an SFTP server in the session and learns what it can. -EOPNOTSUPP: there is none. */
int must_check sftp_greet(struct sftp *f, struct err *e);

/* The same for lane L, one of those that f->nlane counts; nothing is learned. */
int must_check sftp_greet_lane(struct sftp *f, struct lane *l, struct err *e);

/* Opens PATH over lane L, FLAGS being those of enum sftp_open. The handle is the answer. */
int must_check sftp_ask_open(struct sftp *f, struct lane *l, const char *path, uint32_t flags, struct err *e);

/* The first bytes of the small file PATH, at most N; 0: it cannot be read. */
int must_check sftp_peek_file(struct sftp *f, const char *path, uint8_t *buf, size_t n, size_t *got);

/*
 * All of the N bytes at OFF of the file PATH; no write may be on its way. -ENODATA: it ends before. After -EPROTO the
 * connection is of no more use.
 */
int must_check sftp_read_at(struct sftp *f, const char *path, uint64_t off, void *buf, size_t n, struct err *e);

/* For struct ssh_channel: takes the answers that are there, on all lanes. ARG is the struct sftp. */
int sftp_hear(void *arg, struct err *e);

/* Waits until answers came, or room, on any lane, or something else did. -EPIPE: a server has ended. */
int must_check sftp_listen(struct sftp *f, struct err *e);

/* A new request of TYPE, to be completed by the caller. */
void sftp_begin_request(struct sftp *f, struct sftp_out *o, enum sftp_request type);

/* Sends the request over lane L and waits for its answer, which is in f->reply then. */
int must_check sftp_ask_lane(struct sftp *f, struct lane *l, struct sftp_out *o, struct err *e);

/* The same over the first one. */
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
