/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: notes that follow those of the file.
 * One block of memory, behind the notes of the file from the next word on.
 */
#include "vmcore/made_notes.h"

#include "base/bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEAD     12u
#define DESC_MAX (1ull << 30)

int made_notes_add(struct made_notes *m, struct dump_info *info, const char *name, const void *desc, size_t n,
		   uint64_t *desc_at)
{
	size_t name_len = strlen(name) + 1, head = HEAD + (size_t)align_up(name_len, 4);
	size_t len = head + (size_t)align_up(n + 1ull, 4);
	uint8_t *more = n > DESC_MAX ? NULL : realloc(m->bytes, m->len + len), *note;

	if (!more)
		return -ENOMEM;
	if (m->len == 0)
		m->at = align_up(info->notes_len, 4);
	note = more + m->len;
	memset(note, 0, len);
	put_u32(note, (uint32_t)name_len);
	put_u32(note + 4, (uint32_t)n);
	memcpy(note + HEAD, name, name_len);
	memcpy(note + head, desc, n);
	*desc_at = m->at + m->len + head;
	m->bytes = more;
	m->len += len;
	info->notes_len = m->at + m->len;
	return 0;
}

size_t made_notes_read(const struct made_notes *m, uint64_t file_len, uint64_t off, void *buf, size_t n)
{
	size_t before = off >= file_len ? 0 : n < file_len - off ? n
								 : (size_t)(file_len - off),
	       i = before;
	uint8_t *to = buf;

	for (; i < n && off + i < m->at; i++)
		to[i] = 0;
	if (i < n)
		memcpy(to + i, m->bytes + (off + i - m->at), n - i);
	return before;
}

void made_notes_free(struct made_notes *m)
{
	free(m->bytes);
	*m = (struct made_notes){ .bytes = NULL };
}
