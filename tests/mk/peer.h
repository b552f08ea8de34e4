/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mk: what the servers of the tests have in common: numbers of the wire, packets of ssh and SFTP, a port with a process
 * for each connection. No lengths are checked: the caller's buffer has the room.
 */
#ifndef TESTS_MK_PEER_H
#define TESTS_MK_PEER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The big-endian word at P. */
static inline uint32_t peer_word(const void *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return ntohl(v);
}

static inline void peer_put(void *p, uint32_t v)
{
	v = htonl(v);
	memcpy(p, &v, 4);
}

/* The text S with its length in front, at P. Gives the bytes of both. */
static inline size_t peer_text(unsigned char *p, const char *s)
{
	peer_put(p, (uint32_t)strlen(s));
	memcpy(p + 4, s, strlen(s));
	return 4 + strlen(s);
}

/* An ssh packet without cipher around the N bytes at PAYLOAD, into B: at most N + 16 bytes. Gives its size. */
static inline size_t peer_ssh_packet(unsigned char *b, const void *payload, size_t n)
{
	size_t pad = 8 - (n + 5) % 8;

	pad += pad < 4 ? 8 : 0;
	peer_put(b, (uint32_t)(n + pad + 1));
	b[4] = (unsigned char)pad;
	memcpy(b + 5, payload, n);
	memset(b + 5 + n, 0, pad);
	return 5 + n + pad;
}

/* An SFTP packet of TYPE with ID and the N words of V, into B: 9 + 4 N bytes. Gives its size. */
static inline size_t peer_sftp_packet(unsigned char *b, unsigned char type, uint32_t id, const uint32_t *v, unsigned n)
{
	peer_put(b, 5 + 4 * n);
	b[4] = type;
	peer_put(b + 5, id);
	for (unsigned i = 0; i < n; i++)
		peer_put(b + 9 + 4 * i, v[i]);
	return 9 + 4 * (size_t)n;
}

/* False: the client is gone. */
static inline bool peer_send(int fd, const void *buf, size_t n)
{
	const char *p = buf;

	while (n) {
		ssize_t w = send(fd, p, n, MSG_NOSIGNAL);

		if (w <= 0)
			return false;
		p += w;
		n -= (size_t)w;
	}
	return true;
}

static inline int peer_listen(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	at.sin_port = htons(port);
	if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
			bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 8))) {
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * Runs SERVE with FAULT for each connection to PORT of 127.0.0.1, in a process of its own that ends with it, until it
 * is killed. Gives 1 when the port cannot be had, with a sentence of program NAME.
 */
static inline int peer_serve(const char *name, uint16_t port, void (*serve)(int fd, const char *fault),
			     const char *fault)
{
	int fd = peer_listen(port);

	if (fd < 0) {
		perror(name);
		return 1;
	}
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int c = accept(fd, NULL, NULL);

		if (c >= 0 && fork() == 0) {
			close(fd);
			serve(c, fault);
			return 0;
		}
		if (c >= 0)
			close(c);
	}
}

#endif
