/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: which kernel a kernel image is.
 * Pure: the bytes of the file to the release that `uname -r` will give.
 */
#include "host/kernel_version.h"

#include "base/bytes.h"

#include <errno.h>
#include <string.h>

#define SECTOR         512u
#define SETUP_SECTS    0x1f1
#define SETUP_MAGIC    0x202 /* "HdrS" */
#define SETUP_PROTOCOL 0x206
#define SETUP_RELEASE  0x20e /* where the text is, less one sector; 0: nowhere */

#define ZBOOT_MAGIC 4 /* "zimg" */
#define ZBOOT_AT    8
#define ZBOOT_BYTES 12
#define ZBOOT_CODEC 24 /* a name and its NUL */
#define IMAGE_MAGIC 56 /* arm64, riscv: booting.rst, boot-image-header.rst; loongarch: LINUX_PE_MAGIC */
#define IMAGE_HEAD  64
#define MAGIC_ARM64 0x644d5241u /* "ARM\x64" */
#define MAGIC_RISCV 0x05435352u /* "RSC\x05" */
#define MAGIC_PE    0x818223cdu

/* The word at AT, which a blank or a NUL before END ends, into BUF. -ENODATA: there is none, or it does not fit. */
static int word_take(const uint8_t *image, size_t at, size_t end, char *buf, size_t n)
{
	size_t used = 0;

	while (at + used < end && image[at + used] > ' ' && image[at + used] < 0x7f && used + 1 < n) {
		buf[used] = (char)image[at + used];
		used++;
	}
	buf[used] = '\0';
	/* A text that is cut off by the end of the data, or of BUF, is no release. */
	if (used > 0 && at + used < end && (image[at + used] == ' ' || image[at + used] == '\0'))
		return 0;
	buf[0] = '\0';
	return -ENODATA;
}

int kernel_version_bzimage(const uint8_t *image, size_t len, char *buf, size_t n)
{
	size_t at, end;

	buf[0] = '\0';
	if (len < SETUP_RELEASE + 2 || memcmp(image + SETUP_MAGIC, "HdrS", 4) != 0 ||
	    get_u16(image + SETUP_PROTOCOL) < 0x200 || get_u16(image + SETUP_RELEASE) == 0)
		return -ENODATA;
	/* 0 sectors mean 4, and the boot sector is not counted */
	end = ((image[SETUP_SECTS] ? image[SETUP_SECTS] : 4u) + 1) * SECTOR;
	end = end < len ? end : len;
	at = get_u16(image + SETUP_RELEASE) + SECTOR;
	/* "6.12.9-amd64 (builder@host) #1 SMP …": the first word */
	return word_take(image, at, end, buf, n);
}

int kernel_version_banner(const uint8_t *image, size_t len, char *buf, size_t n)
{
	static const char banner[] = "Linux version ";
	const uint8_t *p = image, *end = image + len;

	buf[0] = '\0';
	while ((p = memmem(p, (size_t)(end - p), banner, sizeof(banner) - 1))) {
		size_t at, behind;

		p += sizeof(banner) - 1;
		at = (size_t)(p - image);
		/* Messages have the same words, with "%s" behind them. */
		if (word_take(image, at, len, buf, n) == 0) {
			behind = at + strlen(buf);
			if (image[at] >= '0' && image[at] <= '9' && len - behind >= 2 &&
			    memcmp(image + behind, " (", 2) == 0)
				return 0;
		}
		buf[0] = '\0';
	}
	return -ENODATA;
}

/* The codec of a zboot image as the suffix that a file of it has; NULL: one that is not unpacked here. */
static const char *zboot_suffix(const uint8_t *name)
{
	if (memcmp(name, "gzip", 5) == 0)
		return ".gz";
	if (memcmp(name, "xzkern", 7) == 0)
		return ".xz";
	return memcmp(name, "zstd", 4) == 0 ? ".zst" : NULL; /* "zstd22" as well */
}

int kernel_inner_find(const uint8_t *image, size_t len, uint64_t size, struct kernel_inner *ret)
{
	struct kernel_inner k = { .n = size, .suffix = "" };
	uint32_t magic;

	if (len < IMAGE_HEAD)
		return -ENODATA;
	magic = get_u32(image + IMAGE_MAGIC);
	if (memcmp(image, "MZ", 2) == 0 && memcmp(image + ZBOOT_MAGIC, "zimg", 4) == 0) {
		k.suffix = zboot_suffix(image + ZBOOT_CODEC);
		k.at = get_u32(image + ZBOOT_AT);
		k.n = get_u32(image + ZBOOT_BYTES);
		if (!k.suffix || k.at > size || k.n > size - k.at)
			return -ENODATA;
	} else if (memcmp(image, "\x1f\x8b", 2) == 0) {
		k.suffix = ".gz";
	} else if (memcmp(image, "\177ELF", 4) != 0 && magic != MAGIC_ARM64 && magic != MAGIC_RISCV &&
		   magic != MAGIC_PE) {
		return -ENODATA;
	}
	*ret = k;
	return 0;
}
