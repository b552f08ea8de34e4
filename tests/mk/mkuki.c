/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mk: kernel images that name their release (bzImage, an Image of arm64), an EFI zboot image of a packed one, and a
 * unified kernel image around one.
 * mkuki bzimage|image OUT RELEASE | mkuki zboot OUT PACKED CODEC |
 * mkuki uki OUT KERNEL|- RELEASE|- CMDLINE|-   (-: without that section)
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN 512u

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v & 0xffff);
	put16(p + 2, v >> 16);
}

static void save(const char *path, const uint8_t *p, size_t n)
{
	FILE *f = fopen(path, "w");

	if (!f || fwrite(p, 1, n, f) != n || fclose(f))
		die(path);
}

/* Boot sector and one more of set-up code, with the fields that the boot protocol names (2.06). */
static void make_bzimage(const char *path, const char *release)
{
	static uint8_t b[4 * 512];

	b[0x1f1] = 3; /* setup_sects */
	put16(b + 0x1fe, 0xaa55);
	memcpy(b + 0x202, "HdrS", 4);
	put16(b + 0x206, 0x20f);
	put16(b + 0x20e, 0x300); /* kernel_version, 512 bytes before the text */
	b[0x211] = 1;            /* loadflags: bzImage */
	put32(b + 0x238, 2047);
	put32(b + 0x260, 1 << 20);
	snprintf((char *)b + 0x500, 128, "%s (maker@host) #1 SMP", release);
	save(path, b, sizeof(b));
}

static uint8_t *load(const char *path, size_t *n)
{
	FILE *f = fopen(path, "r");
	uint8_t *p = malloc(64u << 20);

	if (!f || !p)
		die(path);
	*n = fread(p, 1, 64u << 20, f);
	fclose(f);
	return p;
}

/* The head of Documentation/arch/arm64/booting.rst; far behind it the banner, and a message that looks like one. */
static void make_image(const char *path, const char *release)
{
	static uint8_t b[3 << 20];

	memcpy(b, "MZ", 2);
	memcpy(b + 56, "ARM\x64", 4);
	strcpy((char *)b + (1 << 20), "Linux version %s (%s)");
	snprintf((char *)b + (2 << 20) + 5, 128, "Linux version %s (maker@host) (gcc) #1 SMP", release);
	save(path, b, sizeof(b));
}

/* drivers/firmware/efi/libstub/zboot-header.S */
static void make_zboot(const char *path, const uint8_t *packed, size_t n, const char *codec)
{
	uint8_t *b = calloc(1, ALIGN + n + 4);

	if (!b)
		die("memory");
	memcpy(b, "MZ\0\0zimg", 8);
	put32(b + 8, ALIGN);
	put32(b + 12, (uint32_t)n);
	strncpy((char *)b + 24, codec, 16);
	put32(b + 56, 0x818223cd);
	memcpy(b + ALIGN, packed, n);
	save(path, b, ALIGN + n + 4);
	free(b);
}

struct part {
	const char *name;
	const uint8_t *p;
	size_t n;
};

static void make_uki(const char *path, const struct part *part, unsigned count)
{
	size_t room = 4096, at = 1024;
	uint8_t *b;
	unsigned used = 0;

	for (unsigned i = 0; i < count; i++)
		room += part[i].n + ALIGN;
	b = calloc(1, room);
	if (!b)
		die("memory");
	memcpy(b, "MZ", 2);
	put32(b + 0x3c, 0x80);
	memcpy(b + 0x80, "PE\0", 4);
	put16(b + 0x84, 0x8664);
	put16(b + 0x94, 0xf0);
	for (unsigned i = 0; i < count; i++) {
		uint8_t *s = b + 0x98 + 0xf0 + used * 40;

		if (!part[i].p)
			continue;
		strncpy((char *)s, part[i].name, 8);
		put32(s + 8, (uint32_t)part[i].n);
		put32(s + 16, (uint32_t)((part[i].n + ALIGN - 1) / ALIGN * ALIGN));
		put32(s + 20, (uint32_t)at);
		memcpy(b + at, part[i].p, part[i].n);
		at += (part[i].n + ALIGN - 1) / ALIGN * ALIGN;
		used++;
	}
	put16(b + 0x86, used);
	save(path, b, at);
	free(b);
}

static struct part text_part(const char *name, const char *text)
{
	if (strcmp(text, "-") == 0)
		return (struct part){ name, NULL, 0 };
	return (struct part){ name, (const uint8_t *)text, strlen(text) };
}

int main(int argc, char **argv)
{
	struct part part[3];

	if (argc == 4 && strcmp(argv[1], "bzimage") == 0) {
		make_bzimage(argv[2], argv[3]);
		return 0;
	}
	if (argc == 4 && strcmp(argv[1], "image") == 0) {
		make_image(argv[2], argv[3]);
		return 0;
	}
	if (argc == 5 && strcmp(argv[1], "zboot") == 0) {
		size_t n;
		uint8_t *packed = load(argv[3], &n);

		make_zboot(argv[2], packed, n, argv[4]);
		free(packed);
		return 0;
	}
	if (argc != 6 || strcmp(argv[1], "uki") != 0) {
		fprintf(stderr, "usage: mkuki bzimage|image OUT RELEASE | zboot OUT PACKED CODEC |\n"
				"       uki OUT KERNEL|- RELEASE|- CMDLINE|-\n");
		return 2;
	}
	part[0] = (struct part){ ".linux", NULL, 0 };
	if (strcmp(argv[3], "-") != 0)
		part[0].p = load(argv[3], &part[0].n);
	part[1] = text_part(".uname", argv[4]);
	part[2] = text_part(".cmdline", argv[5]);
	make_uki(argv[2], part, 3);
	free((void *)(uintptr_t)part[0].p);
	return 0;
}
