/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: a conversation with an SFTP server, over several lanes and connections.
 * The real sink over sessions that the harness makes: it answers well, late, twice, under other numbers, with other
 * packets, or breaks the connection, as the input says. Everything ends; when the server never lied, a file that is
 * called whole has every byte that was written.
 * wrap: ssh_connect ssh_close ssh_channel_open ssh_channel_send ssh_push ssh_wait
 * wrap: ssh_channel_room ssh_channel_waiting ssh_channel_ended ssh_channel_peek
 * wrap: ssh_channel_drop clock_gettime poll memory_available
 */
#include "../mk/peer.h"

#include "sink/net_ssh.h"
#include "sink/net_ssh_client.h"

#include "input.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LANES     64
#define QUEUE     16384
#define LATE      64
#define FILE_ROOM ((size_t)7 << 20)
#define CALLS_MAX 4000

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

struct lane_end {
	uint8_t in[SFTP_WRITE_MAX + SFTP_REQUEST]; /* a request that has not come to its end */
	size_t have;
	uint8_t out[QUEUE]; /* answers that were not read */
	size_t nout;
};

static struct {
	const uint8_t *p;
	size_t n;
	int64_t now_us;
	unsigned calls;
	bool broken, lied, heard;
	struct lane_end *lane[LANES];
	unsigned nlane;
	uint32_t late[LATE]; /* numbers that were not answered yet */
	unsigned nlate;
	uint8_t *file;
	uint64_t size;
} server;

static uint8_t byte(void)
{
	return input_byte(&server.p, &server.n);
}

static void say(struct lane_end *l, const void *buf, size_t n)
{
	if (l->nout + n > QUEUE)
		return;
	memcpy(l->out + l->nout, buf, n);
	l->nout += n;
}

static void answer(struct lane_end *l, uint8_t type, uint32_t id, const uint32_t *v, unsigned n)
{
	uint8_t b[128];
	size_t len = peer_sftp_packet(b, type, id, v, n);

	say(l, b, len);
}

static void yes(struct lane_end *l, uint32_t id)
{
	answer(l, SFTP_STATUS, id, (uint32_t[]){ 0, 0, 0 }, 3);
}

/* The parts of a WRITE: handle, offset, length. */
static void store(const uint8_t *p, size_t n)
{
	size_t at = 9 + peer_word(p + 5);
	uint64_t off;
	uint32_t len;

	if (at + 12 > n)
		return;
	off = (uint64_t)peer_word(p + at) << 32 | peer_word(p + at + 4);
	len = peer_word(p + at + 8);
	if (at + 12 + len > n || off + len > FILE_ROOM)
		return;
	memcpy(server.file + off, p + at + 12, len);
	if (off + len > server.size)
		server.size = off + len;
}

static void answer_well(struct lane_end *l, const uint8_t *p, size_t n)
{
	uint32_t id = n >= 5 ? peer_word(p + 1) : 0;

	switch (p[0]) {
	case SFTP_INIT: answer(l, SFTP_VERSION, 3, NULL, 0); return;
	case SFTP_STAT:
	case SFTP_LSTAT: answer(l, SFTP_ATTRS, id, (uint32_t[]){ 4, 040755 }, 2); return;
	case SFTP_FSTAT:
		answer(l, SFTP_ATTRS, id, (uint32_t[]){ 1, (uint32_t)(server.size >> 32), (uint32_t)server.size }, 3);
		return;
	case SFTP_OPEN: answer(l, SFTP_HANDLE, id, (uint32_t[]){ 4, 0x68616e64 }, 2); return;
	case SFTP_READ: answer(l, SFTP_DATA, id, (uint32_t[]){ 8, 0x626f6f74, 0x626f6f74 }, 3); return;
	case SFTP_FSETSTAT:
		if (n >= 8)
			server.size = peer_word(p + n - 4);
		yes(l, id);
		return;
	case SFTP_WRITE: store(p, n); /* fallthrough */
	default: yes(l, id);
	}
}

/* One request of N bytes, as the next byte of the input says. */
static void request(struct lane_end *l, const uint8_t *p, size_t n)
{
	uint32_t id = n >= 5 ? peer_word(p + 1) : 0;
	uint8_t how = byte();

	if (++server.calls > CALLS_MAX)
		server.broken = true;
	if (how < 0xc0) {
		answer_well(l, p, n);
		return;
	}
	switch (how & 15) {
	case 0: /* later */
	case 1:
		if (p[0] == SFTP_WRITE)
			store(p, n);
		if (server.nlate < LATE)
			server.late[server.nlate++] = id;
		return;
	case 2: /* now those, the newest first */
	case 3:
		answer_well(l, p, n);
		while (server.nlate)
			yes(l, server.late[--server.nlate]);
		return;
	case 4: /* twice */
		answer_well(l, p, n);
		answer_well(l, p, n);
		return;
	case 5: /* what has not been asked yet */
		server.lied = true;
		yes(l, id + 1 + byte());
		return;
	case 6: /* no, for a reason */
		answer(l, SFTP_STATUS, id, (uint32_t[]){ byte() % 16u, 0, 0 }, 3);
		return;
	case 7: /* another kind of packet */
		server.lied = true;
		answer(l, byte(), id, (uint32_t[]){ byte(), byte(), byte() }, 3);
		return;
	case 8: /* bytes */
		server.lied = true;
		for (unsigned i = byte(); i; i--) {
			uint8_t b = byte();

			say(l, &b, 1);
		}
		return;
	case 9: server.broken = true; return;
	case 10: /* old ones, without what they asked for */
		server.lied = true;
		for (uint32_t i = 1; i <= 96 && i < id; i++)
			yes(l, id - i);
		return;
	case 11: server.now_us += (int64_t)byte() * 1000; /* fallthrough */
	default: answer_well(l, p, n);
	}
}

/* ---- in place of the session ---- */

int __wrap_ssh_connect(struct ssh *c, const struct ssh_target *to, struct err *e);
void __wrap_ssh_close(struct ssh *c);
int __wrap_ssh_channel_open(struct ssh_channel *ch, struct ssh *c, const char *kind, const char *what, struct err *e);
int __wrap_ssh_channel_send(struct ssh_channel *ch, const void *buf, size_t n, struct err *e);
int __wrap_ssh_push(struct ssh *c, struct err *e);
int __wrap_ssh_wait(struct ssh *c, const char *what, struct err *e);
size_t __wrap_ssh_channel_room(struct ssh_channel *ch);
bool __wrap_ssh_channel_waiting(struct ssh_channel *ch);
bool __wrap_ssh_channel_ended(struct ssh_channel *ch);
int __wrap_ssh_channel_peek(struct ssh_channel *ch, int id, void *buf, size_t n, size_t *got, struct err *e);
void __wrap_ssh_channel_drop(struct ssh_channel *ch);
int __wrap_clock_gettime(clockid_t c, struct timespec *t);
int __wrap_poll(struct pollfd *p, nfds_t n, int ms);
uint64_t __wrap_memory_available(void);

static struct lane_end *end_of(struct ssh_channel *ch)
{
	return (struct lane_end *)(void *)ch->ch;
}

static int gone(struct ssh *c, struct err *e)
{
	if (!server.broken)
		return 0;
	c->dead = true;
	return err_set(e, -ECONNRESET, "it broke");
}

int __wrap_ssh_connect(struct ssh *c, const struct ssh_target *to, struct err *e)
{
	*c = (struct ssh){ .fd = -1, .stall_ms = to->stall_ms };
	if (server.calls > CALLS_MAX || byte() >= 0xf0) {
		server.now_us += 1000000;
		return err_set(e, -ECONNREFUSED, "no server");
	}
	server.broken = false;
	server.nlate = 0;
	for (unsigned i = 0; i < server.nlane; i++)
		server.lane[i]->nout = 0;
	return 0;
}

void __wrap_ssh_close(struct ssh *c)
{
	(void)c;
}

int __wrap_ssh_channel_open(struct ssh_channel *ch, struct ssh *c, const char *kind, const char *what, struct err *e)
{
	struct lane_end *l;

	(void)kind;
	(void)what;
	*ch = (struct ssh_channel){ .ssh = c };
	if (gone(c, e))
		return -ECONNRESET;
	if (server.nlane == LANES || byte() >= 0xf0)
		return err_set(e, -EOPNOTSUPP, "refused");
	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	server.lane[server.nlane++] = l;
	ch->ch = (LIBSSH2_CHANNEL *)(void *)l;
	return 0;
}

int __wrap_ssh_channel_send(struct ssh_channel *ch, const void *buf, size_t n, struct err *e)
{
	struct lane_end *l = end_of(ch);
	const uint8_t *p = buf;

	if (gone(ch->ssh, e))
		return -ECONNRESET;
	while (n && !server.broken) {
		size_t part = sizeof(l->in) - l->have < n ? sizeof(l->in) - l->have : n;

		if (!part)
			abort(); /* a request longer than any may be */
		memcpy(l->in + l->have, p, part);
		l->have += part;
		p += part;
		n -= part;
		while (l->have >= 4 && l->have >= 4 + (size_t)peer_word(l->in)) {
			size_t len = peer_word(l->in);

			if (len)
				request(l, l->in + 4, len);
			l->have -= 4 + len;
			memmove(l->in, l->in + 4 + len, l->have);
			/* answers may be heard while more is sent */
			if (ch->hear && byte() >= 0xe0 && ch->hear(ch->arg, e))
				return -EPROTO;
		}
	}
	return gone(ch->ssh, e);
}

int __wrap_ssh_push(struct ssh *c, struct err *e)
{
	return gone(c, e);
}

int __wrap_ssh_wait(struct ssh *c, const char *what, struct err *e)
{
	server.now_us += 5000;
	if (gone(c, e))
		return -ECONNRESET;
	for (unsigned i = 0; i < server.nlane; i++) {
		/* of a channel that was forgotten: the session takes it off the wire */
		if (!server.heard)
			server.lane[i]->nout = 0;
		if (server.lane[i]->nout) {
			server.heard = false;
			return 0;
		}
	}
	server.heard = true;
	/* what was put off, unless it is never answered */
	if (server.nlate && server.nlane && byte() < 0xf0) {
		while (server.nlate)
			yes(server.lane[byte() % server.nlane], server.late[--server.nlate]);
		return 0;
	}
	c->dead = c->over = true;
	return err_set(e, -ETIMEDOUT, "%s: nothing comes", what);
}

size_t __wrap_ssh_channel_room(struct ssh_channel *ch)
{
	return ch->ch ? 2u << 20 : 0;
}

bool __wrap_ssh_channel_waiting(struct ssh_channel *ch)
{
	return ch->ch && end_of(ch)->nout;
}

bool __wrap_ssh_channel_ended(struct ssh_channel *ch)
{
	(void)ch;
	return false;
}

int __wrap_ssh_channel_peek(struct ssh_channel *ch, int id, void *buf, size_t n, size_t *got, struct err *e)
{
	struct lane_end *l = end_of(ch);

	(void)id;
	*got = 0;
	if (gone(ch->ssh, e))
		return -ECONNRESET;
	if (!l)
		return 0;
	n = n < l->nout ? n : l->nout;
	memcpy(buf, l->out, n);
	l->nout -= n;
	memmove(l->out, l->out + n, l->nout);
	*got = n;
	server.heard |= n > 0;
	return 0;
}

void __wrap_ssh_channel_drop(struct ssh_channel *ch)
{
	ch->ch = NULL;
}

int __wrap_clock_gettime(clockid_t c, struct timespec *t)
{
	(void)c;
	server.now_us += 3;
	*t = (struct timespec){ .tv_sec = server.now_us / 1000000, .tv_nsec = server.now_us % 1000000 * 1000 };
	return 0;
}

int __wrap_poll(struct pollfd *p, nfds_t n, int ms)
{
	(void)p;
	(void)n;
	server.now_us += (int64_t)(ms < 0 ? 1000 : ms) * 1000;
	return 0;
}

uint64_t __wrap_memory_available(void)
{
	return 1u << 30;
}

/* ---- the client ---- */

static uint8_t data[1u << 17];

static int fill(struct sink *s, uint8_t much, uint64_t *size, struct err *e)
{
	unsigned n = much & 1 ? 48 : much >> 4;
	uint64_t off = 0;
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < n; i++) {
		size_t len = much & 1 ? sizeof(data) : 1 + byte() * 300u;

		rc = s->ops->write(s, off, data, len, e);
		off += len;
		if (rc == 0 && much & 2 && i % 4 == 3)
			rc = s->ops->write(s, 10, data, 20, e);
	}
	*size = off;
	return rc;
}

/* What the client wrote lies there, unless its head was written again. */
static void compare(uint8_t much, uint64_t size)
{
	for (uint64_t at = 0; much & 1 && at < size; at += sizeof(data))
		if (memcmp(server.file + at + 64, data + 64, sizeof(data) - 64) != 0)
			abort();
	if (server.size != size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	struct ssh_target to = { .host = "h", .user = "u", .dir = "/d", .way = SSH_SFTP };
	uint8_t *file = server.file ? server.file : calloc(1, FILE_ROOM);
	struct sink *s = NULL;
	uint64_t size = 0;
	struct err e = { 0 };
	uint8_t much;

	if (!file)
		return 0;
	to.connect_ms = 10000;
	to.stall_ms = 20000;
	memset(&server, 0, sizeof(server));
	server.file = file;
	server.p = d;
	server.n = n;
	server.heard = true;
	memset(data, 0x77, sizeof(data));
	much = byte();
	if (sink_ssh_open(&s, &to, &e) == 0) {
		int rc = s->ops->begin(s, "f-incomplete", "f", &e);

		if (rc == 0) {
			rc = fill(s, much, &size, &e);
			if (rc || much & 4)
				(void)!s->ops->abandon(s, NULL);
			else if (s->ops->commit(s, size, &e) == 0 && !server.lied)
				compare(much, size);
		}
		s->ops->free(s);
	}
	for (unsigned i = 0; i < server.nlane; i++)
		free(server.lane[i]);
	return 0;
}
