/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: kernel virtual to physical addresses by what vmcoreinfo tells, without page tables.
 * Only for dumps whose loader left the virtual addresses of PT_LOAD unknown.
 */
#ifndef VMCORE_KVA_H
#define VMCORE_KVA_H

#include "iface/source.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The physical address of VA in the kernel image or the direct map, x86_64 and aarch64. False when
 * it cannot be told: another machine, a randomised direct map, a vmalloc address.
 */
bool kva_to_pa(const struct dump_info *info, uint64_t va, uint64_t *ret);

#endif
