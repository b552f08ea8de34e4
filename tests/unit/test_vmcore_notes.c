/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: ELF notes and vmcoreinfo.
 * Sound, padded, cut and lying ones.
 */
#include "check.h"

#include "vmcore/notes.h"
#include "base/vmcoreinfo.h"

#include <errno.h>

static const uint8_t two[] = {
	/* "CORE", 5 bytes of content, padded; then zeros; then VMCOREINFO with "A=1" */
	5,
	0,
	0,
	0,
	5,
	0,
	0,
	0,
	1,
	0,
	0,
	0,
	'C',
	'O',
	'R',
	'E',
	0,
	0,
	0,
	0,
	1,
	2,
	3,
	4,
	5,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	11,
	0,
	0,
	0,
	3,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	'V',
	'M',
	'C',
	'O',
	'R',
	'E',
	'I',
	'N',
	'F',
	'O',
	0,
	0,
	'A',
	'=',
	'1',
	0,
};

static void test_walk(void)
{
	struct note n;

	CHECK_INT(note_next(two, sizeof(two), 0, &n), 1);
	CHECK(note_is(&n, "CORE", 1));
	CHECK_INT(n.desc_at, 20);
	CHECK_INT(n.desc_len, 5);
	CHECK_INT(note_next(two, sizeof(two), n.next, &n), 1);
	CHECK(note_is(&n, "VMCOREINFO", 0));
	CHECK(!note_is(&n, "VMCOREINFO", 1));
	CHECK(memcmp(two + n.desc_at, "A=1", 3) == 0);
	CHECK_INT(note_next(two, sizeof(two), n.next, &n), 0);
	CHECK_INT(n.next, sizeof(two));
}

static void test_damaged_notes(void)
{
	const uint8_t huge[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 'X' };
	uint8_t lying[64] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 7 };
	struct note n;

	/* The header is there, its name is not. */
	CHECK_INT(note_next(huge, sizeof(huge), 0, &n), 0);
	CHECK_INT(n.next, 0);
	memset(lying + 12, 'N', 40);
	CHECK_INT(note_next(lying, sizeof(lying), 0, &n), 1);
	CHECK_INT(strlen(n.name), NOTE_NAME_MAX - 1);
	CHECK(n.next == 12 + 0x100000000 + 0x100000000);
	CHECK_INT(note_next(lying, sizeof(lying), n.next, &n), 0);
	/* The header begins behind what is in the buffer. */
	CHECK_INT(note_next(two, 33, 28, &n), 0);
	CHECK_INT(n.next, 32);
}

static const char text[] = "OSRELEASE=6.1.0-test\nPAGESIZE=4096\nSYMBOL(prb)=ffffffff82a5b2c0\n"
			   "NUMBER(phys_base)=-4194304\nNUMBER(voffset)=0xffff7fffc8000000\n"
			   "NUMBER(hex)=7f\nKERNELOFFSET=10\nPAGESIZE=1\nEMPTY=\nBAD=12z\n"
			   "BIG=18446744073709551616\nSYMBOL(big)=1ffffffffffffffff\nLAST=7";

static uint64_t number(const char *key)
{
	uint64_t v = 0xdead;

	CHECK_INT(vmci_u64(text, sizeof(text) - 1, key, &v), 0);
	return v;
}

static void refused(const char *key, int rc)
{
	uint64_t v = 0xdead;

	CHECK_INT(vmci_u64(text, sizeof(text) - 1, key, &v), rc);
	CHECK_INT(v, 0xdead);
}

static void test_vmcoreinfo(void)
{
	char buf[16] = "old";

	CHECK_INT(vmci_str(text, sizeof(text) - 1, "OSRELEASE", buf, sizeof(buf)), 0);
	CHECK_STR(buf, "6.1.0-test");
	CHECK_INT(vmci_str(text, sizeof(text) - 1, "EMPTY", buf, sizeof(buf)), 0);
	CHECK_STR(buf, "");
	CHECK_INT(vmci_str(text, sizeof(text) - 1, "RELEASE", buf, sizeof(buf)), -ENOENT);
	CHECK_INT(vmci_str(text, sizeof(text) - 1, "NUMBER(voffset)", buf, sizeof(buf)),
		  -ENAMETOOLONG);
	CHECK_STR(buf, "");
	CHECK_INT(vmci_str(text, 0, "OSRELEASE", buf, sizeof(buf)), -ENOENT);
	CHECK_INT(number("PAGESIZE"), 4096);
	CHECK(number("SYMBOL(prb)") == 0xffffffff82a5b2c0);
	CHECK_INT((int64_t)number("NUMBER(phys_base)"), -4194304);
	CHECK(number("NUMBER(voffset)") == 0xffff7fffc8000000);
	CHECK_INT(number("NUMBER(hex)"), 0x7f);
	CHECK_INT(number("KERNELOFFSET"), 0x10);
	CHECK_INT(number("LAST"), 7);
	refused("EMPTY", -EINVAL);
	refused("BAD", -EINVAL);
	refused("BIG", -ERANGE);
	refused("SYMBOL(big)", -ERANGE);
	refused("SYMBOL(none)", -ENOENT);
	/* The text is cut inside a number: what is there counts. */
	CHECK_INT(vmci_str(text, 24, "PAGESIZE", buf, sizeof(buf)), -ENOENT);
}

int main(void)
{
	test_walk();
	test_damaged_notes();
	test_vmcoreinfo();
	return check_done();
}
