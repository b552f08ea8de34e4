/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a directory of an NFS server, version 3 or 4.0, without the kernel's client.
 * What a server has only in its memory is kept here until it is committed: a server that restarts loses nothing.
 */
#ifndef SINK_NET_NFS_H
#define SINK_NET_NFS_H

#include "base/err.h"
#include "iface/sink.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define NFS_BLOCK_MAX (1u << 20) /* bytes of the largest WRITE */
#define NFS_ADDRS     8
#define NFS_NOTE      160

/* What mount options say. All zeros: nothing was said. */
struct nfs_options {
	unsigned vers;       /* 3 or 4; 0: 4, and 3 where the server has no 4 */
	unsigned port;       /* of the NFS service; 0: 2049 (version 4), what the port mapper says (version 3) */
	unsigned mountport;  /* of mountd, version 3; 0: what the port mapper says */
	unsigned wsize;      /* bytes of a WRITE at most; 0: NFS_BLOCK_MAX */
	int64_t stall_ms;    /* timeo × (retrans + 1); 0: neither was said */
	char note[NFS_NOTE]; /* what was read but is done otherwise ("version 4.0 is spoken…"), to be shown; or "" */
};

/*
 * Reads mount options as mount(8) takes them ("vers=4.1,proto=tcp,timeo=600"); TEXT may be NULL. Pure. Options that
 * only change caching, locking or names on the running system are passed over. -ENOTSUP, with the option's name and
 * the way out: only the kernel's client can do it (sec=krb5, rdma, xprtsec=tls, …); -EINVAL: no such option or a
 * bad value.
 */
int must_check nfs_options_parse(struct nfs_options *o, const char *text, struct err *e);

/* Whom to reach and how. The sink keeps a copy of all of it. */
struct nfs_target {
	const char *host;                    /* as it was written, without brackets: for messages */
	const struct sockaddr_storage *addr; /* tried in this order; their ports do not count */
	unsigned naddr;                      /* 0: HOST is an address itself; of many the first NFS_ADDRS count */
	const char *export;                  /* "/srv/dump": what is mounted */
	const char *dir;                     /* below it, made with its parents; "" or NULL: the export itself */
	bool fresh;                          /* DIR must be new: ".1", ".2", … is added until it is */
	struct nfs_options opt;
	uint32_t uid, gid;  /* whom the server takes us for, unless it squashes */
	int64_t connect_ms; /* until the directory is there, all addresses together; 0: 30 s */
	int64_t stall_ms;   /* without an answer, reconnecting meanwhile; 0: opt.stall_ms, else 120 s */
	uint32_t memory;    /* bytes for blocks; 0: 8 to 16 MiB, as memory is free; at least 4 blocks of 64 KiB */
};

/*
 * Connects, mounts, makes the directory. (*RET)->dir is "host:/export/dir". write() takes any offset, returns when the
 * bytes are in a block of the sink, and tells of the failure of an earlier block; commit() returns when the server
 * has said that everything is on stable storage, under the final name, and has the right length. One thread at a
 * time. -EACCES, -ENOENT, -EROFS, -ENOSPC: the server's word; -ETIMEDOUT, -ECONNREFUSED, -EHOSTUNREACH: not reached.
 * The caller frees with (*RET)->ops->free().
 */
int must_check sink_nfs_open(struct sink **ret, const struct nfs_target *to, struct err *e);

/*
 * The same as far as the mount, and the connection ends: whether the server takes this machine. -EPROTONOSUPPORT: it
 * speaks versions of NFS that are newer than 4.0 and no other.
 */
int must_check sink_nfs_try(const struct nfs_target *to, struct err *e);

#endif
