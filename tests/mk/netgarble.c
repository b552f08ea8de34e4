/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/mk: a server that answers wrong.
 * netgarble INTERFACE dhcp|dns: every question gets damaged answers and answers to another question, none of them
 * right, until it is killed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned state = 1;

static unsigned next(void)
{
	state = state * 1103515245u + 12345u;
	return state >> 16;
}

static int open_socket(const char *interface, uint16_t port)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface)) ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any))) {
		perror("netgarble");
		exit(1);
	}
	return fd;
}

/* Try NR of the N bytes at P, which hold a question; gives the length of the answer. */
static size_t garble(unsigned char *p, size_t n, int nr, int dhcp)
{
	p[dhcp ? 0 : 2] = dhcp ? 2 : 0x81; /* an answer */
	switch (nr) {
	case 0: return n / 2;
	case 1:
		p[dhcp ? 7 : 1] ^= 0x5a; /* to another question */
		return n;
	case 2: return 0;
	default:
		for (size_t i = dhcp ? 240 : 12; i < n; i++)
			p[i] = (unsigned char)next();
		return n;
	}
}

int main(int argc, char **argv)
{
	unsigned char question[1500], answer[1500];
	struct sockaddr_in all = { .sin_family = AF_INET, .sin_port = htons(68), .sin_addr = { INADDR_BROADCAST } };
	int dhcp, fd;

	if (argc != 3) {
		fprintf(stderr, "usage: netgarble INTERFACE dhcp|dns\n");
		return 2;
	}
	dhcp = strcmp(argv[2], "dhcp") == 0;
	fd = open_socket(argv[1], dhcp ? 67 : 53);
	for (;;) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, question, sizeof(question), 0, (struct sockaddr *)&from, &len);

		if (n < (dhcp ? 240 : 12))
			continue;
		for (int nr = 0; nr < 6; nr++) {
			size_t size;

			memcpy(answer, question, (size_t)n);
			size = garble(answer, (size_t)n, nr, dhcp);
			if (sendto(fd, answer, size, 0, (struct sockaddr *)(dhcp ? &all : &from), sizeof(all)) < 0)
				perror("netgarble: send");
		}
	}
}
