/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: sentences for the operator.
 * A fixed number of fixed length; one too many is lost, not an error.
 */
#ifndef FILTER_NOTE_H
#define FILTER_NOTE_H

#include "filter/filter.h"

#define NOTE_MAX 256

struct notes {
	unsigned n;
	char text[FILTER_NOTES][NOTE_MAX];
};

/* Adds a sentence, cut to NOTE_MAX. */
void note_add(struct notes *n, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
