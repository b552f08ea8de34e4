/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: ELF notes.
 * Sizes in the notes are 32 bits and sums are 64 bits: nothing can overflow or step back.
 */
#include "vmcore/notes.h"

#include "base/bytes.h"

#include <string.h>

#define NOTE_HEAD 12

int note_next(const uint8_t *buf, size_t n, uint64_t pos, struct note *ret)
{
	uint32_t name_len, have;

	while (range_ok(pos, 4, n) && get_u32(buf + pos) == 0)
		pos += 4;
	ret->next = pos;
	if (!range_ok(pos, NOTE_HEAD, n))
		return 0;
	name_len = get_u32(buf + pos);
	have = name_len < NOTE_NAME_MAX ? name_len : NOTE_NAME_MAX - 1;
	if (!range_ok(pos + NOTE_HEAD, have, n))
		return 0;
	memset(ret->name, 0, sizeof(ret->name));
	memcpy(ret->name, buf + pos + NOTE_HEAD, have);
	ret->at = (size_t)pos;
	ret->name_len = name_len;
	ret->desc_len = get_u32(buf + pos + 4);
	ret->type = get_u32(buf + pos + 8);
	ret->desc_at = pos + NOTE_HEAD + align_up(name_len, 4);
	ret->next = ret->desc_at + align_up(ret->desc_len, 4);
	return 1;
}

bool note_is(const struct note *note, const char *name, uint32_t type)
{
	return note->type == type && strcmp(note->name, name) == 0;
}
