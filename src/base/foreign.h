/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: files of other programs, recognized by their first bytes.
 * A pure function; a file that is taken for a dump, a kernel or an image and is none gets a name and a way out.
 */
#ifndef BASE_FOREIGN_H
#define BASE_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

#define FOREIGN_HEAD 1100 /* bytes that are looked at, at most */

/*
 * What the first N bytes of a file at P seem to be, and what to do: "gzip data: unpack it first (gzip -d)". TEXT is the
 * result for a text, since its way out depends on what the caller looked for. NULL: nothing that is known here. Formats
 * that crashbox reads as a dump are not asked for.
 */
const char *foreign_find(const uint8_t *p, size_t n, const char *text);

/* The same where a dump is as wrong as everything else. */
const char *foreign_or_dump(const uint8_t *p, size_t n, const char *text);

#endif
