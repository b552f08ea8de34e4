/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: ELF notes.
 * A pure walk over bytes that always moves forward.
 */
#ifndef VMCORE_NOTES_H
#define VMCORE_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOTE_NAME_MAX 32 /* bytes of a name that are looked at; "VMCOREINFO" has 11 */

struct note {
	uint32_t type;
	uint32_t name_len;        /* with its NUL */
	char name[NOTE_NAME_MAX]; /* cut and NUL-terminated */
	size_t at;                /* offset of the note header in the buffer */
	uint64_t desc_at;         /* offset of the content in the buffer; can lie behind its end */
	uint32_t desc_len;        /* bytes of the content, without padding */
	uint64_t next;            /* offset of the next note */
};

/*
 * Gives the first note whose header begins in [POS, N) of BUF, skipping words of zeros (the tail of
 * a page-rounded PT_NOTE, notes of absent CPUs). The content needs not be inside the buffer.
 * Header: name size, content size, type, each 32 bits; name and content padded to 4 bytes (ELF
 * gABI; the kernel's kernel/crash_core.c, Linux 6.1). 1: a note; 0: no further one, *RET then has
 * only `next` set, the offset where to go on once there are more bytes.
 */
int note_next(const uint8_t *buf, size_t n, uint64_t pos, struct note *ret);

bool note_is(const struct note *note, const char *name, uint32_t type);

#endif
