/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mk: a wire to an NFS server that is longer than it should be, or a server that is worse than it is.
 * Stands between client and server, and changes WRITEs and their answers as bad servers do. What it says was not
 * stored is not stored: it sends zeros in its place, so that a client that believes otherwise is found out.
 *
 *	nfsrelay PORT SERVER-PORT [WORD=N]...      both on 127.0.0.1; runs until it is killed
 *	delay=MS     everything takes MS milliseconds longer in each direction
 *	short=N      every N-th WRITE takes only half
 *	zero=N       the N-th WRITE takes nothing, and says so without an error
 *	busy=N       every N-th WRITE is answered with "try later"
 *	full=N       the N-th WRITE and all that follow find no space
 *	forget=N     from the N-th WRITE to the next COMMIT all is lost: before that COMMIT the server starts anew
 *	cut=N        the connection ends with the N-th WRITE
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNS      16
#define RECORD_MAX (4u << 20)
#define QUEUE_MAX  (16u << 20)
#define CALLS      256

enum kind { OTHER,
	    WRITE,
	    COMMIT };
enum fault { NONE,
	     SHORT,
	     ZERO,
	     BUSY,
	     FULL };

/* RFC 1813 and RFC 7530 */
enum { NFS_PROGRAM = 100003,
       PROC3_WRITE = 7,
       PROC3_COMMIT = 21,
       OP_COMMIT = 5,
       OP_PUTFH = 22,
       OP_WRITE = 38 };
enum { ERR_NOSPC = 28,
       ERR_LATER = 10008 };

/* A call whose answer is to be changed. */
struct call {
	uint32_t xid, vers, count;
	enum kind kind;
	enum fault fault;
	uint32_t age; /* of the server: how often it had been started anew */
	bool used;
};

struct chunk {
	struct chunk *next;
	int64_t due;
	size_t len, sent;
	char data[];
};

/* One direction of one connection. */
struct way {
	struct chunk *head, *tail;
	size_t queued;
	char *record; /* that is not complete yet */
	size_t have;
};

struct conn {
	int client, server;
	struct way to_server, to_client;
	struct call call[CALLS];
};

static struct {
	unsigned delay, shorten, zero, busy, full, forget, cut;
} want;

static unsigned writes; /* seen so far */
static uint32_t age;    /* of the server */
static bool losing;     /* what is written now is lost */
static struct conn conns[CONNS];

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static uint32_t get(const char *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return ntohl(v);
}

static void put(char *p, uint32_t v)
{
	v = htonl(v);
	memcpy(p, &v, 4);
}

static void enqueue(struct way *w, const char *data, size_t n)
{
	struct chunk *c = malloc(sizeof(*c) + n);

	if (!c)
		exit(1);
	*c = (struct chunk){ .due = now_us() + 1000ll * want.delay, .len = n };
	memcpy(c->data, data, n);
	if (w->tail)
		w->tail->next = c;
	else
		w->head = c;
	w->tail = c;
	w->queued += n;
}

/* ---- calls ---- */

/* Steps over a counted run of bytes at *AT. False: the record ends before. */
static bool skip_bytes(const char *r, size_t n, size_t *at)
{
	size_t len;

	if (*at + 4 > n)
		return false;
	len = get(r + *at);
	*at += 4 + (len + 3) / 4 * 4;
	return *at <= n;
}

/* What a COMPOUND of PUTFH and one more operation, whose arguments start at AT, does. */
static enum kind kind_of_compound(const char *r, size_t n, size_t at)
{
	uint32_t op;

	if (!skip_bytes(r, n, &at) || at + 12 > n || get(r + at + 4) != 2 || get(r + at + 8) != OP_PUTFH)
		return OTHER;
	at += 12;
	if (!skip_bytes(r, n, &at) || at + 4 > n)
		return OTHER;
	op = get(r + at);
	return op == OP_WRITE ? WRITE : op == OP_COMMIT ? COMMIT
							: OTHER;
}

static enum kind kind_of(const char *r, size_t n, uint32_t *vers)
{
	size_t at = 28;
	uint32_t proc;

	if (n < 48 || get(r + 8) != 0 || get(r + 16) != NFS_PROGRAM)
		return OTHER;
	*vers = get(r + 20);
	proc = get(r + 24);
	if (*vers == 3)
		return proc == PROC3_WRITE ? WRITE : proc == PROC3_COMMIT ? COMMIT
									  : OTHER;
	/* Behind the procedure: flavour and body of the credentials, then of the verifier. */
	for (unsigned i = 0; i < 2; i++) {
		at += 4;
		if (!skip_bytes(r, n, &at))
			return OTHER;
	}
	return *vers == 4 && proc == 1 ? kind_of_compound(r, n, at) : OTHER;
}

static bool nth(unsigned n)
{
	return n && writes % n == 0;
}

static enum fault fault_of_write(void)
{
	if (want.full && writes >= want.full)
		return FULL;
	if (want.zero && writes == want.zero)
		return ZERO;
	if (nth(want.busy))
		return BUSY;
	return nth(want.shorten) ? SHORT : NONE;
}

/* A WRITE ends with its data and their padding; the word in front of the data is their length. */
static uint32_t spoil_data(char *r, size_t n, enum fault fault)
{
	uint32_t len = 0;

	for (size_t at = 48; at <= n && at < 1024 && !len; at += 4)
		if (get(r + at - 4) && (get(r + at - 4) + 3) / 4 * 4 == n - at)
			len = get(r + at - 4);
	if (fault == SHORT)
		memset(r + n - (len + 3) / 4 * 4 + len / 2, 0, len - len / 2);
	else if (fault != NONE || losing)
		memset(r + n - (len + 3) / 4 * 4, 0, len);
	return len;
}

/* A whole call from the client, its mark included. False: the connection is to be cut. */
static bool on_call(struct conn *c, char *r, size_t n)
{
	struct call call = { .used = true, .xid = get(r + 4) };

	call.kind = kind_of(r, n, &call.vers);
	if (call.kind == WRITE) {
		writes++;
		losing |= want.forget && writes == want.forget;
		call.fault = fault_of_write();
		if (call.fault != NONE || losing)
			call.count = spoil_data(r, n, call.fault);
		if (want.cut && writes == want.cut)
			return false;
	}
	if (call.kind == COMMIT && losing) {
		losing = false;
		age++;
	}
	call.age = age;
	for (unsigned i = 0; call.kind != OTHER && i < CALLS; i++) {
		if (c->call[i].used)
			continue;
		c->call[i] = call;
		break;
	}
	enqueue(&c->to_server, r, n);
	return true;
}

/* ---- answers ---- */

static void answer_error(struct conn *c, char *r, const struct call *call, uint32_t status)
{
	char e[64];
	size_t n = 28; /* mark, xid, REPLY, accepted, two words of verifier, success */

	memcpy(e, r, n);
	put(e + n, status);
	if (call->vers == 3) { /* no attributes before, none after */
		put(e + n + 4, 0);
		put(e + n + 8, 0);
		n += 12;
	} else { /* no tag, two results: PUTFH went well, WRITE did not */
		put(e + n + 4, 0);
		put(e + n + 8, 2);
		put(e + n + 12, OP_PUTFH);
		put(e + n + 16, 0);
		put(e + n + 20, OP_WRITE);
		put(e + n + 24, status);
		n += 28;
	}
	put(e, 0x80000000u | (uint32_t)(n - 4));
	enqueue(&c->to_client, e, n);
}

/* A whole answer of the server. The result of a WRITE ends with count, committed and verifier, in both versions. */
static bool on_answer(struct conn *c, char *r, size_t n)
{
	struct call *call = NULL;

	for (unsigned i = 0; i < CALLS && !call; i++)
		if (c->call[i].used && c->call[i].xid == get(r + 4))
			call = &c->call[i];
	if (call && n >= 48) {
		call->used = false;
		if (call->fault == BUSY || call->fault == FULL) {
			answer_error(c, r, call, call->fault == BUSY ? ERR_LATER : ERR_NOSPC);
			return true;
		}
		if (call->fault == ZERO || call->fault == SHORT)
			put(r + n - 16, call->fault == ZERO ? 0 : call->count / 2);
		put(r + n - 4, get(r + n - 4) ^ call->age);
	}
	enqueue(&c->to_client, r, n);
	return true;
}

/* ---- bytes ---- */

static bool has_faults(void)
{
	return want.shorten || want.zero || want.busy || want.full || want.forget || want.cut;
}

/* Adds N bytes to the record that is under way; whole ones go to ON. False: the connection is to end. */
static bool collect(struct conn *c, struct way *w, const char *buf, size_t n,
		    bool (*on)(struct conn *c, char *r, size_t n))
{
	if (!w->record)
		w->record = malloc(RECORD_MAX);
	if (!w->record)
		return false;
	while (n) {
		size_t need = w->have < 4 ? 4 : 4 + (get(w->record) & 0x7fffffff), part;

		if (need > RECORD_MAX)
			return false;
		part = need - w->have < n ? need - w->have : n;
		memcpy(w->record + w->have, buf, part);
		w->have += part;
		buf += part;
		n -= part;
		if (w->have > 4 && w->have == 4 + (get(w->record) & 0x7fffffff)) {
			w->have = 0;
			if (!on(c, w->record, need))
				return false;
		}
	}
	return true;
}

static bool receive(struct conn *c, int fd)
{
	static char buf[256 << 10];
	ssize_t n = recv(fd, buf, sizeof(buf), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	if (has_faults() && fd == c->client)
		return collect(c, &c->to_server, buf, (size_t)n, on_call);
	if (has_faults())
		return collect(c, &c->to_client, buf, (size_t)n, on_answer);
	enqueue(fd == c->client ? &c->to_server : &c->to_client, buf, (size_t)n);
	return true;
}

static bool transmit(struct way *w, int fd)
{
	while (w->head && w->head->due <= now_us()) {
		struct chunk *c = w->head;
		ssize_t n = send(fd, c->data + c->sent, c->len - c->sent, MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		c->sent += (size_t)n;
		w->queued -= (size_t)n;
		if (c->sent < c->len)
			continue;
		w->head = c->next;
		if (!w->head)
			w->tail = NULL;
		free(c);
	}
	return true;
}

static void drop_way(struct way *w)
{
	while (w->head) {
		struct chunk *next = w->head->next;

		free(w->head);
		w->head = next;
	}
	free(w->record);
}

static void drop(struct conn *c)
{
	close(c->client);
	close(c->server);
	drop_way(&c->to_server);
	drop_way(&c->to_client);
	memset(c, 0, sizeof(*c));
	c->client = -1;
}

static struct sockaddr_in here(unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

/* The server wants to be called from a port that only root may use. */
static int call_server(unsigned port)
{
	struct sockaddr_in a = here(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	for (unsigned own = 1023; own > 600; own--) {
		struct sockaddr_in from = here(own);

		if (bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0)
			break;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void accept_one(int listener, unsigned port)
{
	struct conn *c = conns;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), one = 1;

	while (c < conns + CONNS && c->client >= 0)
		c++;
	if (fd < 0)
		return;
	if (c == conns + CONNS || (c->server = call_server(port)) < 0) {
		close(fd);
		return;
	}
	c->client = fd;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fcntl(c->client, F_SETFL, O_NONBLOCK);
	fcntl(c->server, F_SETFL, O_NONBLOCK);
}

/* What one side of a connection can be asked for; lowers *WAIT to when something is due. */
static short events_of(const struct way *in, const struct way *out, int64_t *wait)
{
	int64_t left = out->head ? out->head->due - now_us() : INT64_MAX;
	short events = in->queued < QUEUE_MAX ? POLLIN : 0;

	if (left <= 0)
		return events | POLLOUT;
	*wait = left < *wait ? left : *wait;
	return events;
}

static void serve(struct conn *c, const struct pollfd *client, const struct pollfd *server)
{
	bool ok = true;

	if (client->revents & (POLLIN | POLLHUP | POLLERR))
		ok = receive(c, c->client);
	if (ok && server->revents & (POLLIN | POLLHUP | POLLERR))
		ok = receive(c, c->server);
	if (!ok || !transmit(&c->to_server, c->server) || !transmit(&c->to_client, c->client))
		drop(c);
}

static void turn(int listener, unsigned port)
{
	struct pollfd p[1 + 2 * CONNS] = { { .fd = listener, .events = POLLIN } };
	int64_t wait = 1000000;
	struct timespec t;

	for (unsigned i = 0; i < CONNS; i++) {
		struct conn *c = &conns[i];

		p[1 + 2 * i] = (struct pollfd){ .fd = c->client };
		p[2 + 2 * i] = (struct pollfd){ .fd = c->client < 0 ? -1 : c->server };
		if (c->client < 0)
			continue;
		p[1 + 2 * i].events = events_of(&c->to_server, &c->to_client, &wait);
		p[2 + 2 * i].events = events_of(&c->to_client, &c->to_server, &wait);
	}
	t = (struct timespec){ .tv_sec = wait / 1000000, .tv_nsec = wait % 1000000 * 1000 };
	if (ppoll(p, 1 + 2 * CONNS, &t, NULL) < 0)
		return;
	for (unsigned i = 0; i < CONNS; i++)
		if (conns[i].client >= 0)
			serve(&conns[i], &p[1 + 2 * i], &p[2 + 2 * i]);
	if (p[0].revents)
		accept_one(listener, port);
}

static bool take_word(const char *word)
{
	const struct {
		const char *name;
		unsigned *value;
	} known[] = {
		{ "delay=", &want.delay },
		{ "short=", &want.shorten },
		{ "zero=", &want.zero },
		{ "busy=", &want.busy },
		{ "full=", &want.full },
		{ "forget=", &want.forget },
		{ "cut=", &want.cut },
	};

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t n = strlen(known[i].name);

		if (strncmp(word, known[i].name, n) == 0) {
			*known[i].value = (unsigned)strtoul(word + n, NULL, 10);
			return *known[i].value != 0;
		}
	}
	return false;
}

int main(int argc, char **argv)
{
	struct sockaddr_in a = here(argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	for (int i = 3; i < argc; i++)
		if (!take_word(argv[i])) {
			fprintf(stderr, "nfsrelay: %s: unknown\n", argv[i]);
			return 2;
		}
	for (unsigned i = 0; i < CONNS; i++)
		conns[i].client = -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (argc < 3 || bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, CONNS)) {
		perror("nfsrelay");
		return 1;
	}
	for (;;)
		turn(fd, (unsigned)strtoul(argv[2], NULL, 10));
}
