/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/net: a file that is written over while it is sent, as a dump whose first pages are filled in last.
 *
 *	rewrite PORT KEY DIRECTORY COPY MIB
 *
 * DIRECTORY/f of the ssh server at 127.0.0.1 gets MIB mebibytes in pieces of any length; now and then some of what
 * went out just before is written over. COPY is what it has to be in the end.
 */
#include "sink/net_ssh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE  (400u << 10)
#define BEHIND (3u << 20)

static int anybody(void *arg, const void *key, size_t n, struct err *e)
{
	(void)arg;
	(void)key;
	(void)n;
	(void)e;
	return 0;
}

static void check(int rc, const struct err *e)
{
	if (!rc)
		return;
	fprintf(stderr, "rewrite: %s\n", e->text);
	exit(1);
}

static uint64_t random_below(uint64_t n)
{
	return n ? (uint64_t)random() % n : 0;
}

/* New bytes for [OFF, OFF + N), here and there. */
static void put(struct sink *s, uint8_t *file, uint64_t off, size_t n)
{
	struct err e = { 0 };

	for (size_t i = 0; i < n; i++)
		file[off + i] = (uint8_t)random();
	check(s->ops->write(s, off, file + off, n, &e), &e);
}

static void fill(struct sink *s, uint8_t *file, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t n = 1 + (size_t)random_below(PIECE), back;

		if (n > size - done)
			n = size - done;
		put(s, file, done, n);
		done += n;
		if (random_below(8))
			continue;
		back = 1 + (size_t)random_below(done < BEHIND ? done : BEHIND);
		n = 1 + (size_t)random_below(PIECE);
		put(s, file, done - back, n < back ? n : back);
	}
	put(s, file, 0, 4096);
}

int main(int argc, char **argv)
{
	size_t size = argc == 6 ? (size_t)atoi(argv[5]) << 20 : 0;
	struct ssh_target to = { .host = "127.0.0.1", .user = "root", .trust = anybody, .nkey = 1, .stall_ms = 20000 };
	uint8_t *file = malloc(size);
	struct err e = { 0 };
	struct sink *s;
	FILE *copy;

	if (!size || !file) {
		fputs("usage: rewrite PORT KEY DIRECTORY COPY MIB\n", stderr);
		return 2;
	}
	to.port = (unsigned)atoi(argv[1]);
	to.key[0] = argv[2];
	to.dir = argv[3];
	check(sink_ssh_open(&s, &to, &e), &e);
	check(s->ops->begin(s, "f-incomplete", "f", &e), &e);
	fill(s, file, size);
	copy = fopen(argv[4], "we");
	if (!copy || fwrite(file, 1, size, copy) != size || fclose(copy)) {
		perror("rewrite: copy");
		return 1;
	}
	check(s->ops->commit(s, size, &e), &e);
	s->ops->free(s);
	free(file);
	return 0;
}
