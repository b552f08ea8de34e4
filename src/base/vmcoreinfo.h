/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: look-ups in vmcoreinfo.
 * Pure functions over "KEY=VALUE\n…" text of LEN bytes; a key that is not there is an answer, no
 * failure. The keys are those of Documentation/admin-guide/kdump/vmcoreinfo.rst (Linux 6.1).
 */
#ifndef BASE_VMCOREINFO_H
#define BASE_VMCOREINFO_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Copies the value of the first line KEY= into BUF of N bytes, NUL-terminated.
 * 0, -ENOENT when there is no such line, -ENAMETOOLONG when the value does not fit (BUF untouched).
 */
int must_check vmci_str(const char *text, size_t len, const char *key, char *buf, size_t n);

/*
 * The number of the line KEY=, KEY as written there: "SYMBOL(prb)", "OFFSET(printk_info.seq)",
 * "PAGESIZE". SYMBOL() and KERNELOFFSET are hexadecimal without 0x; all others are decimal with an
 * optional sign (given in two's complement), or hexadecimal with 0x or where a letter shows it.
 * 0, -ENOENT, -EINVAL when the value is no number, -ERANGE above 64 bits.
 */
int must_check vmci_u64(const char *text, size_t len, const char *key, uint64_t *ret);

#endif
