/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the parts of a unified kernel image (UKI).
 * Pure: a PE file's header to the places of its sections.
 */
#ifndef HOST_PE_IMAGE_H
#define HOST_PE_IMAGE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define PE_HEAD_BYTES (64u << 10) /* headers and section table of any UKI; a longer table is refused */

struct pe_section {
	uint64_t at, n; /* bytes of the file */
};

/*
 * Where the section NAME of a PE file of SIZE bytes lies, of which HEAD holds the first N (PE_HEAD_BYTES are enough).
 * 0; -ENOENT: a PE file without it; -EINVAL: no PE file, or one whose section lies outside. Layout: Microsoft PE
 * format, "COFF File Header", "Section Table"; the names: UAPI group, "Unified Kernel Image".
 */
int pe_find_section(const uint8_t *head, size_t n, uint64_t size, const char *name, struct pe_section *ret);

#endif
