/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: the packets of SFTP, and words for a shell.
 */
#include "check.h"

#include "sink/net_ssh_lanes.h"
#include "sink/net_ssh_wire.h"

#include <errno.h>

/* An answer of a string literal, without its length word. */
#define ANSWER(lit, r) sftp_reply_get((const uint8_t *)(lit), sizeof(lit) - 1, (r))

static void check_requests(void)
{
	struct sftp_out o;

	sftp_start(&o, SFTP_OPEN, 0x01020304);
	sftp_text(&o, "ab");
	sftp_u64(&o, 0x1122334455667788ull);
	CHECK_INT(sftp_end(&o, 5), 0);
	CHECK_INT(o.n, 4 + 1 + 4 + 6 + 8);
	CHECK(memcmp(o.b, "\0\0\0\030\003\001\002\003\004\0\0\0\002ab\x11\x22\x33\x44\x55\x66\x77\x88", o.n) == 0);
	for (unsigned i = 0; i < 400; i++)
		sftp_u64(&o, 0);
	CHECK(o.n <= sizeof(o.b));
	CHECK_INT(sftp_end(&o, 0), -ENAMETOOLONG);
}

static void check_answers(void)
{
	struct sftp_reply r;
	const char *words;

	CHECK_INT(ANSWER("\x65\0\0\0\007\0\0\0\003\0\0\0\002no\0\0\0\0", &r), 0);
	CHECK_INT(r.type, SFTP_STATUS);
	CHECK_INT(r.id, 7);
	CHECK_INT(r.status, 3);
	CHECK_INT(r.ntext, 2);
	CHECK_INT(sftp_errno(r.status, &words), -EACCES);
	CHECK_STR(words, "permission denied");
	CHECK_INT(sftp_errno(14, &words), -ENOSPC);
	CHECK_INT(sftp_errno(99, &words), -EIO);
	CHECK_INT(ANSWER("\x65\0\0\0\007\0\0\0\0", &r), 0);
	CHECK_INT(ANSWER("\x65\0\0\0\007\0\0", &r), -EPROTO);
	CHECK_INT(ANSWER("\x65\0\0\0\007\0\0\0\003\0\0\0\011no", &r), -EPROTO);
	CHECK_INT(ANSWER("\x66\0\0\0\001\0\0\0\003abc", &r), 0);
	CHECK(r.ntext == 3 && memcmp(r.text, "abc", 3) == 0);
	CHECK_INT(ANSWER("\x66\0\0\0\001\0\0\0\0", &r), -EPROTO);
	CHECK_INT(ANSWER("\x66\0\0\0\001\0\0\0\004abc", &r), -EPROTO);
	CHECK_INT(ANSWER("\x69\0\0\0\001\0\0\0\017\0\0\0\001\0\0\0\002"
			 "\0\0\0\0\0\0\0\0\0\0\x41\xed\0\0\0\0\0\0\0\0",
			 &r),
		  0);
	CHECK(r.has_size && r.is_dir && r.size == 0x100000002ull);
	CHECK_INT(ANSWER("\x69\0\0\0\001\0\0\0\004\0\0\x81\xa4", &r), 0);
	CHECK(!r.has_size && !r.is_dir);
	CHECK_INT(ANSWER("\x69\0\0\0\001\0\0\0\001\0\0\0\001", &r), -EPROTO);
	CHECK_INT(ANSWER("\x67\0\0\0\001\0\0\0\001", &r), -EPROTO);
	CHECK_INT(ANSWER("welcome", &r), -EPROTO);
	CHECK_INT(ANSWER("", &r), -EPROTO);
}

static void check_features(void)
{
	static const char text[] = "\0\0\0\021fsync@openssh.com\0\0\0\0011\0\0\0\023statvfs@openssh.com\0\0\0\0012"
				   "\0\0\0\001x\0\0\0\001y\0\0\0\030posix-rename@openssh.com\0\0\0\0011"
				   "\0\0\0\022limits@openssh.com\0\0\0\0012";
	struct sftp_features f;

	sftp_features_get((const uint8_t *)text, sizeof(text) - 1, &f);
	CHECK(f.fsync && f.statvfs && f.rename && !f.limits);
	sftp_features_get((const uint8_t *)text, 30, &f);
	CHECK(f.fsync && !f.statvfs);
	sftp_features_get((const uint8_t *)text, 20, &f);
	CHECK(!f.fsync);
}

static void put(uint8_t *p, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

static void check_numbers(void)
{
	uint8_t b[88] = { 0 };
	uint64_t space;

	put(b + 8, 4096);
	put(b + 32, 1000);
	CHECK_INT(sftp_space_get(b, sizeof(b), &space), 0);
	CHECK_INT(space, 4096000);
	put(b + 32, UINT64_MAX / 2);
	CHECK_INT(sftp_space_get(b, sizeof(b), &space), 0);
	CHECK(space == UINT64_MAX);
	CHECK_INT(sftp_space_get(b, 39, &space), -EPROTO);
	put(b, 262144);
	put(b + 16, 261120);
	CHECK_INT(sftp_limit_get(b, 32), 261120);
	put(b + 16, 1 << 30);
	CHECK_INT(sftp_limit_get(b, 32), 261120);
	put(b, 34000);
	CHECK_INT(sftp_limit_get(b, 32), 34000 - 1024);
	put(b, 20);
	CHECK_INT(sftp_limit_get(b, 32), SFTP_WRITE_MIN);
	CHECK_INT(sftp_limit_get(b, 10), SFTP_WRITE_MIN);
	put(b + 16, 0);
	CHECK_INT(sftp_limit_get(b, 32), SFTP_WRITE_MIN);
}

static void check_shell(void)
{
	char buf[32] = "mv ";

	CHECK_INT(shell_word(buf, sizeof(buf), "it's $(x) `y`"), 0);
	CHECK_STR(buf, "mv 'it'\\''s $(x) `y`'");
	CHECK_INT(shell_word(buf, sizeof(buf), "0123456789"), -ENAMETOOLONG);
	buf[0] = '\0';
	CHECK_INT(shell_word(buf, sizeof(buf), "a\nb"), -EINVAL);
	CHECK_INT(shell_word(buf, sizeof(buf), "\x7f"), -EINVAL);
}

static void check_lanes(void)
{
	static const struct flight w[] = {
		{ .len = 100, .lane = 0, .off = 0 },
		{ .len = 100, .lane = 1, .off = 100 },
		{ .len = 100, .lane = 1, .off = 150 },
	};
	const unsigned none = SFTP_LANES, many = SFTP_LANES + 1;

	CHECK_INT(sftp_lanes_for(0, 0), 1);
	CHECK_INT(sftp_lanes_for(3999, 0), 1);
	CHECK_INT(sftp_lanes_for(4000, 0), 2);
	CHECK_INT(sftp_lanes_for(10000, 0), 3);
	CHECK_INT(sftp_lanes_for(60000000, 0), SFTP_LANES);
	CHECK_INT(sftp_lanes_for(INT64_MAX, 0), 1);
	/* a capture kernel, and memory for all */
	CHECK_INT(sftp_lanes_for(60000000, 30ull << 20), 1);
	CHECK_INT(sftp_lanes_for(60000000, 70ull << 20), 3);
	CHECK_INT(sftp_lanes_for(60000000, 8ull << 30), SFTP_LANES);
	CHECK_INT(sftp_lanes_for(10000, 8ull << 30), 3);

	CHECK_INT(sftp_overlap(w, 3, 250, 1000), none);
	CHECK_INT(sftp_overlap(w, 0, 0, 100), none);
	CHECK_INT(sftp_overlap(w, 3, 0, 100), 0);
	CHECK_INT(sftp_overlap(w, 3, 99, 1), 0);
	CHECK_INT(sftp_overlap(w, 3, 100, 500), 1);
	CHECK_INT(sftp_overlap(w, 3, 249, 1), 1);
	CHECK_INT(sftp_overlap(w, 3, 99, 2), many);
	CHECK_INT(sftp_overlap(w, 3, 0, 1000), many);
}

int main(void)
{
	check_requests();
	check_answers();
	check_features();
	check_numbers();
	check_shell();
	check_lanes();
	return check_done();
}
