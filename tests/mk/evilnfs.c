/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mk: an NFS server that wants its client to fall.
 * Answers as a server would until it comes to the call that FAULT is about; that answer is the fault.
 *
 *	evilnfs PORT FAULT      on 127.0.0.1; runs until it is killed
 *	version 3    mnt lookup create: a handle of 2^31 + 64 bytes; auth: a verifier of as many; call: answers that are
 *	             calls, with credentials; fragments: a record without end; flood: answers to what was never
 *	             asked, without end
 *	version 4    empty: no result of SETCLIENTID; owner: an owner of 2^31 + 16 bytes; owners: two owners that fill
 *	             the attributes; results: 262,000 results of which none is there; links: a symbolic link behind
 *	             every link; parts: a link at the twentieth part of a path of two
 *	both         port: a port mapper that names port 4294901778
 */
#include "peer.h"

#include <stdlib.h>

#define BIG  (1u << 31)
#define ROOM ((size_t)2 << 20)

enum { PMAP = 100000,
       NFS = 100003,
       MOUNT = 100005 };
enum { OP_ACCESS = 3,
       OP_GETATTR = 9,
       OP_GETFH = 10,
       OP_LOOKUP = 15,
       OP_OPEN = 18,
       OP_PUTFH = 22,
       OP_PUTROOTFH = 24,
       OP_READLINK = 27,
       OP_SETCLIENTID = 35,
       OP_SETCLIENTID_CONFIRM = 36 };
enum { SYMLINK_MET = 10029 };

static const char *fault;
static unsigned char out[ROOM];
static size_t have;

static bool is(const char *name)
{
	return strcmp(fault, name) == 0;
}

static void put(uint32_t v)
{
	peer_put(out + have, v);
	have += 4;
}

static void put64(uint64_t v)
{
	put((uint32_t)(v >> 32));
	put((uint32_t)v);
}

static void put_some(unsigned n, uint32_t v)
{
	while (n--)
		put(v);
}

/* A handle of eight bytes; with EVIL one that says to be longer than anything. */
static void put_handle(bool evil)
{
	put(evil ? BIG + 64 : 8);
	put_some(evil ? 16 : 2, 0x41414141);
}

/* ---- version 3 ---- */

static void attributes3(void)
{
	put(2);
	put(0755);
	put(2);
	put_some(2, 0);
	put64(4096);
	put64(4096);
	put_some(2, 0);
	put64(1);
	put64(1);
	put_some(6, 0);
}

static void fsinfo(void)
{
	put_some(2, 0);
	for (unsigned i = 0; i < 6; i++)
		put(65536);
	put(65536);
	put64(1ull << 40);
	put_some(2, 1);
	put(0x1b);
}

static void answer3(uint32_t proc)
{
	switch (proc) {
	case 1:
		put(0);
		attributes3();
		break;
	case 3:
		put(is("lookup") ? 0 : 2);
		if (is("lookup"))
			put_handle(true);
		put_some(2, 0);
		break;
	case 8:
	case 9:
		put(0);
		put(1);
		put_handle(is("create"));
		put_some(3, 0);
		break;
	case 18:
		put_some(2, 0);
		put_some(12, 1u << 16);
		put(0);
		break;
	case 19: fsinfo(); break;
	case 20:
		put_some(2, 0);
		put_some(6, 255);
		break;
	default: put_some(8, 0);
	}
}

static void answer_mount(uint32_t proc)
{
	if (proc != 1)
		return;
	put(0);
	put_handle(is("mnt"));
	put_some(2, 1);
}

/* ---- version 4 ---- */

static void attributes4(void)
{
	size_t at, len;

	put(2);
	put(0x0010011a);
	put(0x00b0a03a);
	at = have;
	put(0);
	len = have;
	put(is("links") ? 5 : 2);
	put64(4096);
	put64(1);
	put(0755);
	put(2);
	if (is("owner")) {
		put(BIG + 16);
		put_some(8, 0x30303030);
	} else if (is("owners")) {
		put(200);
		put_some(50, 0x30303030);
		put(200);
		put_some(50, 0x30303030);
	} else {
		put(1);
		put(0x30000000);
		put(1);
		put(0x30000000);
		put64(4096);
		put_some(9, 0);
	}
	len = have - len;
	have -= have - at;
	put((uint32_t)len);
	have += len;
}

/* Steps over the arguments of operation OP at P; NULL: one whose arguments are not known. */
static const unsigned char *skip_args(uint32_t op, const unsigned char *p)
{
	switch (op) {
	case OP_GETFH:
	case OP_PUTROOTFH:
	case OP_READLINK: return p;
	case OP_ACCESS: return p + 4;
	case OP_GETATTR: return p + 4 + 4 * (size_t)peer_word(p);
	case OP_PUTFH:
	case OP_LOOKUP: return p + 4 + ((peer_word(p) + 3) & ~3u);
	default: return NULL;
	}
}

static void result4(uint32_t op, uint32_t status)
{
	put(op);
	put(status);
	if (status)
		return;
	switch (op) {
	case OP_ACCESS: put_some(2, 63); break;
	case OP_GETATTR: attributes4(); break;
	case OP_GETFH: put_handle(false); break;
	case OP_READLINK:
		put(4);
		put(0x612f612f); /* "a/a/" */
		break;
	case OP_SETCLIENTID:
		put64(1);
		put64(2);
		break;
	default: break;
	}
}

static void answer4(const unsigned char *p, const unsigned char *end)
{
	uint32_t n, done = 0, op = peer_word(p + 12 + ((peer_word(p) + 3) & ~3u));
	size_t count;

	p += 4 + ((peer_word(p) + 3) & ~3u) + 4;
	n = peer_word(p);
	p += 4;
	put(0);
	put(0);
	count = have;
	put(0);
	if (is("results")) {
		have -= 4;
		put(262000);
		return;
	}
	if (is("empty") && op == OP_SETCLIENTID)
		return;
	while (p && p + 4 <= end && done < n) {
		op = peer_word(p);
		if (op == OP_OPEN)
			break;
		result4(op, 0);
		done++;
		p = skip_args(op, p + 4);
	}
	if (is("parts") && op == OP_GETFH && n > 2) {
		for (unsigned i = 0; i < 20; i++, done++)
			result4(OP_LOOKUP, 0);
		result4(OP_LOOKUP, SYMLINK_MET);
		done++;
		peer_put(out + count - 8, SYMLINK_MET);
	}
	peer_put(out + count, done);
}

/* ---- records ---- */

static bool send_record(int fd, const void *buf, size_t n, bool last)
{
	uint32_t mark = htonl((uint32_t)n | (last ? 1u << 31 : 0));

	return peer_send(fd, &mark, 4) && peer_send(fd, buf, n);
}

static void without_end(int fd)
{
	unsigned char first = out[0];

	/* never the transaction that is waited for */
	for (unsigned i = 0;; i++) {
		out[0] = (unsigned char)(first ^ (1 + i % 255));
		if (!send_record(fd, out, is("flood") ? 64 : 65536, is("flood")))
			return;
	}
}

static bool recv_all(int fd, void *buf, size_t n)
{
	return recv(fd, buf, n, MSG_WAITALL) == (ssize_t)n;
}

static void answer(const unsigned char *call, size_t n)
{
	uint32_t program = peer_word(call + 12), vers = peer_word(call + 16), proc = peer_word(call + 20);
	const unsigned char *args = call + 24;

	for (unsigned i = 0; i < 2; i++) /* who asks, and nothing */
		args += 8 + ((peer_word(args + 4) + 3) & ~3u);
	have = 0;
	put(peer_word(call));
	put(!is("call"));
	if (is("call")) {
		put_some(4, 0);
		for (unsigned i = 0; i < 2; i++) {
			put(0);
			put(300);
			put_some(75, 0x41414141);
		}
		return;
	}
	put_some(2, 0);
	put(is("auth") ? BIG + 64 : 0);
	put(0);
	if (proc == 0)
		return;
	if (program == PMAP)
		put(is("port") ? 0xffff0802 : 2049);
	else if (program == MOUNT)
		answer_mount(proc);
	else if (program == NFS && vers == 3)
		answer3(proc);
	else if (program == NFS)
		answer4(args, call + n);
}

static void serve(int fd, const char *name)
{
	static unsigned char call[ROOM];
	uint32_t n;

	fault = name;
	while (recv_all(fd, &n, 4)) {
		n = ntohl(n) & 0x7fffffff;
		if (n < 40 || n > sizeof(call) || !recv_all(fd, call, n))
			break;
		answer(call, n);
		if ((is("fragments") || is("flood")) && peer_word(call + 20))
			without_end(fd);
		if (!send_record(fd, out, have, true))
			break;
	}
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: evilnfs PORT FAULT\n");
		return 2;
	}
	return peer_serve("evilnfs", (uint16_t)atoi(argv[1]), serve, argv[2]);
}
