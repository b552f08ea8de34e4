/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: notes that follow those of the file.
 * What a file has elsewhere, or what was given with -i, becomes a note: then every file written from it has it too.
 */
#ifndef VMCORE_MADE_NOTES_H
#define VMCORE_MADE_NOTES_H

#include "iface/source.h"

#include <stddef.h>
#include <stdint.h>

struct made_notes {
	uint64_t at;    /* where they begin in all notes of the source */
	uint8_t *bytes; /* owned */
	size_t len;     /* a multiple of 4 */
};

/*
 * Appends a note of type 0 named NAME with the N bytes at DESC, at most 1 GiB, and a NUL behind them, and lengthens
 * info->notes_len, which ends with the notes of the file or with those made before. *DESC_AT: where its content lies in
 * all notes. -ENOMEM.
 */
int must_check made_notes_add(struct made_notes *m, struct dump_info *info, const char *name, const void *desc,
			      size_t n, uint64_t *desc_at);

/*
 * The part of bytes [OFF, OFF + N) that lies before the made notes: gives its length; BUF gets the made ones behind it,
 * and zeros between the notes of the file, FILE_LEN bytes, and them. The caller reads the rest from the file.
 */
size_t made_notes_read(const struct made_notes *m, uint64_t file_len, uint64_t off, void *buf, size_t n);

void made_notes_free(struct made_notes *m);

#endif
