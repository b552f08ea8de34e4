/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: the command line of the capture kernel.
 * Input: base, REMOVE, APPEND, list, symbol table, separated by '|'. Nothing that must go ever stays.
 */
#include "host/capture_line.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void require(int ok)
{
	if (!ok)
		abort();
}

/* No word of LINE, quotes left aside, begins with PREFIX. */
static int has_word(const char *line, const char *prefix)
{
	const char *s = line;

	if (strchr(line, '"'))
		return 0;
	while ((s = strstr(s, prefix))) {
		if (s == line || s[-1] == ' ')
			return 1;
		s++;
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	char *part[5] = { "", "", "", "", "" }, *text = malloc(n + 1), line[512], found[LINE_SYMBOLS_BYTES];
	struct line_ask a = { .apicid = n % 3 - 1, .base_given = n % 2, .needs = n % 16 };

	if (!text)
		return 0;
	memcpy(text, d, n);
	text[n] = '\0';
	part[0] = text;
	for (unsigned i = 1; i < 5; i++) {
		char *bar = strchr(part[i - 1], '|');

		if (!bar)
			break;
		*bar = '\0';
		part[i] = bar + 1;
	}
	a.base = part[0];
	a.remove = part[1];
	a.append = part[2];
	a.list = part[3];
	a.symbols = line_symbols(a.list, part[4], strlen(part[4]), found) ? found : NULL;
	require(strlen(found) < sizeof(found));
	if (line_build(&a, line, sizeof(line), NULL) == 0) {
		require(strlen(line) < sizeof(line));
		require(has_word(part[2], "elfcorehdr") || has_word(part[3], "elfcorehdr") ||
			!has_word(line, "elfcorehdr="));
		require(a.base_given || strstr(part[2], "rd.") || strstr(part[3], "rd.") || !has_word(line, "rd."));
		require(strstr(part[2], "sysctl") || strstr(part[3], "sysctl") || !has_word(line, "sysctl."));
	}
	free(text);
	return 0;
}
