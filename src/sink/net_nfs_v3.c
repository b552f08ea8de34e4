/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: calls about an open file in NFS version 3.
 * Stability and write verifiers are passed on as the server gave them (RFC 1813, sections 3.3.7 and 3.3.21).
 */
#include "sink/net_nfs_link.h"

#include <errno.h>
#include <string.h>
#include <sys/time.h>

#include <nfsc/libnfs.h>
#include <nfsc/libnfs-raw.h>
#include <nfsc/libnfs-raw-nfs.h>

static struct rpc_context *rpc_of(const struct nfs_call *c)
{
	return nfs_get_rpc_context(c->link->nfs);
}

static nfs_fh3 file_of(const struct nfs_call *c)
{
	nfs_fh3 fh = { .data = { .data_len = c->link->handle_len, .data_val = (char *)c->link->handle } };

	return fh;
}

/* Notes how C ended; true: the server did it. */
static bool answered(struct nfs_call *c, int rpc_status, const void *res, uint32_t status)
{
	c->lost = rpc_status != RPC_STATUS_SUCCESS || !res;
	c->status = c->lost ? 0 : status;
	return !c->lost && c->status == NFS3_OK;
}

static void on_write(struct rpc_context *rpc, int status, void *data, void *arg)
{
	struct nfs_call *c = arg;
	const WRITE3res *res = data;

	(void)rpc;
	if (answered(c, status, res, status == RPC_STATUS_SUCCESS ? res->status : 0)) {
		const WRITE3resok *ok = &res->WRITE3res_u.resok;

		c->w.count = ok->count;
		c->w.stable = ok->committed != UNSTABLE;
		memcpy(c->w.verf, ok->verf, NFS_VERF_SIZE);
	}
	c->done(c);
}

static int write3(struct nfs_call *c, uint64_t off, const void *buf, uint32_t n)
{
	WRITE3args a = { .file = file_of(c), .offset = off, .count = n, .stable = UNSTABLE };

	a.data.data_len = n;
	a.data.data_val = (char *)buf;
	return rpc_nfs3_write_async(rpc_of(c), on_write, &a, c) ? -ENOMEM : 0;
}

static void on_read(struct rpc_context *rpc, int status, void *data, void *arg)
{
	struct nfs_call *c = arg;
	const READ3res *res = data;

	(void)rpc;
	if (answered(c, status, res, status == RPC_STATUS_SUCCESS ? res->status : 0)) {
		const READ3resok *ok = &res->READ3res_u.resok;

		c->w.count = ok->data.data_len < c->room ? ok->data.data_len : c->room;
		memcpy(c->to, ok->data.data_val, c->w.count);
	}
	c->done(c);
}

static int read3(struct nfs_call *c, uint64_t off)
{
	READ3args a = { .file = file_of(c), .offset = off, .count = c->room };

	return rpc_nfs3_read_async(rpc_of(c), on_read, &a, c) ? -ENOMEM : 0;
}

static void on_commit(struct rpc_context *rpc, int status, void *data, void *arg)
{
	struct nfs_call *c = arg;
	const COMMIT3res *res = data;

	(void)rpc;
	if (answered(c, status, res, status == RPC_STATUS_SUCCESS ? res->status : 0))
		memcpy(c->w.verf, res->COMMIT3res_u.resok.verf, NFS_VERF_SIZE);
	c->done(c);
}

/* Count 0: from the offset to the end of the file. */
static int commit3(struct nfs_call *c)
{
	COMMIT3args a = { .file = file_of(c) };

	return rpc_nfs3_commit_async(rpc_of(c), on_commit, &a, c) ? -ENOMEM : 0;
}

static void on_set(struct rpc_context *rpc, int status, void *data, void *arg)
{
	struct nfs_call *c = arg;
	const SETATTR3res *res = data;

	(void)rpc;
	(void)answered(c, status, res, status == RPC_STATUS_SUCCESS ? res->status : 0);
	c->done(c);
}

static int resize3(struct nfs_call *c, uint64_t size)
{
	SETATTR3args a;

	memset(&a, 0, sizeof(a));
	a.object = file_of(c);
	a.new_attributes.size.set_it = 1;
	a.new_attributes.size.set_size3_u.size = size;
	return rpc_nfs3_setattr_async(rpc_of(c), on_set, &a, c) ? -ENOMEM : 0;
}

static void on_get(struct rpc_context *rpc, int status, void *data, void *arg)
{
	struct nfs_call *c = arg;
	const GETATTR3res *res = data;

	(void)rpc;
	if (answered(c, status, res, status == RPC_STATUS_SUCCESS ? res->status : 0))
		c->size = res->GETATTR3res_u.resok.obj_attributes.size;
	c->done(c);
}

static int get_size3(struct nfs_call *c)
{
	GETATTR3args a = { .object = file_of(c) };

	return rpc_nfs3_getattr_async(rpc_of(c), on_get, &a, c) ? -ENOMEM : 0;
}

/* The library asked with FSINFO when it mounted. */
static int get_limit3(struct nfs_call *c)
{
	c->size = nfs_get_writemax(c->link->nfs);
	c->lost = false;
	c->status = 0;
	c->done(c);
	return 0;
}

const struct nfs_proto nfs_proto3 = {
	.write = write3,
	.read = read3,
	.commit = commit3,
	.set_size = resize3,
	.get_size = get_size3,
	.get_limit = get_limit3,
};
