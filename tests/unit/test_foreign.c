/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: files of other programs, and how much memory a small file may tell of.
 */
#include "check.h"

#include "base/foreign.h"
#include "vmcore/bound.h"

#include <stdlib.h>

#define KNOWN(bytes, said) known(bytes, sizeof(bytes) - 1, said)

static void known(const char *bytes, size_t n, const char *said)
{
	const char *what = foreign_find((const uint8_t *)bytes, n, "a text");

	CHECK(said ? what && strncmp(what, said, strlen(said)) == 0 : !what);
	if (said && (!what || strncmp(what, said, strlen(said)) != 0))
		fprintf(stderr, "  \"%s\" is not \"%s\"\n", what ? what : "", said);
}

static void names(void)
{
	uint8_t tar[FOREIGN_HEAD] = "some/file";

	KNOWN("\x1f\x8b\x08", "gzip data: unpack it first (gzip -d)");
	KNOWN("\x28\xb5\x2f\xfd", "zstd data");
	KNOWN("LibvirtQemudSave\2", "the saved state of a libvirt guest");
	KNOWN("EMiL\1\0\0\0", "a LiME dump");
	KNOWN("PAGEDU64", "a crash dump of Windows");
	KNOWN("-----BEGIN OPENSSH PRIVATE KEY-----", "a key or a certificate");
	KNOWN("dmesg\n[   1.0] x\n", "a text");
	KNOWN("\0\0\0\0", "nothing but zeros");
	KNOWN("\x1f", NULL);
	KNOWN("\x01\x02\x03", NULL);
	KNOWN("", NULL);
	memcpy(tar + 257, "ustar", 5);
	CHECK_STR(foreign_find(tar, sizeof(tar), "a text"), "a tar archive: unpack it first (tar -x)");
	CHECK(!foreign_find(tar, 260, "a text"));
}

static struct segment at(uint64_t pa, uint64_t len, uint64_t memlen)
{
	return (struct segment){ .pa = pa, .va = UINT64_MAX, .len = len, .memlen = memlen };
}

static void bounds(void)
{
	const uint64_t tib = 1ull << 40;
	struct elf_map m = { .segment = calloc(8, sizeof(*m.segment)), .nsegment = 8 };

	CHECK(bound_memory(0) == tib / 2);
	CHECK(bound_memory(1 << 20) == tib / 2 + tib / 4);
	/* 64 TiB of memory with all of its struct pages, as a filter leaves them. */
	CHECK(bound_memory(tib) == SEGMENT_PA_MAX);
	CHECK(bound_memory(UINT64_MAX) == SEGMENT_PA_MAX);
	m.segment[0] = at(0, 1000, 4096);
	m.segment[1] = at(tib / 4, 0, tib);                /* cut */
	m.segment[2] = at(SEGMENT_PA_MAX - 4096, 1, 4096); /* out */
	m.segment[3] = at(4096, 1000, 4096);
	m.segment[4] = at(8192, 1000, 4096);
	m.segment[5] = at(12288, 1000, 4096);
	m.segment[6] = at(16384, 1000, 4096); /* the file has 1000 bytes */
	m.segment[7] = at(SEGMENT_ADDR_NONE, 0, 1);
	bound_segments(&m, 1000, 1000);
	CHECK_INT(m.nsegment, 6);
	CHECK_INT(m.dropped, 3);
	CHECK_STR(m.why, "segment 1: its memory lies farther than a file of this size can tell");
	CHECK(m.segment[1].memlen == bound_memory(1000) - tib / 4);
	CHECK_INT(m.segment[4].pa, 12288);
	elf_map_free(&m);
}

int main(void)
{
	names();
	bounds();
	return check_done();
}
