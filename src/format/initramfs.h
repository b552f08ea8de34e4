/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: an initramfs image: archives one after another, each plain or gzip-packed.
 * Seen as the kernel sees it (init/initramfs.c, 6.12): zero bytes between archives are skipped.
 */
#ifndef FORMAT_INITRAMFS_H
#define FORMAT_INITRAMFS_H

#include "base/err.h"
#include "format/newc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct initramfs_archive {
	unsigned nr; /* 1, 2, … */
	bool gzip;
	size_t packed;   /* bytes in the image */
	size_t unpacked; /* bytes of the cpio archive */
	uint64_t memory; /* bytes of whole pages its files take in the root file system */
	unsigned entries;
};

/* Either may be NULL. Entries are only valid during the call. */
struct initramfs_seer {
	void (*entry)(void *arg, const struct newc_entry *in);
	void (*archive)(void *arg, const struct initramfs_archive *in); /* after its entries */
	void *arg;
};

/*
 * Shows every entry of the image to WHO. An archive may unpack to at most MAX bytes, and
 * to 16 MiB and 32 times its size. What was seen
 * before a damaged place stays seen. -EBADMSG, -EFBIG, -ENOMEM.
 */
int must_check initramfs_walk(const uint8_t *buf, size_t n, size_t max,
			      const struct initramfs_seer *who, struct err *e);

#endif
