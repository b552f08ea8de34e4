/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: a line that brings links up.
 * Any bytes end in a sentence, or in a step that is written and read again as the same step.
 */
#include "conf/link_words.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void require(int ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	char line[1024], text[LINK_LINE], again[LINK_LINE];
	struct link_step s = { 0 }, t = { 0 };
	struct err e = { 0 };

	if (n >= sizeof(line))
		return 0;
	memcpy(line, d, n);
	line[n] = '\0';
	if (link_parse(&s, line, &e)) {
		require(e.text[0] && e.code == -22 && s.kind == 0 && !s.name[0]);
		return 0;
	}
	require(s.nmember <= LINK_MEMBERS && (!s.name[0] || link_name_ok(s.name)));
	require(link_text(&s, text, sizeof(text)) == 0);
	memcpy(again, text, sizeof(text));
	require(link_parse(&t, again, &e) == 0);
	require(memcmp(&s, &t, sizeof(s)) == 0);
	return 0;
}
