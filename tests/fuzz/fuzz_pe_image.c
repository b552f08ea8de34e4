/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: the sections of a unified kernel image.
 * A section that is found lies inside the file.
 */
#include "host/pe_image.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	static const char *const name[] = { ".linux", ".uname", ".cmdline" };

	for (unsigned i = 0; i < 3; i++) {
		struct pe_section s;

		if (pe_find_section(d, n, n, name[i], &s) == 0 && (s.at > n || s.n > n - s.at))
			abort();
	}
	return 0;
}
