/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: what is said to a user may be shown on a terminal.
 */
#ifndef TESTS_FUZZ_SHOWN_H
#define TESTS_FUZZ_SHOWN_H

#include "base/str.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* True when str_clean() has nothing to do: no control character, no byte that is no text. */
static inline bool may_be_shown(const char *text)
{
	char *copy = strdup(text);
	bool same = copy && strcmp(str_clean(copy), text) == 0;

	free(copy);
	return same;
}

#endif
