/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: blocks on their way to an NFS server.
 * A block is given up when the server has it on stable storage, and not before. No I/O: the caller sends.
 */
#ifndef SINK_NET_NFS_RING_H
#define SINK_NET_NFS_RING_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NFS_BLOCKS    16
#define NFS_VERF_SIZE 8 /* RFC 1813 NFS3_WRITEVERFSIZE, RFC 7530 NFS4_VERIFIER_SIZE */

enum nfs_block_state {
	BLOCK_FREE,
	BLOCK_FILL,    /* takes more bytes */
	BLOCK_READY,   /* to be sent from `done` on */
	BLOCK_SENT,    /* a WRITE is under way */
	BLOCK_WRITTEN, /* the server has all of it, in memory at least */
	BLOCK_COMMIT,  /* a COMMIT that covers it is under way */
};

struct nfs_block {
	enum nfs_block_state state;
	uint64_t off; /* in the file */
	uint32_t len, done;
	uint64_t used; /* when it was added to last: the oldest is closed first */
	uint8_t verf[NFS_VERF_SIZE];
	char *data;
};

/* What the server said to a WRITE. */
struct nfs_written {
	uint32_t count;
	bool stable; /* on stable storage already */
	uint8_t verf[NFS_VERF_SIZE];
};

struct nfs_ring {
	struct nfs_block block[NFS_BLOCKS];
	unsigned n;      /* blocks in use */
	uint32_t size;   /* bytes of one */
	unsigned depth;  /* WRITEs under way at most */
	unsigned flying; /* WRITEs under way */
	bool committing; /* a COMMIT is under way */
	bool flush;      /* nothing more will come: part blocks go too */
	uint64_t clock;
	char *mem; /* owned */
};

/* Takes all memory: N blocks of SIZE bytes, DEPTH on the way. -ENOMEM. Free with nfs_ring_free(). */
int must_check nfs_ring_init(struct nfs_ring *r, unsigned n, uint32_t size, unsigned depth, struct err *e);
void nfs_ring_free(struct nfs_ring *r);

/* Forgets all blocks; none may be under way. */
void nfs_ring_clear(struct nfs_ring *r);

/*
 * Copies bytes for OFF into blocks and gives how many: less than N when no block is free. Bytes that are in the ring
 * already may not be given again unless nfs_ring_meets() is false: two WRITEs of one byte have no order.
 */
size_t nfs_ring_put(struct nfs_ring *r, uint64_t off, const void *buf, size_t n);

/* True: a block that is not filling any more holds some of the N bytes at OFF; the ring has to be emptied first. */
bool nfs_ring_meets(const struct nfs_ring *r, uint64_t off, size_t n);

/* The block to send next, or NULL. Sent it is with nfs_ring_sent(): from `done` to `len`. */
struct nfs_block *nfs_ring_next(struct nfs_ring *r);
void nfs_ring_sent(struct nfs_ring *r, struct nfs_block *b);

/*
 * The server answered the WRITE of B. A short one goes on where it ended. -EIO: it took nothing, -EPROTO: it took
 * more than there was; the block is dropped then.
 */
int must_check nfs_ring_written(struct nfs_ring *r, struct nfs_block *b, const struct nfs_written *w);

/* The WRITE of B did not happen and is to be sent again, or never (DROP). */
void nfs_ring_unsent(struct nfs_ring *r, struct nfs_block *b, bool drop);

/* True: a COMMIT should be sent now. It covers what nfs_ring_commit() marks. */
bool nfs_ring_wants_commit(const struct nfs_ring *r);
void nfs_ring_commit(struct nfs_ring *r);

/*
 * The COMMIT was answered: blocks that were written to another instance of the server are ready to be sent again.
 * VERF NULL: it failed, all are written and not committed still.
 */
void nfs_ring_committed(struct nfs_ring *r, const uint8_t verf[NFS_VERF_SIZE]);

/* True: nfs_ring_put() takes at least a byte. */
bool nfs_ring_takes(const struct nfs_ring *r);

bool nfs_ring_empty(const struct nfs_ring *r);

/* Bytes that no server has taken yet. */
uint64_t nfs_ring_owed(const struct nfs_ring *r);

#endif
