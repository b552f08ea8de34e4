/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the parts of a unified kernel image (UKI).
 * Pure: a PE file's header to the places of its sections.
 */
#include "host/pe_image.h"

#include "base/bytes.h"

#include <errno.h>
#include <string.h>

#define DOS_NEW_HEADER 0x3c
#define COFF_BYTES     24 /* "PE\0\0" and the header behind it */
#define COFF_SECTIONS  6
#define COFF_OPTIONAL  20 /* bytes of the optional header */
#define SECTION_BYTES  40
#define SECTION_NAME   8 /* bytes, filled with NUL */
#define SECTION_USED   8 /* VirtualSize: bytes that are used of the next */
#define SECTION_SIZE   16
#define SECTION_AT     20

int pe_find_section(const uint8_t *head, size_t n, uint64_t size, const char *name, struct pe_section *ret)
{
	char padded[SECTION_NAME] = { 0 };
	uint64_t at;
	unsigned count;

	if (n < DOS_NEW_HEADER + 4 || memcmp(head, "MZ", 2) != 0)
		return -EINVAL;
	at = get_u32(head + DOS_NEW_HEADER);
	if (at > n || n - at < COFF_BYTES || memcmp(head + at, "PE\0", 4) != 0)
		return -EINVAL;
	count = get_u16(head + at + COFF_SECTIONS);
	at += COFF_BYTES + get_u16(head + at + COFF_OPTIONAL);
	memcpy(padded, name, strnlen(name, sizeof(padded)));
	for (; count; count--, at += SECTION_BYTES) {
		uint64_t from, used, room;

		if (at > n || n - at < SECTION_BYTES)
			return -EINVAL;
		if (memcmp(head + at, padded, sizeof(padded)) != 0)
			continue;
		used = get_u32(head + at + SECTION_USED);
		room = get_u32(head + at + SECTION_SIZE);
		from = get_u32(head + at + SECTION_AT);
		used = used < room ? used : room;
		if (from > size || used > size - from)
			return -EINVAL;
		*ret = (struct pe_section){ from, used };
		return 0;
	}
	return -ENOENT;
}
