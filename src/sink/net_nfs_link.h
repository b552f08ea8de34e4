/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a mounted export, over one connection at a time.
 * Every wait has an end; a connection that breaks is made anew and the call made again.
 */
#ifndef SINK_NET_NFS_LINK_H
#define SINK_NET_NFS_LINK_H

#include "base/err.h"
#include "sink/net_nfs.h"
#include "sink/net_nfs_ring.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NFS_HANDLE 128 /* bytes of a file handle at most: NFS4_FHSIZE of RFC 7530; 64 in version 3 */

struct nfs_context;
struct nfs_link;

/* One call about the open file that is under way; it must stay in place until `done` was called. */
struct nfs_call {
	void (*done)(struct nfs_call *c); /* called once, from nfs_link_turn() or nfs_link_down() */
	struct nfs_link *link;
	void *arg;
	bool lost;       /* no answer came: whether it was done is unknown */
	uint32_t status; /* nfsstat3 or nfsstat4; 0: done */
	struct nfs_written w;
	uint64_t size; /* what was asked for */
	void *to;      /* of read: where w.count bytes were put */
	uint32_t room; /* of read: bytes that were asked for */
};

/* The calls about a file, in one version of the protocol. 0, or -errno when nothing could be sent. */
struct nfs_proto {
	int (*write)(struct nfs_call *c, uint64_t off, const void *buf, uint32_t n);
	int (*read)(struct nfs_call *c, uint64_t off); /* to c->to, at most c->room bytes */
	int (*commit)(struct nfs_call *c);
	int (*set_size)(struct nfs_call *c, uint64_t size);
	int (*get_size)(struct nfs_call *c);
	int (*get_limit)(struct nfs_call *c); /* bytes of a WRITE that the server takes; 0: it does not say */
};

extern const struct nfs_proto nfs_proto3, nfs_proto4;

struct nfs_link {
	const struct nfs_target *to;
	struct nfs_context *nfs; /* NULL: not connected */
	const struct nfs_proto *proto;
	unsigned vers;              /* 0 until the server was reached: it does not change afterwards */
	bool broken;                /* only nfs_link_down() can follow */
	int sockerr;                /* of the connection that broke */
	uint32_t wsize;             /* bytes of a WRITE at most, as server and options have it */
	int64_t heard;              /* when an answer came last */
	uint8_t handle[NFS_HANDLE]; /* of the file that is open */
	uint32_t handle_len;
};

/* What a path names. */
struct nfs_seen {
	uint64_t size, ino;
	bool dir, regular;
};

/*
 * Makes sure there is a connection and the export is mounted; tries again until UNTIL when the server was reached
 * before or could not be reached now. What a server says the first time is final.
 */
int must_check nfs_link_up(struct nfs_link *l, int64_t until, struct err *e);

/* Ends the connection; calls that are under way are told that they are lost. */
void nfs_link_down(struct nfs_link *l);

/* Sends and hears what can be sent and heard, waiting for it until UNTIL, one second at most. */
void nfs_link_turn(struct nfs_link *l, int64_t until);

/* Does nothing for a moment, not longer than UNTIL. */
void nfs_link_rest(int64_t until);

/* Calls about paths below the export ("/dir/name"): they wait for the answer until UNTIL, over several connections. */
int must_check nfs_link_stat(struct nfs_link *l, const char *path, struct nfs_seen *ret, int64_t until, struct err *e);
int must_check nfs_link_mkdir(struct nfs_link *l, const char *path, int64_t until, struct err *e);
int must_check nfs_link_space(struct nfs_link *l, uint64_t *ret, int64_t until, struct err *e);

/* Opens PATH, making it with mode 0600 when CREATE: l->handle is its handle. Nothing of it stays open at the server. */
int must_check nfs_link_open(struct nfs_link *l, const char *path, bool create, int64_t until, struct err *e);

/* Reads all of the N bytes at OFF of the file that is open. -ENODATA: it ends before. */
int must_check nfs_link_read(struct nfs_link *l, uint64_t off, void *buf, size_t n, int64_t until, struct err *e);

/* Removes the file PATH or, with DIR, the empty directory. */
int must_check nfs_link_remove(struct nfs_link *l, const char *path, bool dir, int64_t until, struct err *e);

/* Gives FROM, the file INO, the name TO, which another file may have had. */
int must_check nfs_link_rename(struct nfs_link *l, const char *from, const char *to, uint64_t ino, int64_t until,
			       struct err *e);

/* -errno of an NFS status of either version; -EAGAIN: the server asks for patience. */
int nfs_link_errno(uint32_t status);

#endif
