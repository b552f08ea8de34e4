/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: how much memory a file can tell of.
 * Headers can claim any of it in a few bytes; time and memory go by the bytes that are stored.
 */
#ifndef VMCORE_BOUND_H
#define VMCORE_BOUND_H

#include "vmcore/elf.h"
#include "vmcore/file.h"

#include <stdint.h>

/* Bytes of F that exist: those of its records for a stream, without the holes for a file. */
uint64_t bound_stored(const struct dfile *f);

/*
 * Where the addresses end that files of STORED bytes are believed: 512 GiB, and 256 KiB for each byte. A machine keeps
 * 1/64 of its memory in struct pages, which no filter leaves out: the dump of a machine of 16 TiB has 256 GiB.
 */
uint64_t bound_memory(uint64_t stored);

/*
 * Cuts the segments of M at bound_memory(STORED), and leaves out those that claim more bytes than the file of SIZE can
 * have: each of its bytes four times (ELF files of crashbox map the image twice), and zeros that are holes of the file,
 * 1 GiB and 1 KiB for each of its STORED bytes.
 */
void bound_segments(struct elf_map *m, uint64_t stored, uint64_t size);

#endif
