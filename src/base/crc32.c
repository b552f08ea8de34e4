/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: CRC-32.
 * libdeflate has it with vector instructions and is linked for gzip anyway.
 */
#include "base/crc32.h"

#include <libdeflate.h>

uint32_t crc32_add(uint32_t crc, const void *p, size_t n)
{
	return libdeflate_crc32(crc, p, n);
}
