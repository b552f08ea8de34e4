/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: calls about an open file in NFS version 4.0.
 * Data goes with the anonymous state id (RFC 7530, section 9.1.4.3), so that no lease can run out while pages are
 * being judged, and nothing has to be reclaimed when the server restarts.
 */
#include "sink/net_nfs_link.h"

#include <errno.h>
#include <string.h>
#include <sys/time.h>

#include <nfsc/libnfs.h>
#include <nfsc/libnfs-raw.h>
#include <nfsc/libnfs-raw-nfs4.h>

#define OPS 2 /* PUTFH and what it is for */

/* Sends OP about the open file, or about the root when none is open. DATA bytes of it are data. */
static int send_op(struct nfs_call *c, rpc_cb cb, const nfs_argop4 *op, uint32_t data)
{
	struct rpc_context *rpc = nfs_get_rpc_context(c->link->nfs);
	COMPOUND4args a;
	nfs_argop4 ops[OPS];
	int rc;

	memset(&a, 0, sizeof(a));
	memset(ops, 0, sizeof(ops));
	ops[0].argop = c->link->handle_len ? OP_PUTFH : OP_PUTROOTFH;
	ops[0].nfs_argop4_u.opputfh.object.nfs_fh4_len = c->link->handle_len;
	ops[0].nfs_argop4_u.opputfh.object.nfs_fh4_val = (char *)c->link->handle;
	ops[1] = *op;
	a.argarray.argarray_len = OPS;
	a.argarray.argarray_val = ops;
#ifdef LIBNFS_FEATURE_MULTITHREADING /* libnfs 5: room for data has to be asked for */
	rc = rpc_nfs4_compound_async2(rpc, cb, &a, c, data);
#else
	(void)data;
	rc = rpc_nfs4_compound_async(rpc, cb, &a, c);
#endif
	return rc ? -ENOMEM : 0;
}

/* Notes how C ended; gives the result of the operation OP when the server did it. */
static const nfs_resop4 *answered(struct nfs_call *c, int rpc_status, const void *data, nfs_opnum4 op)
{
	const COMPOUND4res *res = data;

	c->lost = rpc_status != RPC_STATUS_SUCCESS || !res;
	c->status = 0;
	if (c->lost)
		return NULL;
	c->status = res->status;
	if (c->status != NFS4_OK)
		return NULL;
	if (res->resarray.resarray_len == OPS && res->resarray.resarray_val[1].resop == op)
		return &res->resarray.resarray_val[1];
	c->status = NFS4ERR_SERVERFAULT;
	return NULL;
}

static void on_write(struct rpc_context *rpc, int status, void *data, void *arg)
{
	struct nfs_call *c = arg;
	const nfs_resop4 *r = answered(c, status, data, OP_WRITE);

	(void)rpc;
	if (r) {
		const WRITE4resok *ok = &r->nfs_resop4_u.opwrite.WRITE4res_u.resok4;

		c->w.count = ok->count;
		c->w.stable = ok->committed != UNSTABLE4;
		memcpy(c->w.verf, ok->writeverf, NFS_VERF_SIZE);
	}
	c->done(c);
}

static int write4(struct nfs_call *c, uint64_t off, const void *buf, uint32_t n)
{
	nfs_argop4 op;
	WRITE4args *a = &op.nfs_argop4_u.opwrite;

	memset(&op, 0, sizeof(op));
	op.argop = OP_WRITE;
	a->offset = off;
	a->stable = UNSTABLE4;
	a->data.data_len = n;
	a->data.data_val = (char *)buf;
	return send_op(c, on_write, &op, n);
}

static void on_read(struct rpc_context *rpc, int status, void *data, void *arg)
{
	struct nfs_call *c = arg;
	const nfs_resop4 *r = answered(c, status, data, OP_READ);

	(void)rpc;
	if (r) {
		const READ4resok *ok = &r->nfs_resop4_u.opread.READ4res_u.resok4;

		c->w.count = ok->data.data_len < c->room ? ok->data.data_len : c->room;
		memcpy(c->to, ok->data.data_val, c->w.count);
	}
	c->done(c);
}

static int read4(struct nfs_call *c, uint64_t off)
{
	nfs_argop4 op;

	memset(&op, 0, sizeof(op));
	op.argop = OP_READ;
	op.nfs_argop4_u.opread.offset = off;
	op.nfs_argop4_u.opread.count = c->room;
	return send_op(c, on_read, &op, 0);
}

static void on_commit(struct rpc_context *rpc, int status, void *data, void *arg)
{
	struct nfs_call *c = arg;
	const nfs_resop4 *r = answered(c, status, data, OP_COMMIT);

	(void)rpc;
	if (r)
		memcpy(c->w.verf, r->nfs_resop4_u.opcommit.COMMIT4res_u.resok4.writeverf, NFS_VERF_SIZE);
	c->done(c);
}

/* Count 0: from the offset to the end of the file. */
static int commit4(struct nfs_call *c)
{
	nfs_argop4 op;

	memset(&op, 0, sizeof(op));
	op.argop = OP_COMMIT;
	return send_op(c, on_commit, &op, 0);
}

static void on_set(struct rpc_context *rpc, int status, void *data, void *arg)
{
	struct nfs_call *c = arg;

	(void)rpc;
	(void)answered(c, status, data, OP_SETATTR);
	c->done(c);
}

/* XDR: the highest byte first. */
static void put_be64(uint64_t v, char to[8])
{
	for (unsigned i = 0; i < 8; i++)
		to[i] = (char)(v >> (56 - 8 * i));
}

static uint64_t get_be64(const char *from)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++)
		v = v << 8 | (uint8_t)from[i];
	return v;
}

static int resize4(struct nfs_call *c, uint64_t size)
{
	uint32_t mask = 1u << FATTR4_SIZE;
	char value[8];
	nfs_argop4 op;
	fattr4 *a = &op.nfs_argop4_u.opsetattr.obj_attributes;

	memset(&op, 0, sizeof(op));
	op.argop = OP_SETATTR;
	put_be64(size, value);
	a->attrmask.bitmap4_len = 1;
	a->attrmask.bitmap4_val = &mask;
	a->attr_vals.attrlist4_len = sizeof(value);
	a->attr_vals.attrlist4_val = value;
	return send_op(c, on_set, &op, 0);
}

/* One attribute of eight bytes, or none: then the size stays 0. */
static void on_get(struct rpc_context *rpc, int status, void *data, void *arg)
{
	struct nfs_call *c = arg;
	const nfs_resop4 *r = answered(c, status, data, OP_GETATTR);

	(void)rpc;
	c->size = 0;
	if (r) {
		const attrlist4 *v = &r->nfs_resop4_u.opgetattr.GETATTR4res_u.resok4.obj_attributes.attr_vals;

		if (v->attrlist4_len == 8)
			c->size = get_be64(v->attrlist4_val);
	}
	c->done(c);
}

static int get_attr(struct nfs_call *c, unsigned bit)
{
	uint32_t mask = 1u << bit;
	nfs_argop4 op;

	memset(&op, 0, sizeof(op));
	op.argop = OP_GETATTR;
	op.nfs_argop4_u.opgetattr.attr_request.bitmap4_len = 1;
	op.nfs_argop4_u.opgetattr.attr_request.bitmap4_val = &mask;
	return send_op(c, on_get, &op, 0);
}

static int get_size4(struct nfs_call *c)
{
	return get_attr(c, FATTR4_SIZE);
}

static int get_limit4(struct nfs_call *c)
{
	return get_attr(c, FATTR4_MAXWRITE);
}

const struct nfs_proto nfs_proto4 = {
	.write = write4,
	.read = read4,
	.commit = commit4,
	.set_size = resize4,
	.get_size = get_size4,
	.get_limit = get_limit4,
};
