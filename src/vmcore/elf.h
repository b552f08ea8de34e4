/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: the ELF headers of a vmcore.
 * Pure functions over bytes; whatever the bytes say, every segment given lies inside the file.
 */
#ifndef VMCORE_ELF_H
#define VMCORE_ELF_H

#include "base/err.h"
#include "iface/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A p_paddr or p_vaddr of -1: the loader did not know (kernel/kexec_file.c, Linux 6.1). */
#define SEGMENT_ADDR_NONE UINT64_MAX

/* Physical addresses have at most 52 bits on x86_64 and aarch64 (Intel SDM 3A 4.1.4, Arm ARM D8). */
#define SEGMENT_PA_MAX (1ull << 52)

/* e_flags of a dump whose writer ran out of room (makedumpfile and crash know it). */
#define ELF_INCOMPLETE 1u

#define ELF_PHNUM_MAX (1u << 17)  /* program headers; one page of memory ranges has 73 */
#define ELF_HEAD_MAX  (16u << 20) /* bytes of all headers at the start of the file */
#define ELF_NOTES     4           /* PT_NOTE segments that are looked at; /proc/vmcore has one */

/* One PT_NOTE: bytes [offset, offset + len) of the file. */
struct elf_range {
	uint64_t offset, len;
};

struct elf_map {
	uint16_t machine;        /* e_machine */
	bool incomplete;         /* e_flags says that pages are missing */
	uint64_t head;           /* where the headers end */
	uint64_t size;           /* where the last header or segment ends, by the headers */
	struct segment *segment; /* PT_LOAD in file order; owned */
	unsigned nsegment;
	struct elf_range notes[ELF_NOTES];
	unsigned nnotes;
	unsigned dropped; /* PT_LOAD and PT_NOTE that were left out or cut */
	bool cut;         /* the file ends before the data of one of them */
	char why[160];    /* the first reason of `dropped`, "" when none */
};

/*
 * Gives in *RET how many bytes of the start of the file elf_parse() wants to see, from the first N
 * of them (at least 64). With more bytes the answer can grow (section header 0 of PN_XNUM), at most
 * to ELF_HEAD_MAX. FILE_SIZE in bytes. -EINVAL with a sentence when this is no ELF64 core file.
 */
int must_check elf_need(const uint8_t *buf, size_t n, uint64_t file_size, uint64_t *ret,
			struct err *e);

/*
 * Parses the first N bytes of a vmcore file of FILE_SIZE bytes. Layout: ELF-64 object file format,
 * as written by fs/proc/vmcore.c and kernel/kexec_file.c (Linux 6.1). A segment that reaches beyond
 * the file or lies in the headers is cut (`full` tells what is missing), an absurd one is left out; both are
 * counted. -EINVAL with a sentence when the headers themselves cannot be used, -ENOMEM. The caller frees *RET with
 * elf_map_free().
 */
int must_check elf_parse(const uint8_t *buf, size_t n, uint64_t file_size, struct elf_map *ret,
			 struct err *e);

void elf_map_free(struct elf_map *m);

#endif
