/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mk: an ssh server that wants its client to fall or to stay, before any key is shown.
 *
 *	evilssh PORT FAULT      on 127.0.0.1; runs until it is killed
 *	keep       packets of a type that nothing waits for, without end
 *	ignore     packets to be ignored, without end
 *	slow       one packet to be ignored every half second
 *	lines      lines before the banner, without end
 *	drip       the banner, a byte every half second
 *	extension  a key exchange called as an extension is
 *	group      a key exchange in a group that the server makes up, and nothing else
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IGNORE = 2,
       KEXINIT = 20,
       STRANGE = 100 };

static bool say(int fd, const void *buf, size_t n)
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

static bool packet(int fd, const unsigned char *payload, size_t n)
{
	static unsigned char b[40000];
	size_t pad = 8 - (n + 5) % 8;
	uint32_t len;

	pad += pad < 4 ? 8 : 0;
	len = htonl((uint32_t)(n + pad + 1));
	memcpy(b, &len, 4);
	b[4] = (unsigned char)pad;
	memcpy(b + 5, payload, n);
	memset(b + 5 + n, 0, pad);
	return say(fd, b, 5 + n + pad);
}

static size_t text(unsigned char *p, const char *s)
{
	uint32_t n = htonl((uint32_t)strlen(s));

	memcpy(p, &n, 4);
	memcpy(p + 4, s, strlen(s));
	return 4 + strlen(s);
}

static void offer(int fd, const char *exchange)
{
	static const char *const list[] = { "ssh-ed25519", "aes128-ctr", "aes128-ctr", "hmac-sha2-256", "hmac-sha2-256",
					    "none", "none", "", "" };
	unsigned char p[1024] = { KEXINIT };
	size_t n = 17;

	n += text(p + n, exchange);
	for (unsigned i = 0; i < sizeof(list) / sizeof(*list); i++)
		n += text(p + n, list[i]);
	(void)packet(fd, p, n + 5);
	sleep(60);
}

static void drip(int fd)
{
	for (const char *p = "SSH-2.0-slow-and-slower-and-slowest-of-all-of-them-so-far\r\n"; *p; p++) {
		(void)say(fd, p, 1);
		usleep(500000);
	}
}

static void serve(int fd, const char *fault)
{
	static unsigned char p[34000];

	if (strcmp(fault, "drip") == 0)
		drip(fd);
	while (strcmp(fault, "lines") == 0)
		if (!say(fd, "no banner yet\r\n", 15))
			return;
	(void)say(fd, "SSH-2.0-evil\r\n", 14);
	if (strcmp(fault, "extension") == 0)
		offer(fd, "ext-info-c,kex-strict-c-v00@openssh.com");
	if (strcmp(fault, "group") == 0)
		offer(fd, "diffie-hellman-group-exchange-sha256");
	p[0] = strcmp(fault, "keep") == 0 ? STRANGE : IGNORE;
	while (packet(fd, p, strcmp(fault, "slow") == 0 ? 9 : sizeof(p)))
		if (strcmp(fault, "slow") == 0)
			usleep(500000);
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (argc != 3) {
		fprintf(stderr, "usage: evilssh PORT FAULT\n");
		return 2;
	}
	at.sin_port = htons((uint16_t)atoi(argv[1]));
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 8)) {
		perror("evilssh");
		return 1;
	}
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int c = accept(fd, NULL, NULL);

		if (c >= 0 && fork() == 0) {
			close(fd);
			serve(c, argv[2]);
			return 0;
		}
		if (c >= 0)
			close(c);
	}
}
