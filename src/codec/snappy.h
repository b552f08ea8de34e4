/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec: snappy, reading only.
 * Every element of the stream stays within the two buffers, or the page is damaged.
 */
#ifndef CODEC_SNAPPY_H
#define CODEC_SNAPPY_H

#include <stddef.h>

/*
 * Unpacks the raw snappy stream of N bytes at IN into the PAGE_SIZE bytes at OUT. 0; -EINVAL when it is
 * damaged or does not give exactly PAGE_SIZE bytes.
 */
int snappy_unpack(const void *in, size_t n, void *out, size_t page_size);

#endif
