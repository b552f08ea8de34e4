/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mk: an SFTP server that answers twice.
 * evilsftp FILE, as the subsystem of sshd: its first life takes 96 writes, answers none and ends with its connection.
 * In the second all 96 are answered, under their old numbers, while the client is about to send them again. Nothing is
 * stored. FILE holds the numbers.
 */
#include "peer.h"

#include <stdlib.h>

#define WRITES 96

enum { INIT = 1,
       OPEN = 3,
       READ = 5,
       WRITE = 6,
       LSTAT = 7,
       FSTAT = 8,
       STAT = 17 };
enum { VERSION = 2,
       STATUS = 101,
       HANDLE = 102,
       DATA = 103,
       ATTRS = 105 };

/* A packet of TYPE with N numbers after the first. */
static void answer(unsigned char type, uint32_t id, const uint32_t *v, unsigned n)
{
	unsigned char b[64];
	size_t all = peer_sftp_packet(b, type, id, v, n);

	if (write(1, b, all) < 0)
		exit(1);
}

static void yes(uint32_t id)
{
	answer(STATUS, id, (uint32_t[]){ 0, 0, 0 }, 3);
}

static bool read_all(void *buf, size_t n)
{
	for (char *p = buf; n;) {
		ssize_t r = read(0, p, n);

		if (r <= 0)
			return false;
		p += r;
		n -= (size_t)r;
	}
	return true;
}

/* The second life, where the client is about to send again: answers to what it has not sent. */
static void answer_old(const uint32_t *old)
{
	sleep(2);
	for (unsigned i = 0; i < WRITES; i++)
		yes(old[i]);
	sleep(1);
}

static void first_life(const char *file, const uint32_t *id)
{
	FILE *f = fopen(file, "w");

	if (f && fwrite(id, sizeof(*id), WRITES, f) == WRITES)
		fclose(f);
	(void)kill(getppid(), SIGKILL);
	exit(0);
}

int main(int argc, char **argv)
{
	static unsigned char p[1 << 20];
	uint32_t n, id, old[WRITES] = { 0 };
	unsigned got = 0;
	FILE *f;
	bool second;

	if (argc != 2)
		return 2;
	f = fopen(argv[1], "r");
	second = f && fread(old, sizeof(*old), WRITES, f) == WRITES;
	while (read_all(&n, 4) && ntohl(n) <= sizeof(p) && read_all(p, ntohl(n))) {
		id = peer_word(p + 1);
		switch (p[0]) {
		case INIT: answer(VERSION, 3, NULL, 0); break;
		case STAT:
		case LSTAT: answer(ATTRS, id, (uint32_t[]){ 4, 040755 }, 2); break;
		case FSTAT: answer(ATTRS, id, (uint32_t[]){ 1, 0, 0 }, 3); break;
		case OPEN:
			answer(HANDLE, id, (uint32_t[]){ 4, 0x68616e64 }, 2);
			if (second && !strstr((char *)p + 9, "boot_id"))
				answer_old(old);
			break;
		case READ: answer(DATA, id, (uint32_t[]){ 8, 0x626f6f74, 0x626f6f74 }, 3); break;
		case WRITE:
			if (second)
				yes(id);
			else
				old[got++] = id;
			break;
		default: yes(id);
		}
		if (got == WRITES)
			first_life(argv[1], old);
	}
	return 0;
}
