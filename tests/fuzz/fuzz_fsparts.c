/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: superblocks.
 * Any bytes at the places where superblocks lie: names have an end, and nothing behind the bytes is read.
 */
#include "dev/fsparts.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	static const size_t place[] = { 0, 1024, 4096, 32768, 65536 };
	struct fsparts p;

	for (size_t i = 0; i < sizeof(place) / sizeof(place[0]); i++) {
		uint8_t *head = calloc(1, place[i] + n + 1);

		if (!head)
			return 0;
		if (n)
			memcpy(head + place[i], d, n);
		fsparts_parse(head, place[i] + n, &p);
		for (unsigned k = 0; k < FSPARTS_PATHS; k++)
			if (strlen(p.path[k]) > 64)
				abort();
		free(head);
	}
	return 0;
}
