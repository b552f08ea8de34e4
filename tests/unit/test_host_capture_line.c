/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: the command line of the capture kernel.
 */
#include "check.h"

#include "host/capture_line.h"

#include <stdio.h>
#include <stdlib.h>

static const char list[] = "# our list\n"
			   "nr_cpus=1\t# one\n"
			   "panic=-1\n"
			   "cryptomgr.notests unless fips # tests\n"
			   "slow if trace\n"
			   "blacklist first_init unless trace\n"
			   "blacklist second_init\n";

static struct line_ask ask(const char *base)
{
	return (struct line_ask){ .base = base, .list = "", .apicid = -1, .symbols = " " };
}

static const char *build(const struct line_ask *a)
{
	static char buf[LINE_MAX_BYTES];

	return line_build(a, buf, sizeof(buf), NULL) ? NULL : buf;
}

static const char *base(const char *text)
{
	struct line_ask a = ask(text);

	return build(&a);
}

static void check_base(void)
{
	CHECK_STR(base("BOOT_IMAGE=/vmlinuz root=UUID=1 ro crashkernel=1M console=tty0 console=ttyS0,115200 quiet\n"),
		  "ro console=tty0 console=ttyS0,115200");
	CHECK_STR(base("a=1 b= elfcorehdr=0x1 mem=1G resume=/dev/x c=\"d e\" \"f=g h\" -- single"),
		  "a=1 c=\"d e\" \"f=g h\"");
	CHECK_STR(base("rd.lvm.lv=a/b rd.luks.uuid=1 netroot=x hugepages=4 log-buf-len=1M ip=dhcp systemd.unit=x"), "");
	CHECK_STR(base(""), "");
	CHECK_STR(base("init=/bin/sh rdinit=/x crashbox.debug mce=off"), "crashbox.debug mce=off");
}

static void check_given(void)
{
	struct line_ask a = ask("root=/dev/a ip=dhcp quiet a=1 crashkernel=1M b=2");

	a.base_given = true;
	CHECK_STR(build(&a), "ip=dhcp quiet a=1 b=2");
	a.remove = "a quiet";
	CHECK_STR(build(&a), "ip=dhcp b=2");
	a.append = "  b=3\tc \n";
	CHECK_STR(build(&a), "ip=dhcp b=2 b=3 c");
	a.base_given = false;
	CHECK_STR(build(&a), "b=3 c");
	a = ask("console=tty0 console=ttyS0 x");
	a.append = "console=ttyS0";
	CHECK_STR(build(&a), "console=tty0 x console=ttyS0");
}

static void check_list(void)
{
	struct line_ask a = ask("panic=5 x nr_cpus=8");

	a.list = list;
	CHECK_STR(build(&a), "x nr_cpus=1 panic=-1 cryptomgr.notests");
	a.symbols = NULL;
	CHECK_STR(build(&a), "x nr_cpus=1 panic=-1 cryptomgr.notests initcall_blacklist=first_init,second_init");
	a.symbols = " second_init other ";
	CHECK_STR(build(&a), "x nr_cpus=1 panic=-1 cryptomgr.notests initcall_blacklist=second_init");
	a.needs = LINE_FIPS | LINE_TRACE;
	a.symbols = NULL;
	CHECK_STR(build(&a), "x nr_cpus=1 panic=-1 slow initcall_blacklist=second_init");
	a.remove = "initcall_blacklist slow panic";
	CHECK_STR(build(&a), "x nr_cpus=1");
	a.remove = NULL;
	a.append = "nr_cpus=4 panic=1";
	a.needs = 0;
	a.symbols = " ";
	CHECK_STR(build(&a), "x cryptomgr.notests nr_cpus=4 panic=1");
	a.apicid = 2;
	CHECK_STR(build(&a), "x cryptomgr.notests nr_cpus=4 panic=1 disable_cpu_apicid=2");
	a.append = NULL;
	CHECK_STR(build(&a), "x nr_cpus=1 panic=-1 cryptomgr.notests");
}

/* KDUMP_CPUS of SUSE stands in for every other nr_cpus= but that of the appended words. */
static void check_cpus(void)
{
	struct line_ask a = ask("x nr_cpus=8 nr-cpus=9");

	a.list = "nr_cpus=1\npanic=-1\n";
	a.apicid = 2;
	a.cpus = "16";
	CHECK_STR(build(&a), "x panic=-1 nr_cpus=16 disable_cpu_apicid=2");
	a.cpus = "1";
	CHECK_STR(build(&a), "x panic=-1 nr_cpus=1");
	a.cpus = "0";
	CHECK_STR(build(&a), "x panic=-1 disable_cpu_apicid=2");
	a.append = "nr-cpus=4";
	CHECK_STR(build(&a), "x panic=-1 nr-cpus=4 disable_cpu_apicid=2");
	a.cpus = "16";
	CHECK_STR(build(&a), "x panic=-1 nr-cpus=4 disable_cpu_apicid=2");
	a.append = NULL;
	a.cpus = "";
	CHECK_STR(build(&a), "x nr_cpus=1 panic=-1");
	a.remove = "nr_cpus";
	CHECK_STR(build(&a), "x panic=-1 disable_cpu_apicid=2");
}

static void check_watchdogs(void)
{
	struct line_ask a = ask("x");

	a.watchdogs = "iTCO_wdt hpwdt";
	CHECK_STR(build(&a), "x iTCO_wdt.pretimeout=0 hpwdt.pretimeout=0 hpwdt.kdumptimeout=0");
}

static void check_length(void)
{
	struct line_ask a = ask("abcdef ghi");
	char buf[8];

	CHECK(line_build(&a, buf, sizeof(buf), NULL) < 0);
	a.base = "abcdefg";
	CHECK_INT(line_build(&a, buf, sizeof(buf), NULL), 0);
	CHECK_STR(buf, "abcdefg");
}

static void check_symbols(void)
{
	static char table[64 * 2000];
	char found[LINE_SYMBOLS_BYTES];
	size_t n = 0;

	for (unsigned i = 0; i < 2000; i++)
		n += (size_t)snprintf(table + n, sizeof(table) - n, "0000000000000000 t %s%u\n",
				      i % 2 ? "second_init" : "f", i);
	CHECK(line_symbols(list, table, n, found));
	CHECK_STR(found, " ");
	n += (size_t)snprintf(table + n, sizeof(table) - n, "0 t second_init\n0 t first_init\t[module]");
	CHECK(line_symbols(list, table, n, found));
	CHECK_STR(found, " second_init first_init ");
	CHECK(!line_symbols(list, "ffffffffffffffff B The real System.map is elsewhere\n", 52, found));
}

int main(void)
{
	check_base();
	check_given();
	check_list();
	check_cpus();
	check_watchdogs();
	check_length();
	check_symbols();
	return check_done();
}
