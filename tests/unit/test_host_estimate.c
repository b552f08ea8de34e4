/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: what the console of a boot tells of memory, and how many processors a command line lets start.
 */
#include "check.h"

#include "host/estimate.h"

#define MIB ((uint64_t)1 << 20)
#define KIB ((uint64_t)1 << 10)

/* Lines of a boot of Linux 6.1 (Debian 12) in QEMU with 128 MiB. */
static const char boot[] =
	"[    0.000000] Memory: 68964K/130552K available (14343K kernel code, 2824K init, 61388K reserved)\r\n"
	"[    0.522801] Freeing SMP alternatives memory: 36K\r\n"
	"[    2.136938] Freeing initrd memory: 2692K\r\n"
	"[    2.689655] Freeing unused decrypted memory: 2036K\r\n"
	"[    3.024484] Freeing unused kernel image (initmem) memory: 2824K\r\n"
	"[    3.038755] Freeing unused kernel image (text/rodata gap) memory: 2040K\r\n"
	"[    3.040175] Freeing unused kernel image (rodata/data gap) memory: 1108K\r\n"
	"[    3.569195] Run /init as init process\r\n"
	"crashbox:  3s    look     MemFree:           64256 kB\r\n"
	"crashbox:  3s    look     MemAvailable:      62708 kB\r\n"
	"crashbox: version 0.1.0, nothing to save yet\r\n"
	"crashbox:  3s    sync     MemFree:           60000 kB\r\n"
	"Freeing what came later memory: 999K\r\n";

static void check_heard(void)
{
	struct estimate_boot b;

	CHECK(estimate_heard(boot, 128 * MIB, &b));
	CHECK_INT(b.used, 128 * MIB - 64256 * KIB);
	CHECK_INT(b.given_back, (36 + 2692 + 2036 + 2824 + 2040 + 1108) * KIB);
	CHECK(estimate_heard("MemFree: 1000 kB", 2000 * KIB, &b));
	CHECK_INT(b.used, 1000 * KIB);
	CHECK_INT(b.given_back, 0);
	/* a line without a number does not borrow the next one's */
	CHECK(estimate_heard("Freeing x\nFreeing y memory: 5K\nz memory: 7K\nMemFree: 1000 kB", 2000 * KIB, &b));
	CHECK_INT(b.given_back, 5 * KIB);
}

static void check_silent(void)
{
	static const char *const text[] = {
		"",
		"Kernel panic - not syncing: VFS: Unable to mount root fs",
		"MemFree:",
		"MemFree: none",
		"MemFree: 2000 kB",
		"MemFree: 99999999999999999999999 kB",
	};
	struct estimate_boot b;

	for (unsigned i = 0; i < sizeof(text) / sizeof(*text); i++) {
		CHECK(!estimate_heard(text[i], 2000 * KIB, &b));
		CHECK_INT(b.used, 0);
	}
}

static void check_cpus(void)
{
	CHECK_INT(estimate_cpus("a nr_cpus=1 b", 8), 1);
	CHECK_INT(estimate_cpus("nr_cpus=16", 8), 8);
	CHECK_INT(estimate_cpus("nr_cpus=4", 8), 4);
	CHECK_INT(estimate_cpus("nothing said", 8), 8);
	CHECK_INT(estimate_cpus("nr_cpus=x", 8), 8);
}

int main(void)
{
	check_heard();
	check_silent();
	check_cpus();
	return check_done();
}
