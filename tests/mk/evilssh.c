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
#include "peer.h"

#include <stdlib.h>

enum { IGNORE = 2,
       KEXINIT = 20,
       STRANGE = 100 };

static bool packet(int fd, const unsigned char *payload, size_t n)
{
	static unsigned char b[40000];

	return peer_send(fd, b, peer_ssh_packet(b, payload, n));
}

static void offer(int fd, const char *exchange)
{
	static const char *const list[] = { "ssh-ed25519", "aes128-ctr", "aes128-ctr", "hmac-sha2-256", "hmac-sha2-256",
					    "none", "none", "", "" };
	unsigned char p[1024] = { KEXINIT };
	size_t n = 17;

	n += peer_text(p + n, exchange);
	for (unsigned i = 0; i < sizeof(list) / sizeof(*list); i++)
		n += peer_text(p + n, list[i]);
	(void)packet(fd, p, n + 5);
	sleep(60);
}

static void drip(int fd)
{
	for (const char *p = "SSH-2.0-slow-and-slower-and-slowest-of-all-of-them-so-far\r\n"; *p; p++) {
		(void)peer_send(fd, p, 1);
		usleep(500000);
	}
}

static void serve(int fd, const char *fault)
{
	static unsigned char p[34000];

	if (strcmp(fault, "drip") == 0)
		drip(fd);
	while (strcmp(fault, "lines") == 0)
		if (!peer_send(fd, "no banner yet\r\n", 15))
			return;
	(void)peer_send(fd, "SSH-2.0-evil\r\n", 14);
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
	if (argc != 3) {
		fprintf(stderr, "usage: evilssh PORT FAULT\n");
		return 2;
	}
	return peer_serve("evilssh", (uint16_t)atoi(argv[1]), serve, argv[2]);
}
