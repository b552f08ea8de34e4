/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: the bytes of one open file on their way to an NFS server.
 * Connects a ring of blocks with a connection that may break; the first failure is kept until it was told.
 */
#ifndef SINK_NET_NFS_FLOW_H
#define SINK_NET_NFS_FLOW_H

#include "base/err.h"
#include "sink/net_nfs_link.h"
#include "sink/net_nfs_ring.h"

#include <stdbool.h>
#include <stdint.h>

struct nfs_flow {
	struct nfs_link link;
	struct nfs_ring ring;
	struct nfs_call write[NFS_BLOCKS]; /* one for each block of the ring */
	struct nfs_call commit;
	int64_t stall_ms; /* without an answer: the end */
	int64_t pause;    /* the server asked for patience until then */
	int64_t progress; /* when the server did something for us last */
	int rc;           /* the first failure since nfs_flow_forget() */
	bool told;        /* somebody heard of it */
	bool dead;        /* nothing will work any more */
	char why[192];    /* its sentence */
};

/* When a call that starts now has failed. */
int64_t nfs_flow_until(const struct nfs_flow *f);

/* Forgets blocks and failures, for another file or the same from its beginning. No answer comes to it any more. */
void nfs_flow_forget(struct nfs_flow *f);

/* Sends what is ready and hears what has come, without waiting. */
void nfs_flow_push(struct nfs_flow *f);

/*
 * Waits until the ring takes bytes again or, with FLUSH, until everything is on stable storage. Gives a failure that
 * nobody was told of. -ETIMEDOUT: no answer for stall_ms, over however many connections.
 */
int must_check nfs_flow_drain(struct nfs_flow *f, bool flush, struct err *e);

/* The first failure, which is told now. */
int nfs_flow_tell(struct nfs_flow *f, struct err *e);

/* Remembers the failure RC; a target that is only full takes bytes for other places of the file. */
void nfs_flow_fail(struct nfs_flow *f, int rc, const char *why);

/* Size of the open file, asked for and set. */
int must_check nfs_flow_size(struct nfs_flow *f, uint64_t *ret, struct err *e);
int must_check nfs_flow_resize(struct nfs_flow *f, uint64_t size, struct err *e);

#endif
