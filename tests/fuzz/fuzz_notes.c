/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: ELF notes.
 * Any bytes: the walk ends, always moves forward, and names nothing outside the buffer but
 * contents. Each input is tried as it is and as text (plain.h).
 */
#include "vmcore/notes.h"

#include "plain.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void walk(const uint8_t *d, size_t n)
{
	struct note note = { .next = 0 };
	uint64_t pos = 0;

	while (note_next(d, n, pos, &note)) {
		if (note.at < pos || note.at >= n || note.desc_at <= note.at ||
		    note.next <= note.at)
			abort();
		if (note.next < note.desc_at + note.desc_len)
			abort();
		if (strnlen(note.name, NOTE_NAME_MAX) == NOTE_NAME_MAX)
			abort();
		if (note_is(&note, "VMCOREINFO", 0) && strcmp(note.name, "VMCOREINFO") != 0)
			abort();
		pos = note.next;
	}
	if (note.next < pos)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	uint8_t *bytes = plain_bytes(d, n);

	walk(d, n);
	if (bytes)
		walk(bytes, n);
	free(bytes);
	return 0;
}
