/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: a conversation with an NFS server, versions 3 and 4.
 * The real sink over the real, patched library; the server answers well, damaged, in pieces, out of turn or not at all,
 * as the input says. Everything ends in time; a file that is called whole has had each of its bytes taken.
 * wrap: socket connect bind poll clock_gettime getrandom getservbyport
 */
#include "wire.h"
#include "nfs_peer.h"

#include "sink/net_nfs.h"

#include <stdio.h>

#define RECORD_MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

/* libnfs loses some hundred bytes of calls that are given up; the process ends after a capture. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static struct {
	uint8_t in[RECORD_MAX]; /* of the connection that is spoken over */
	size_t have;
	unsigned nr;    /* that connection */
	unsigned calls; /* in all */
	uint64_t size;
	bool made;
} server;

static void say_record(int p, const uint8_t *b, size_t n, bool last)
{
	uint32_t mark = htonl((uint32_t)n | (last ? 1u << 31 : 0));

	wire_say(p, &mark, 4);
	wire_say(p, b, n);
}

/* One answer, as the next bytes of the input say. False: the connection ends. */
static bool answer(int p, const uint8_t *call, size_t n)
{
	static struct reply r;
	uint8_t how = wire_byte();

	nfs_answer(&r, call, n, &server.size, &server.made);
	if (how >= 0xc0) { /* up to four damaged bytes */
		for (unsigned i = 0; i <= how % 4u; i++) {
			size_t at = (size_t)wire_byte() << 2 | (how >> 2 & 3);

			if (at < r.n)
				r.b[at] = wire_byte();
		}
	} else if (how >= 0xb0) { /* a word that is large */
		size_t at = (size_t)wire_byte() * 4;

		if (at + 4 <= r.n)
			memcpy(r.b + at, (uint32_t[]){ htonl(how & 1 ? 0x80000000u + wire_byte() : 0xffffffffu) }, 4);
	} else if (how >= 0xa0) { /* cut short */
		size_t len = wire_byte();

		r.n = len < r.n ? len : r.n;
	} else if (how >= 0x90) { /* the body from the input */
		r.n = 24;
		for (unsigned i = wire_byte(); i && r.n < REPLY_MAX; i--)
			r.b[r.n++] = wire_byte();
	} else if (how >= 0x88) { /* in pieces */
		size_t half = r.n / 2;

		say_record(p, r.b, half, false);
		say_record(p, r.b + half, r.n - half, true);
		return true;
	} else if (how >= 0x84) { /* twice */
		say_record(p, r.b, r.n, true);
	} else if (how >= 0x82) { /* not at all */
		return true;
	} else if (how >= 0x80) {
		return false;
	}
	say_record(p, r.b, r.n, true);
	return true;
}

static bool speak(int p, unsigned nr)
{
	ssize_t got;

	if (nr != server.nr) {
		server.nr = nr;
		server.have = 0;
	}
	while ((got = recv(p, server.in + server.have, RECORD_MAX - server.have, MSG_DONTWAIT)) > 0) {
		server.have += (size_t)got;
		for (;;) {
			uint32_t mark;
			size_t n;

			if (server.have < 4)
				break;
			memcpy(&mark, server.in, 4);
			n = ntohl(mark) & 0x7fffffff;
			if (n > RECORD_MAX - 4)
				return false;
			if (server.have < 4 + n)
				break;
			if (++server.calls > 400 || !answer(p, server.in + 4, n))
				return false;
			server.have -= 4 + n;
			memmove(server.in, server.in + 4 + n, server.have);
		}
	}
	return got != 0;
}

static void use(struct sink *s, uint8_t what)
{
	static uint8_t data[100000], back[5000];
	uint64_t space;
	int rc = s->ops->begin(s, "f-incomplete", "f", NULL);

	if (rc)
		return;
	if (what & 1)
		(void)!s->ops->empty(s, NULL);
	rc = s->ops->write(s, 0, data, what & 2 ? sizeof(data) : 3000, NULL);
	if (rc == 0 && what & 4)
		rc = s->ops->write(s, 70000, data, 10, NULL);
	if (rc == 0 && what & 8)
		rc = s->ops->extend(s, 200000, NULL);
	if (what & 16)
		(void)!s->ops->space(s, &space, NULL);
	rc = rc ? s->ops->abandon(s, NULL) : s->ops->commit(s, what & 8 ? 200000 : what & 4 ? 70010
											    : 3000,
							    NULL);
	if (rc == 0 && what & 32)
		(void)!s->ops->read(s, "f", 0, back, sizeof(back), NULL);
	if (what & 64)
		(void)!s->ops->remove(s, "f", NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	struct nfs_target to = { .host = "127.0.0.1", .export = "/srv/dump", .connect_ms = 20000, .stall_ms = 20000 };
	struct sink *s = NULL;
	uint8_t what, how;

	server.have = server.nr = server.calls = 0;
	server.size = 0;
	server.made = false;
	wire_start(d, n, speak);
	how = wire_byte();
	what = wire_byte();
	to.opt.vers = how & 1 ? 3 : how & 2 ? 4
					    : 0;
	to.opt.port = how & 4 ? 2049 : 0;
	to.opt.mountport = how & 4 ? 2049 : 0;
	to.dir = how & 8 ? "a/b" : "";
	to.fresh = how & 16;
	to.memory = 256 << 10;
	if (sink_nfs_open(&s, &to, NULL) == 0) {
		use(s, what);
		s->ops->free(s);
	}
	wire_stop();
	return 0;
}
