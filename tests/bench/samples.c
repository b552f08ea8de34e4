/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/bench: where the processor of a guest is, looked up again and again from outside.
 * samples SOCKET MS: asks QEMU's monitor every MS ms and prints "SECONDS HALTED ADDRESS" (since its start; 0 or 1;
 * decimal), until the guest is gone. The guest is stopped for each look: only then the address is the true one.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define ANSWER 65536
#define PROMPT "(qemu) "

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int dial(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(a.sun_path))
		return -1;
	strcpy(a.sun_path, path);
	return connect(fd, (struct sockaddr *)&a, sizeof(a)) ? -1 : fd;
}

/* Reads until the monitor has asked COUNT times for a command. */
static int answer(int fd, char *buf, int count)
{
	size_t n = 0;
	char *at = buf;

	*buf = '\0';
	while (count) {
		ssize_t got = read(fd, buf + n, ANSWER - 1 - n);

		if (got <= 0)
			return -1;
		n += (size_t)got;
		buf[n] = '\0';
		while (count && (at = strstr(at, PROMPT))) {
			at += strlen(PROMPT);
			count--;
		}
		if (!at)
			at = n > strlen(PROMPT) ? buf + n - strlen(PROMPT) : buf;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const char ask[] = "stop\ninfo registers\ncont\n";
	static char buf[ANSWER];
	double start = now();
	int fd = argc == 3 ? dial(argv[1]) : -1;

	if (fd < 0 || answer(fd, buf, 1)) {
		fputs("usage: samples MONITOR-SOCKET MS\n", stderr);
		return 2;
	}
	while (write(fd, ask, sizeof(ask) - 1) > 0 && answer(fd, buf, 3) == 0) {
		const char *rip = strstr(buf, "RIP="), *halted = strstr(buf, "HLT=");

		if (rip && halted)
			printf("%.3f %c %llu\n", now() - start, halted[4], strtoull(rip + 4, NULL, 16));
		usleep((useconds_t)atoi(argv[2]) * 1000);
	}
	return 0;
}
