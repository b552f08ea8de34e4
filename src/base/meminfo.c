/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: how much memory is left.
 * The kernel's own estimate; whoever asks decides what to do when there is none.
 */
#include "base/meminfo.h"

#include "base/fdio.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define NAME      "MemAvailable:"
#define BOUND_MIN (32ull << 20)

uint64_t memory_available(void)
{
	char *text = NULL, *at;
	uint64_t kib = 0;
	size_t n;

	if (file_read("/proc/meminfo", 1 << 16, &text, &n, NULL))
		return 0;
	at = strstr(text, NAME);
	if (at)
		kib = strtoull(at + strlen(NAME), NULL, 10);
	free(text);
	return kib << 10;
}

/* Bytes that RLIMIT_DATA counts now: the sixth number of statm, in pages. 0: unknown. */
static uint64_t memory_data(void)
{
	char *text = NULL, *at, *end;
	uint64_t pages = 0;
	size_t n;

	if (file_read("/proc/self/statm", 256, &text, &n, NULL))
		return 0;
	at = text;
	for (unsigned i = 0; i < 6; i++, at = end)
		pages = strtoull(at, &end, 10);
	free(text);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void memory_confine(uint64_t more)
{
	uint64_t free_now = memory_available(), has = memory_data(), want = more ? more : free_now / 8 * 7;
	struct rlimit lim;

	if (want < BOUND_MIN)
		want = BOUND_MIN;
	want += has;
	if (!has || (!more && !free_now) || getrlimit(RLIMIT_DATA, &lim))
		return;
	if (want < lim.rlim_cur)
		lim.rlim_cur = want;
	if (want < lim.rlim_max)
		lim.rlim_max = want;
	(void)setrlimit(RLIMIT_DATA, &lim);
}
