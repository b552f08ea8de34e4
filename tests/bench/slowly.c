/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/bench: a target of a known speed.
 * slowly RATE: reads its standard input at RATE MB/s at most, throws it away and prints how many bytes it was.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define STEP 65536u

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void sleep_until(int64_t ns)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL))
		;
}

int main(int argc, char **argv)
{
	static char buf[STEP];
	double rate = argc == 2 ? strtod(argv[1], NULL) : 0;
	int64_t due = now_ns(), now;
	uint64_t total = 0;
	ssize_t n;

	if (rate <= 0) {
		fputs("usage: slowly MB_PER_SECOND\n", stderr);
		return 2;
	}
	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) > 0) {
		total += (uint64_t)n;
		now = now_ns();
		/* Time that nothing came is lost, but for what a device keeps in its queue. */
		if (due < now - 20000000)
			due = now - 20000000;
		due += (int64_t)((double)n * 1000 / rate);
		if (due > now)
			sleep_until(due);
	}
	printf("%llu\n", (unsigned long long)total);
	return n < 0;
}
