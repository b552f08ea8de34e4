/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: what an NFS server answers.
 * Just enough of RFC 1813, 1833 and 7530 for the calls of src/sink/net_nfs*.c to succeed; the harness then damages it.
 */
#ifndef TESTS_FUZZ_NFS_PEER_H
#define TESTS_FUZZ_NFS_PEER_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define REPLY_MAX 16384

struct reply {
	uint8_t b[REPLY_MAX];
	size_t n;
};

/* A call that is read. What lies behind its end reads as zero. */
struct call {
	const uint8_t *p;
	size_t n, at;
};

static inline void put(struct reply *r, uint32_t v)
{
	v = htonl(v);
	if (r->n + 4 > sizeof(r->b))
		return;
	memcpy(r->b + r->n, &v, 4);
	r->n += 4;
}

static inline void put_many(struct reply *r, unsigned n, uint32_t v)
{
	while (n--)
		put(r, v);
}

static inline void put64(struct reply *r, uint64_t v)
{
	put(r, (uint32_t)(v >> 32));
	put(r, (uint32_t)v);
}

static inline uint32_t get(struct call *c)
{
	uint32_t v = 0;

	if (c->at + 4 <= c->n)
		memcpy(&v, c->p + c->at, 4);
	c->at += 4;
	return ntohl(v);
}

static inline void skip(struct call *c, size_t n)
{
	c->at += (n + 3) & ~(size_t)3;
}

static inline void skip_text(struct call *c)
{
	skip(c, get(c));
}

static inline void put_handle(struct reply *r)
{
	put(r, 8);
	put64(r, 0x48414e444c453031);
}

/* ---- version 3 ---- */

static inline void put_attributes3(struct reply *r, uint64_t size)
{
	put(r, 1); /* a regular file; directories are never asked for their type before they are made */
	put(r, 0600);
	put_many(r, 3, 1);
	put64(r, size);
	put64(r, size);
	put_many(r, 2, 0);
	put64(r, 1);
	put64(r, 77);
	put_many(r, 6, 0);
}

static inline void answer_mount(struct reply *r, uint32_t proc)
{
	if (proc != 1)
		return;
	put(r, 0);
	put_handle(r);
	put(r, 1);
	put(r, 1);
}

static inline void read3(struct reply *r, struct call *c)
{
	uint32_t count;

	skip_text(c);
	c->at += 8;
	count = get(c);
	count = count < 4096 ? count : 4096;
	put_many(r, 2, 0);
	put(r, count);
	put(r, 1);
	put(r, count);
	put_many(r, (count + 3) / 4, 0x64617461);
}

static inline void write3(struct reply *r, struct call *c, uint64_t *size)
{
	uint64_t off;
	uint32_t count;

	skip_text(c);
	off = (uint64_t)get(c) << 32;
	off |= get(c);
	count = get(c);
	if (off + count > *size)
		*size = off + count;
	put(r, 0);
	put_many(r, 2, 0);
	put(r, count);
	put(r, 0);
	put64(r, 1);
}

/* SIZE is that of the file, MADE whether it exists. */
static inline void answer3(struct reply *r, struct call *c, uint32_t proc, uint64_t *size, bool *made)
{
	switch (proc) {
	case 0: return;
	case 1: /* GETATTR */
		put(r, 0);
		put_attributes3(r, *size);
		return;
	case 2: /* SETATTR */
		skip_text(c);
		c->at += 4;
		if (c->p && get(c) == 0 && get(c) == 0)
			(void)get(c);
		put(r, 0);
		put_many(r, 2, 0);
		return;
	case 3: /* LOOKUP */
		put(r, *made ? 0 : 2);
		if (*made)
			put_handle(r);
		put_many(r, 2, 0);
		return;
	case 4: /* ACCESS */
		put(r, 0);
		put(r, 0);
		put(r, 63);
		return;
	case 6: read3(r, c); return;
	case 7: write3(r, c, size); return;
	case 8: /* CREATE */
	case 9:
		*made = *made || proc == 8;
		put(r, 0);
		put(r, 1);
		put_handle(r);
		put_many(r, 3, 0);
		return;
	case 18: /* FSSTAT */
		put_many(r, 2, 0);
		put_many(r, 12, 1 << 16);
		put(r, 0);
		return;
	case 19: /* FSINFO */
		put_many(r, 2, 0);
		put_many(r, 7, 65536);
		put64(r, 1ull << 40);
		put_many(r, 2, 1);
		put(r, 0x1b);
		return;
	case 20: /* PATHCONF */
		put_many(r, 2, 0);
		put_many(r, 6, 255);
		return;
	case 21: /* COMMIT */
		put(r, 0);
		put_many(r, 2, 0);
		put64(r, 1);
		return;
	default: put_many(r, 12, 0);
	}
}

/* ---- version 4 ---- */

static const uint8_t attr_size[64] = {
	[1] = 4,
	[4] = 8,
	[8] = 16,
	[20] = 8,
	[21] = 8,
	[22] = 8,
	[23] = 8,
	[29] = 4,
	[30] = 8,
	[31] = 8,
	[33] = 4,
	[35] = 4,
	[36] = 8,
	[37] = 8,
	[42] = 8,
	[43] = 8,
	[44] = 8,
	[45] = 8,
	[47] = 12,
	[52] = 12,
	[53] = 12,
};

static inline void attributes4(struct reply *r, struct call *c, uint64_t size)
{
	uint32_t words = get(c), mask[2] = { 0 };
	size_t len, at;

	for (uint32_t i = 0; i < words && i < 8; i++) {
		uint32_t v = get(c);

		if (i < 2)
			mask[i] = v;
	}
	put(r, 2);
	put(r, mask[0]);
	put(r, mask[1]);
	len = r->n;
	put(r, 0);
	at = r->n;
	for (unsigned i = 0; i < 64; i++) {
		if (!(mask[i / 32] & 1u << (i % 32)))
			continue;
		if (i == 1)
			put(r, 1);
		else if (i == 4)
			put64(r, size);
		else if (i == 31)
			put64(r, 65536);
		else if (i == 36 || i == 37)
			put(r, 1), put(r, 0x30000000);
		else
			put_many(r, attr_size[i] / 4, 3);
	}
	len = len < REPLY_MAX - 4 ? len : 0;
	memcpy(r->b + len, (uint32_t[]){ htonl((uint32_t)(r->n - at)) }, 4);
}

static inline void skip_fattr(struct call *c)
{
	skip(c, 4 * (size_t)get(c));
	skip_text(c);
}

static inline void open4(struct reply *r, struct call *c, bool *made)
{
	c->at += 12 + 8;
	skip_text(c);
	if (get(c)) {
		if (get(c) < 2)
			skip_fattr(c);
		else
			c->at += 8;
		*made = true;
	}
	if (get(c) == 0)
		skip_text(c);
	put_many(r, 4, 1); /* stateid */
	put_many(r, 5, 0);
	put(r, 2); /* to be confirmed */
	put_many(r, 2, 0);
}

static inline void read4(struct reply *r, struct call *c)
{
	uint32_t count;

	c->at += 24;
	count = get(c) & 4095;
	put(r, 1);
	put(r, count);
	put_many(r, (count + 3) / 4, 0x64617461);
}

static inline void client4(struct reply *r, struct call *c)
{
	c->at += 8;
	skip_text(c);
	c->at += 4;
	skip_text(c);
	skip_text(c);
	c->at += 4;
	put64(r, 1);
	put64(r, 2);
}

static inline void write4(struct reply *r, struct call *c, uint64_t *size)
{
	uint64_t off;
	uint32_t count;

	c->at += 16;
	off = (uint64_t)get(c) << 32;
	off |= get(c);
	c->at += 4;
	count = get(c);
	skip(c, count);
	if (off + count > *size)
		*size = off + count;
	put(r, count);
	put(r, 0);
	put64(r, 1);
}

/* Arguments and result of operation OP; false: an operation that is not known here. */
static inline bool operation4(struct reply *r, struct call *c, uint32_t op, uint64_t *size, bool *made)
{
	put(r, op);
	if (op == 15 || op == 28 || op == 29) { /* LOOKUP, REMOVE, RENAME */
		skip_text(c);
		if (op == 29)
			skip_text(c);
		put(r, op == 15 && !*made && c->at > 120 ? 2 : 0);
		if (op != 15)
			put_many(r, op == 28 ? 5 : 10, 0);
		return true;
	}
	put(r, 0);
	switch (op) {
	case 3:
		c->at += 4;
		put_many(r, 2, 63);
		return true;
	case 4:
		c->at += 20;
		put_many(r, 4, 1);
		return true;
	case 5:
		c->at += 12;
		put64(r, 1);
		return true;
	case 6:
		(void)get(c);
		skip_text(c);
		skip_fattr(c);
		put_many(r, 5, 0);
		put(r, 0);
		return true;
	case 9: attributes4(r, c, *size); return true;
	case 10: put_handle(r); return true;
	case 18: open4(r, c, made); return true;
	case 20:
		c->at += 20;
		put_many(r, 4, 1);
		return true;
	case 22: skip_text(c); return true;
	case 24:
	case 31:
	case 32: return true;
	case 25: read4(r, c); return true;
	case 27:
		put(r, 4);
		put(r, 0x612f6200);
		return true;
	case 34:
		c->at += 16;
		skip_fattr(c);
		put(r, 0);
		return true;
	case 35: client4(r, c); return true;
	case 36: c->at += 16; return true;
	case 38: write4(r, c, size); return true;
	default: return false;
	}
}

static inline void answer4(struct reply *r, struct call *c, uint64_t *size, bool *made)
{
	uint32_t n, done = 0, status = 0;
	size_t at = r->n;

	skip_text(c);
	c->at += 4;
	n = get(c);
	put(r, 0);
	put(r, 0);
	put(r, 0);
	while (done < n && done < 16 && status == 0) {
		size_t from = r->n;

		done++;
		if (!operation4(r, c, get(c), size, made))
			break;
		memcpy(&status, r->b + from + 4, 4);
	}
	memcpy(r->b + at, &status, 4);
	memcpy(r->b + at + 8, (uint32_t[]){ htonl(done) }, 4);
}

/* The answer to the record of N bytes at P, without its mark. */
static inline void nfs_answer(struct reply *r, const uint8_t *p, size_t n, uint64_t *size, bool *made)
{
	struct call c = { p, n, 0 };
	uint32_t xid = get(&c), program, vers, proc;

	c.at = 12;
	program = get(&c);
	vers = get(&c);
	proc = get(&c);
	for (unsigned i = 0; i < 2; i++) { /* who asks, and nothing */
		c.at += 4;
		skip_text(&c);
	}
	r->n = 0;
	put(r, xid);
	put(r, 1);
	put_many(r, 4, 0);
	if (proc == 0)
		return;
	if (program == 100000)
		put(r, 2049);
	else if (program == 100005)
		answer_mount(r, proc);
	else if (vers == 3)
		answer3(r, &c, proc, size, made);
	else
		answer4(r, &c, size, made);
}

#endif
