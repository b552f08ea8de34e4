/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What file systems say of other devices: heads made by hand, cut at every place that matters.
 */
#include "check.h"

#include "dev/fsparts.h"

#include <stdint.h>
#include <string.h>

static uint8_t head[FSPARTS_HEAD];

static struct fsparts parse(size_t n)
{
	struct fsparts p;

	fsparts_parse(head, n, &p);
	return p;
}

static void put_le(size_t at, uint64_t v, unsigned n)
{
	for (; n--; v >>= 8)
		head[at++] = (uint8_t)v;
}

static void check_xfs(void)
{
	memset(head, 0, sizeof(head));
	memcpy(head, "XFSB", 4);
	CHECK(parse(512).log);
	CHECK(!parse(511).log);
	head[55] = 4; /* sb_logstart, big-endian */
	CHECK(!parse(512).log && !parse(512).realtime);
	head[23] = 1; /* sb_rblocks */
	CHECK(parse(512).realtime);
	head[295] = 1; /* sb_rtstart: on the same device */
	CHECK(!parse(512).realtime);
}

static void check_ext(void)
{
	memset(head, 0, sizeof(head));
	put_le(1024 + 56, 0xef53, 2);
	CHECK(!parse(2048).journal);
	put_le(1024 + 92, 0x4, 4);
	head[1024 + 208] = 0xab;
	CHECK(parse(2048).journal && parse(2048).uuid[0] == 0xab);
	CHECK(!parse(2047).journal);
	put_le(1024 + 224, 8, 4);
	CHECK(!parse(2048).journal);
	put_le(1024 + 224, 0, 4);
	put_le(1024 + 96, 0x8, 4); /* the journal device itself */
	CHECK(!parse(2048).journal);
}

static void check_members(void)
{
	static const uint8_t magic[16] = { 0xc6, 0x85, 0x73, 0xf6, 0x66, 0xce, 0x90, 0xa9,
					   0xd9, 0x6a, 0x60, 0xcf, 0x80, 0x3d, 0xf7, 0xef };

	memset(head, 0, sizeof(head));
	memcpy(head + 65536 + 64, "_BHRfS_M", 8);
	put_le(65536 + 136, 3, 8);
	CHECK_INT(parse(sizeof(head)).devices, 3);
	CHECK_INT(parse(65536 + 143).devices, 0);
	put_le(65536 + 136, UINT64_MAX, 8);
	CHECK(parse(sizeof(head)).devices == UINT32_MAX);
	memset(head, 0, sizeof(head));
	memcpy(head + 4096 + 24, magic, sizeof(magic));
	head[4096 + 123] = 2;
	CHECK_INT(parse(sizeof(head)).devices, 2);
}

static void check_f2fs(void)
{
	const size_t first = 1024 + 2201;

	memset(head, 0, sizeof(head));
	put_le(1024, 0xf2f52010, 4);
	memset(head + first, 'a', 64); /* without an end of its own */
	CHECK_STR(parse(sizeof(head)).path[0], "");
	memcpy(head + first + 68, "/dev/sdb", 9);
	CHECK_INT(strlen(parse(sizeof(head)).path[0]), 64);
	CHECK_STR(parse(sizeof(head)).path[1], "/dev/sdb");
	CHECK_STR(parse(first + 68).path[0], "");
}

static void check_jfs(void)
{
	memset(head, 0, sizeof(head));
	memcpy(head + 32768, "JFS1", 4);
	CHECK(parse(sizeof(head)).log);
	put_le(32768 + 36, 0x800, 4);
	CHECK(!parse(sizeof(head)).log);
}

int main(void)
{
	check_xfs();
	check_ext();
	check_members();
	check_f2fs();
	check_jfs();
	return check_done();
}
