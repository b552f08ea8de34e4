/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit tests: mount options of NFS, and the ring of blocks against a server made of two arrays: what it
 * has on stable storage, and what it would forget.
 */
#include "check.h"

#include "base/str.h"
#include "sink/net_nfs.h"
#include "sink/net_nfs_link.h"
#include "sink/net_nfs_ring.h"

#include <errno.h>
#include <stdlib.h>

/* ---- options ---- */

static int parse(const char *text, struct nfs_options *o, struct err *e)
{
	memset(e, 0, sizeof(*e));
	return nfs_options_parse(o, text, e);
}

static void test_options(void)
{
	static const char *const modern[] = { "vers=4.2", "nfsvers=4.2", "v4.2", "minorversion=2" };
	struct nfs_options o = { .vers = 9 };
	struct err e;

	CHECK_INT(parse(NULL, &o, &e), 0);
	CHECK_INT(o.vers, 0);
	CHECK_INT(o.stall_ms, 0);
	CHECK_INT(parse("rw,,vers=3,proto=tcp,port=2050,mountport=4002", &o, &e), 0);
	CHECK_INT(o.vers, 3);
	CHECK_INT(o.port, 2050);
	CHECK_INT(o.mountport, 4002);
	CHECK_STR(o.note, "");
	CHECK_INT(parse("wsize=65536,hard,nolock,_netdev,x-systemd.automount", &o, &e), 0);
	CHECK_INT(o.wsize, 65536);
	CHECK_INT(parse("timeo=100,retrans=4", &o, &e), 0);
	CHECK_INT(o.stall_ms, 50000);
	CHECK_INT(parse("retrans=0", &o, &e), 0);
	CHECK_INT(o.stall_ms, 60000);
	CHECK_INT(parse("wsize=4194304,sec=krb5:sys", &o, &e), 0);
	CHECK_INT(o.wsize, NFS_BLOCK_MAX);
	CHECK_INT(parse("mountproto=udp,vers=3", &o, &e), 0);
	for (unsigned i = 0; i < ARRAY_LEN(modern); i++) {
		CHECK_INT(parse(modern[i], &o, &e), 0);
		CHECK_INT(o.vers, 4);
		CHECK_STR(o.note, "NFS 4.2 was asked for, 4.0 is spoken");
	}
	CHECK_INT(parse("vers=4,vers=4.0", &o, &e), 0);
	CHECK_STR(o.note, "");
}

/* What cannot be obeyed is named; what went before stays untouched. */
static void test_refused(void)
{
	static const struct {
		const char *text;
		int rc;
		const char *says;
	} bad[] = {
		{ "rw,sec=krb5p", -ENOTSUP, "mount option sec=krb5p: only the kernel's NFS client" },
		{ "xprtsec=tls", -ENOTSUP, "mount option xprtsec=tls: only the kernel's" },
		{ "rdma,port=20049", -ENOTSUP, "mount option rdma: only the kernel's" },
		{ "proto=rdma", -ENOTSUP, "--with-kernel-nfs" },
		{ "proto=udp", -ENOTSUP, "mount option proto=udp" },
		{ "udp", -ENOTSUP, "mount option udp" },
		{ "vers=2", -ENOTSUP, "NFS version 2 is gone" },
		{ "vers=5", -EINVAL, "'5' is no value" },
		{ "vers=4.3", -EINVAL, "no value" },
		{ "vers=4.11", -EINVAL, "no value" },
		{ "vers", -EINVAL, "no value" },
		{ "sec=", -EINVAL, "no value" },
		{ "sec=sysx", -ENOTSUP, "sec=sysx" },
		{ "port=65536", -EINVAL, "mount option port: '65536'" },
		{ "port=-1", -EINVAL, "mount option port" },
		{ "wsize=0", -EINVAL, "wsize" },
		{ "timeo=x", -EINVAL, "timeo" },
		{ "ro", -EINVAL, "nothing could be written" },
		{ "vers3", -EINVAL, "mount option vers3: NFS has no such option" },
		{ "softx", -EINVAL, "softx" },
	};
	struct nfs_options o = { .vers = 9 };
	struct err e;

	for (unsigned i = 0; i < ARRAY_LEN(bad); i++) {
		CHECK_INT(parse(bad[i].text, &o, &e), bad[i].rc);
		CHECK(strstr(e.text, bad[i].says));
		CHECK_INT(o.vers, 9);
	}
	char big[300] = "rw,";

	memset(big + 3, 'a', sizeof(big) - 4);
	CHECK_INT(parse(big, &o, &e), -EINVAL);
}

/* ---- the ring ---- */

#define FILE_SIZE 65536
#define BLOCK     1024

struct server {
	char stable[FILE_SIZE], volatile_[FILE_SIZE];
	uint8_t verf[NFS_VERF_SIZE];
	unsigned short_every, stable_every, restart_every, lose_every;
	unsigned calls;
	bool busy[NFS_BLOCKS]; /* a WRITE of that block waits for its answer */
	bool commit;
};

static unsigned rnd(unsigned n)
{
	static uint32_t x = 12345;

	x = x * 1664525 + 1013904223;
	return (x >> 8) % n;
}

static bool now_and_then(unsigned every)
{
	return every && rnd(every) == 0;
}

static void restart(struct server *s)
{
	s->verf[0]++;
	memcpy(s->volatile_, s->stable, FILE_SIZE);
}

/* Does the WRITE of B, or a part of it. */
static void serve_write(struct server *s, struct nfs_ring *r, struct nfs_block *b)
{
	struct nfs_written w = { .count = b->len - b->done };

	if (now_and_then(s->lose_every)) {
		nfs_ring_unsent(r, b, false);
		return;
	}
	if (now_and_then(s->short_every) && w.count > 1)
		w.count = 1 + rnd(w.count - 1);
	w.stable = now_and_then(s->stable_every);
	memcpy(w.verf, s->verf, NFS_VERF_SIZE);
	memcpy(s->volatile_ + b->off + b->done, b->data + b->done, w.count);
	if (w.stable)
		memcpy(s->stable + b->off + b->done, b->data + b->done, w.count);
	CHECK_INT(nfs_ring_written(r, b, &w), 0);
}

static void serve_commit(struct server *s, struct nfs_ring *r)
{
	s->commit = false;
	if (now_and_then(s->lose_every)) {
		nfs_ring_committed(r, NULL);
		return;
	}
	memcpy(s->stable, s->volatile_, FILE_SIZE);
	nfs_ring_committed(r, s->verf);
}

/* Sends what may be sent; then one of the calls under way is answered, in any order. */
static void serve(struct server *s, struct nfs_ring *r)
{
	struct nfs_block *b;
	unsigned i;

	while ((b = nfs_ring_next(r))) {
		nfs_ring_sent(r, b);
		s->busy[b - r->block] = true;
	}
	CHECK(r->flying <= r->depth);
	if (nfs_ring_wants_commit(r)) {
		nfs_ring_commit(r);
		s->commit = true;
	}
	if (now_and_then(s->restart_every))
		restart(s);
	if (s->commit && rnd(3) == 0) {
		serve_commit(s, r);
		return;
	}
	for (unsigned k = 0; k < r->n; k++) {
		i = (k + rnd(r->n)) % r->n;
		if (s->busy[i]) {
			s->busy[i] = false;
			serve_write(s, r, &r->block[i]);
			return;
		}
	}
	if (s->commit)
		serve_commit(s, r);
}

static void drain(struct server *s, struct nfs_ring *r, bool flush)
{
	unsigned turns = 0;

	r->flush = flush;
	while ((flush ? !nfs_ring_empty(r) : !nfs_ring_takes(r)) && turns++ < 100000)
		serve(s, r);
	r->flush = false;
	CHECK(turns < 100000);
}

static void put(struct server *s, struct nfs_ring *r, uint64_t off, const char *buf, size_t n)
{
	if (nfs_ring_meets(r, off, n))
		drain(s, r, true);
	while (n) {
		size_t took = nfs_ring_put(r, off, buf, n);

		off += took;
		buf += took;
		n -= took;
		if (n)
			drain(s, r, false);
	}
	serve(s, r);
}

/* Writes anywhere, with a table that grows beside the data; nothing may be missing at the end, restart or not. */
static void play(struct server *s, unsigned blocks)
{
	static char want[FILE_SIZE], buf[4 * BLOCK];
	uint64_t data = FILE_SIZE / 4, table = BLOCK / 2;
	struct nfs_ring r;

	memset(want, 0, sizeof(want));
	CHECK_INT(nfs_ring_init(&r, blocks, BLOCK, (blocks + 1) / 2, NULL), 0);
	for (unsigned i = 0; i < 300; i++) {
		size_t n = 1 + rnd(i % 10 ? BLOCK : sizeof(buf));
		uint64_t off = i % 3 == 0 ? table : i % 7 == 0 ? rnd(FILE_SIZE / 4)
							       : data;

		n = i % 3 == 0 ? 24 : n;
		if (off + n > FILE_SIZE)
			break;
		for (size_t k = 0; k < n; k++)
			buf[k] = (char)rnd(256);
		memcpy(want + off, buf, n);
		put(s, &r, off, buf, n);
		table += off == table ? n : 0;
		data += off == data ? n : 0;
		CHECK(nfs_ring_owed(&r) <= (uint64_t)blocks * BLOCK);
	}
	drain(s, &r, true);
	CHECK_INT(nfs_ring_owed(&r), 0);
	CHECK(memcmp(s->stable, want, FILE_SIZE) == 0);
	nfs_ring_free(&r);
}

static void test_ring(void)
{
	static struct server s;

	for (unsigned blocks = 4; blocks <= NFS_BLOCKS; blocks += 3)
		for (unsigned kind = 0; kind < 32; kind++) {
			memset(&s, 0, sizeof(s));
			s.short_every = kind & 1 ? 3 : 0;
			s.stable_every = kind & 2 ? 3 : 0;
			s.restart_every = kind & 4 ? 20 : 0;
			s.lose_every = kind & 8 ? 5 : 0;
			s.restart_every = kind & 16 ? 4 : s.restart_every;
			play(&s, blocks);
		}
}

/* A WRITE that takes nothing, or more than there was, is an error and no endless loop. */
static void test_nonsense(void)
{
	struct nfs_written w = { .count = 0 };
	struct nfs_block *b;
	struct nfs_ring r;
	char buf[BLOCK] = { 1 };

	CHECK_INT(nfs_ring_init(&r, 4, BLOCK, 2, NULL), 0);
	CHECK_INT(nfs_ring_put(&r, 0, buf, BLOCK), BLOCK);
	b = nfs_ring_next(&r);
	CHECK(b && b->len == BLOCK);
	nfs_ring_sent(&r, b);
	CHECK_INT(nfs_ring_written(&r, b, &w), -EIO);
	CHECK(nfs_ring_empty(&r));
	CHECK_INT(nfs_ring_put(&r, 0, buf, BLOCK), BLOCK);
	b = nfs_ring_next(&r);
	nfs_ring_sent(&r, b);
	w.count = BLOCK + 1;
	CHECK_INT(nfs_ring_written(&r, b, &w), -EPROTO);
	CHECK(nfs_ring_empty(&r));
	CHECK_INT(r.flying, 0);
	nfs_ring_free(&r);
}

/* An offset near the end of what 64 bits can count, and bytes that are given twice. */
static void test_places(void)
{
	struct nfs_block *b;
	struct nfs_ring r;
	char buf[64] = "twice";

	CHECK_INT(nfs_ring_init(&r, 4, BLOCK, 2, NULL), 0);
	CHECK_INT(nfs_ring_put(&r, UINT64_MAX - BLOCK + 1 - 32, buf, 64), 64);
	CHECK(nfs_ring_meets(&r, UINT64_MAX - BLOCK, 8));
	nfs_ring_clear(&r);
	CHECK_INT(nfs_ring_put(&r, 100, buf, 64), 64);
	CHECK(!nfs_ring_meets(&r, 120, 10));
	CHECK_INT(nfs_ring_put(&r, 120, "X", 1), 1);
	CHECK_INT(nfs_ring_owed(&r), 64);
	CHECK(nfs_ring_meets(&r, 90, 20));
	CHECK(nfs_ring_meets(&r, 160, 20));
	CHECK(!nfs_ring_meets(&r, 164, 20));
	r.flush = true;
	b = nfs_ring_next(&r);
	CHECK(b && b->off == 100 && b->len == 64 && strcmp(b->data, "twice") == 0);
	CHECK(b && b->data[20] == 'X');
	nfs_ring_free(&r);
}

static void test_status(void)
{
	CHECK_INT(nfs_link_errno(28), -ENOSPC);
	CHECK_INT(nfs_link_errno(69), -EDQUOT);
	CHECK_INT(nfs_link_errno(70), -ESTALE);
	CHECK_INT(nfs_link_errno(10008), -EAGAIN);
	CHECK_INT(nfs_link_errno(10013), -EAGAIN);
	CHECK_INT(nfs_link_errno(10025), -EIO);
	CHECK_INT(nfs_link_errno(0xffffffff), -EIO);
}

/* Names are not looked up, exports are absolute, and nobody waits for a closed port. */
static void test_open(void)
{
	struct nfs_target to = { .host = "server.example", .export = "/srv/dump", .connect_ms = 5000 };
	struct sink *out = NULL;
	struct err e = { 0 };

	CHECK_INT(sink_nfs_open(&out, &to, &e), -EADDRNOTAVAIL);
	CHECK(strstr(e.text, "server.example is no address"));
	to.host = "127.0.0.1";
	to.export = "dump";
	CHECK_INT(sink_nfs_open(&out, &to, &e), -EINVAL);
	to.export = "/srv/dump";
	to.opt.vers = 3;
	to.opt.mountport = 1;
	CHECK_INT(sink_nfs_open(&out, &to, &e), -ECONNREFUSED);
	CHECK_STR(e.text, "nfs 127.0.0.1:/srv/dump: NFS version 3: connect: Connection refused");
	CHECK(out == NULL);
}

int main(void)
{
	test_options();
	test_refused();
	test_ring();
	test_nonsense();
	test_places();
	test_status();
	test_open();
	return check_done();
}
