/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: gzip members in memory.
 * The packed bytes depend on the input alone: the header carries no time and no name.
 */
#ifndef FORMAT_GZIP_H
#define FORMAT_GZIP_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool gzip_is(const uint8_t *buf, size_t n);

/* Packs as small as it goes. *RET is a new buffer of *LEN bytes that the caller frees. -ENOMEM. */
int must_check gzip_pack(const void *in, size_t n, uint8_t **ret, size_t *len, struct err *e);

/* What gzip_unpack gives. */
struct gzip_out {
	uint8_t *buf; /* the caller frees it */
	size_t len;
	size_t used; /* bytes of the input that the member took */
};

/*
 * Unpacks the one member at the start of IN. -EBADMSG when it is damaged or cut off, -EFBIG when it
 * would need more than MAX bytes, -ENOMEM.
 */
int must_check gzip_unpack(const void *in, size_t n, size_t max, struct gzip_out *ret,
			   struct err *e);

#endif
