/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: sentences for the operator.
 * What was switched off, and by what evidence.
 */
#include "filter/note.h"

#include <stdarg.h>
#include <stdio.h>

void note_add(struct notes *n, const char *fmt, ...)
{
	va_list ap;

	if (n->n >= FILTER_NOTES)
		return;
	va_start(ap, fmt);
	vsnprintf(n->text[n->n++], NOTE_MAX, fmt, ap);
	va_end(ap);
}
