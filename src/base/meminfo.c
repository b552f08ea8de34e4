/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: how much memory is left.
 * The kernel's own estimate; whoever asks decides what to do when there is none.
 */
#include "base/meminfo.h"

#include "base/fdio.h"

#include <stdlib.h>
#include <string.h>

#define NAME "MemAvailable:"

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
