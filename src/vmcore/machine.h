/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: the machine of a dump.
 * No single field decides it: headers lose it, and then the kernel's own words tell.
 */
#ifndef VMCORE_MACHINE_H
#define VMCORE_MACHINE_H

#include <stddef.h>
#include <stdint.h>

/* "x86_64" for EM_X86_64, as in utsname; "" for a machine without a name here. And the other way round, 0. */
const char *machine_name(uint16_t machine);
uint16_t machine_by_name(const char *name);

/*
 * The e_machine that the N bytes of vmcoreinfo at TEXT tell by keys that only one machine exports, by the end of
 * OSRELEASE or by where the kernel lies; else the one whose struct elf_prstatus has REGS bytes (0: not known). 0:
 * nothing tells. Keys: arch/…/kernel/{crash_core,vmcore_info,machine_kexec}*.c, Linux 6.12.
 */
uint16_t machine_guess(const char *text, size_t n, uint32_t regs);

#endif
