/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: a network without a network.
 * Stream sockets are socket pairs whose other end belongs to the harness, which speaks whenever the program waits; the
 * clock goes on only while nothing happens, so that every deadline comes at once and every run is the same. A target
 * names what is replaced in a line "wrap:", which becomes options of the linker.
 */
#ifndef TESTS_FUZZ_WIRE_H
#define TESTS_FUZZ_WIRE_H

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WIRE_MAX   64
#define WIRE_IDLES 200 /* waits in a row in which nothing happened: then every connection ends */

/* The input, from which the peer takes its decisions. At its end it gives zeros. */
struct wire_input {
	const uint8_t *p;
	size_t n;
};

static struct {
	struct wire_input in;
	int peer[WIRE_MAX]; /* other ends, -1: closed */
	unsigned n;
	int64_t now_us;
	unsigned idles;
	/* Reads what the program sent over P and answers; *OVER ends the connection. */
	bool (*speak)(int p, unsigned nr);
} wire;

static inline uint8_t wire_byte(void)
{
	if (!wire.in.n)
		return 0;
	wire.in.n--;
	return *wire.in.p++;
}

static inline void wire_start(const uint8_t *d, size_t n, bool (*speak)(int p, unsigned nr))
{
	memset(&wire, 0, sizeof(wire));
	wire.in = (struct wire_input){ d, n };
	wire.now_us = 1000000;
	wire.speak = speak;
}

static inline void wire_end(unsigned i)
{
	if (wire.peer[i] >= 0)
		close(wire.peer[i]);
	wire.peer[i] = -1;
}

static inline void wire_stop(void)
{
	for (unsigned i = 0; i < wire.n; i++)
		wire_end(i);
}

/* Sends as much as goes; a peer that has filled the buffer has said enough for now. */
static inline void wire_say(int p, const void *buf, size_t n)
{
	(void)!send(p, buf, n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int __real_socket(int family, int type, int protocol);
int __wrap_socket(int family, int type, int protocol);
int __wrap_connect(int fd, const struct sockaddr *to, socklen_t n);
int __wrap_bind(int fd, const struct sockaddr *at, socklen_t n);
int __wrap_poll(struct pollfd *p, nfds_t n, int ms);
int __real_poll(struct pollfd *p, nfds_t n, int ms);
int __wrap_clock_gettime(clockid_t c, struct timespec *t);
ssize_t __wrap_getrandom(void *buf, size_t n, unsigned flags);
struct servent *__wrap_getservbyport(int port, const char *protocol);

int __wrap_socket(int family, int type, int protocol)
{
	int sv[2];

	(void)family;
	(void)protocol;
	if (wire.n == WIRE_MAX || socketpair(AF_UNIX, SOCK_STREAM | (type & (SOCK_NONBLOCK | SOCK_CLOEXEC)), 0, sv)) {
		errno = EMFILE;
		return -1;
	}
	wire.peer[wire.n++] = sv[1];
	return sv[0];
}

int __wrap_connect(int fd, const struct sockaddr *to, socklen_t n)
{
	(void)fd;
	(void)to;
	(void)n;
	return 0;
}

int __wrap_bind(int fd, const struct sockaddr *at, socklen_t n)
{
	(void)fd;
	(void)at;
	(void)n;
	return 0;
}

/* The peers speak first; where nothing happens then, time passes. */
int __wrap_poll(struct pollfd *p, nfds_t n, int ms)
{
	int rc;

	for (unsigned i = 0; i < wire.n; i++)
		if (wire.peer[i] >= 0 && !wire.speak(wire.peer[i], i))
			wire_end(i);
	rc = n ? __real_poll(p, n, 0) : 0;
	wire.now_us += 100;
	if (rc) {
		wire.idles = 0;
		return rc;
	}
	if (++wire.idles > WIRE_IDLES)
		wire_stop();
	wire.now_us += (int64_t)(ms < 0 ? 1000 : ms) * 1000;
	return 0;
}

int __wrap_clock_gettime(clockid_t c, struct timespec *t)
{
	(void)c;
	wire.now_us++;
	*t = (struct timespec){ .tv_sec = wire.now_us / 1000000, .tv_nsec = wire.now_us % 1000000 * 1000 };
	return 0;
}

ssize_t __wrap_getrandom(void *buf, size_t n, unsigned flags)
{
	(void)flags;
	memset(buf, 0x5a, n);
	return (ssize_t)n;
}

struct servent *__wrap_getservbyport(int port, const char *protocol)
{
	(void)port;
	(void)protocol;
	return NULL;
}

#endif
