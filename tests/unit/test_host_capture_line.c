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

/* Words of the running system's initramfs, whatever way they are written. */
static void check_initramfs(void)
{
	CHECK_STR(base("BOOT_IMAGE=/vmlinuz root=UUID=0b0a-1 ro crashkernel=256M rd.shell=0 rd.emergency=halt "
		       "rd.retry=30 rd.timeout=5 console=ttyS0,115200n8"),
		  "ro console=ttyS0,115200n8");
	CHECK_STR(base("rd.timeout=0 rd.retry=0 rd.memdebug=3 rd.driver.blacklist=virtio_net rd_NO_LVM rdshell "
		       "\"rd.emergency=halt\" rd.em\"er\"gency=halt \"rd.retry\"=0"),
		  "");
	/* a limit of none comes from nowhere but APPEND */
	CHECK_STR(base("crashbox.device_timeout=0 crashbox.stall_timeout=\"00\" crashbox.hook_timeout=5 "
		       "crashbox.save_timeout=0 crashbox.log_wait=0"),
		  "crashbox.hook_timeout=5 crashbox.save_timeout=0 crashbox.log_wait=0");
}

/* What is forbidden, under every spelling of it. */
static void check_spellings(void)
{
	CHECK_STR(base("BOOT_IMAGE=/vmlinuz root=UUID=0b0a-1 ro crashkernel=256M panic_on_warn=1 softlockup_panic=1 "
		       "hung_task_panic=1 sysctl.kernel.panic_on_warn=1 sysctl.kernel.panic_on_rcu_stall=1 "
		       "hugepages=64 sysctl.vm.nr_hugepages=4096 sysctl.vm.min_free_kbytes=1048576 "
		       "nmi_watchdog=panic,1 unknown_nmi_panic cma=64M numa_cma=0:1G hugetlb_cma=8G "
		       "reserve_mem=20M:4096:trace retain_initrd debug_pagealloc=on"),
		  "ro");
	CHECK_STR(base("sysctl/kernel/panic_on_oops=1 sysctl/vm.nr_hugepages=9 oops=panic panic-on-warn "
		       "hung-task-panic=1 hung_task_timeout_secs=5 kasan.fault=panic panic_on_taint=1 panic_print=63 "
		       "\"panic_on_warn=1\" workqueue.panic_on_stall=3 kernel.panic=10 vm.swappiness=1"),
		  "");
	/* words that kernel-parameters.txt has and no running system is likely to need in a capture */
	CHECK_STR(base("initramfs_options=size=5% max_addr=1g min_addr=4k kho=on kho_scratch=16M,512M,512M "
		       "kvm_cma_resv_ratio=5 rproc_mem=1G debug_objects page_table_check=on debug_locks_verbose "
		       "csdlock_debug=1 memory_corruption_check=1 memory-corruption-check-size=64K "
		       "acpi.debug_level=0xf acpi.debug-layer=1 i8042.debug drm.debug=0x1ff sched_debug "
		       "early_page_ext"),
		  "");
	CHECK_STR(base("page_table_check=off memory_corruption_check=0 debug_objects=0 acpi.sci=x"),
		  "page_table_check=off memory_corruption_check=0 debug_objects=0 acpi.sci=x");
	CHECK_STR(base("add_efi_memmap noinitrd initrdmem=1,2 kgdbwait kgdboc=ttyS0 fail_page_alloc=1,2,3,4 "
		       "memtest=17 dentry=1 dhash_entries=1 nomodule pause_on_oops=5 boot_delay=100 "
		       "ftrace_dump_on_oops"),
		  "dentry=1");
	/* off costs nothing, and may save something */
	CHECK_STR(base("debug_pagealloc=off init_on_alloc=0 init_on_free=1 nmi_watchdog=0 kfence.sample_interval=0 "
		       "zswap.enabled=1 selinux=0 audit=1 page_poison=\"0\""),
		  "debug_pagealloc=off init_on_alloc=0 nmi_watchdog=0 kfence.sample_interval=0 selinux=0 "
		  "page_poison=\"0\"");
	/* what the hardware may need */
	CHECK_STR(base("pci=nommconf intel_iommu=on acpi_rsdp=0x1 mydriver.option=1 unheard_of module_blacklist=bad"),
		  "pci=nommconf intel_iommu=on acpi_rsdp=0x1 mydriver.option=1 unheard_of module_blacklist=bad");
	/* the kernel's other blanks, a quoted end, and a quote that would swallow all that follows */
	CHECK_STR(base("a=1\vrd.retry=1\fb=2 \"--\" c=3"), "a=1 b=2");
	CHECK_STR(base("a=1 b=\"2 rd.retry=1"), "a=1");
}

static char told[1024];

static void tell(void *arg, const char *word, size_t n, const char *why)
{
	size_t used = strlen(told);

	(void)arg;
	snprintf(told + used, sizeof(told) - used, "%.*s: %s\n", (int)n, word, why);
}

static void check_told(void)
{
	struct line_ask a = ask("rd.retry=1 x= quiet c=1 nr_cpus=8 b=2 -- s");

	a.list = "nr_cpus=1\n";
	a.append = "b=3";
	a.remove = "c";
	a.dropped.say = tell;
	told[0] = '\0';
	CHECK_STR(build(&a), "nr_cpus=1 b=3");
	CHECK(strstr(told, "rd.retry=1: written for the running system's initramfs\n"));
	CHECK(strstr(told, "x=: no name, or no value behind =\n"));
	CHECK(strstr(told, "c=1: KDUMP_COMMANDLINE_REMOVE names it\n"));
	CHECK(strstr(told, "nr_cpus=8: the measured list for captures sets it\n"));
	CHECK(strstr(told, "b=2: KDUMP_COMMANDLINE_APPEND sets it\n"));
	CHECK(strstr(told, "s: words from -- on are init's\n"));
}

/* What the administrator says of the capture counts, every word of it. */
static void check_appended(void)
{
	struct line_ask a = ask("rd.timeout=5");
	struct err e = { 0 };
	char buf[64];

	a.append = "rd.timeout=0 rd.emergency=halt panic_on_warn=1 -- x";
	CHECK_STR(build(&a), "rd.timeout=0 rd.emergency=halt panic_on_warn=1");
	a.append = "y=\"1 2";
	CHECK(line_build(&a, buf, sizeof(buf), &e) < 0);
	CHECK(strstr(e.text, "KDUMP_COMMANDLINE_APPEND: y=\"1 2: a quote without its partner"));
	a.append = NULL;
	a.base = "rd.timeout=0 root=/dev/x sysctl.kernel.panic=1 quiet crashbox.stall_timeout=0 nmi_watchdog=1";
	a.base_given = true;
	CHECK_STR(build(&a), "rd.timeout=0 quiet crashbox.stall_timeout=0 nmi_watchdog=1");
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
	check_initramfs();
	check_spellings();
	check_told();
	check_appended();
	check_given();
	check_list();
	check_cpus();
	check_watchdogs();
	check_length();
	check_symbols();
	return check_done();
}
