/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: what every kind of source knows of the crashed kernel.
 * Taken from vmcoreinfo and from memory; what cannot be read stays unknown.
 */
#ifndef VMCORE_KNOW_H
#define VMCORE_KNOW_H

#include "iface/source.h"
#include "vmcore/xlat.h"

#include <stdbool.h>

#define UTS_LEN (6 * 65) /* struct new_utsname */

/*
 * Fills page_size, crash_time, osrelease, phys_base and vmcoreinfo itself from TEXT, which must outlive INFO (NULL:
 * none), and the machine when INFO has none: REGS is known_notes.regs. page_size and crash_time that are set already
 * win. The segments of INFO are known.
 */
void know_vmcoreinfo(struct dump_info *info, const char *text, uint32_t regs);

/* What the notes tell beside dump_info. Pointers are owned, NULL when there is no such note. */
struct known_notes {
	char *vmcoreinfo; /* NUL-terminated */
	char *carry;      /* text of our own note, see vmcore/carry.h, NUL-terminated */
	uint8_t *lost;    /* the list of lost pages, see NOTE_LOST_NAME */
	size_t lost_len;  /* bytes of it */
	uint32_t regs;    /* bytes of the first NT_PRSTATUS, 0: none */
	bool process;     /* some are only in the core of a process */
};

/*
 * Walks the notes of S (ops->read_notes, info.notes_len): counts the CPUs and gives the texts of the first VMCOREINFO
 * and of our own note. Fills ncpu, vmcoreinfo_at, erase_at, erase_len; our own notes at the end are taken off
 * notes_len, as a file written from S gets new ones. 0 or -errno with a sentence. The caller frees with known_free().
 */
int must_check know_notes(struct source *s, struct known_notes *ret, struct err *e);

void known_free(struct known_notes *k);

/* Linux has pages of 4 KiB to 1 MiB (256 KiB on hexagon and ppc44x is the largest in use). */
bool know_page_size_ok(uint64_t size);

/* Reads a struct new_utsname. False, RET untouched, when its sysname is not "Linux". */
bool know_uts_parse(const uint8_t raw[UTS_LEN], struct dump_uts *ret);

/*
 * Fills uts of S from memory at init_uts_ns, unless `release` is known already; else what vmcoreinfo and
 * the machine tell.
 */
void know_uts(struct source *s);

/*
 * N bytes at kernel virtual address VA: by the addresses of S, by those of vmcoreinfo (kva_to_pa), then by
 * page tables. 0 or the -errno of the last way.
 */
int must_check know_read(struct source *s, uint64_t va, void *buf, size_t n);

/* The same without the first way. */
int must_check know_read_kernel(struct source *s, uint64_t va, void *buf, size_t n);

/* source_ops.translate of S by X, with the sentence. */
int know_translate(struct source *s, const struct xlat *x, uint64_t va, uint64_t *pa, uint64_t *len,
		   struct err *e);

#endif
