/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: which words of the running kernel's command line reach the capture kernel, and why the others do not.
 * Pure: one table, read by name.
 */
#include "host/line_words.h"

#include "base/str.h"

#include <string.h>

/*
 * The first row with a name that fits decides. '*' stands for any text, once in a name. Kernel parameters are those
 * of Documentation/admin-guide/kernel-parameters.txt, Linux 6.12, and later ones as they became known; `rd.` words
 * those of dracut.cmdline(7). `ds=` and the like belong to programs of the running system.
 */
static const struct row {
	enum line_verdict verdict;
	const char *why;
	const char *names; /* blanks between them */
} table[] = {
	/* ---- the capture kernel's own */
	{ LINE_NEVER, "the loader gives the capture kernel its own",
	  "crashkernel elfcorehdr mem min_addr max_addr memmap highmem add_efi_memmap efi_fake_mem reserve_mem fadump "
	  "disable_cpu_apicid kdump_test_id" },
	{ LINE_NEVER, "the capture kernel has its own image and init",
	  "init rdinit initrd initrdmem noinitrd retain_initrd keepinitrd bootconfig BOOT_IMAGE load_ramdisk "
	  "prompt_ramdisk ramdisk_start initramfs_options" },
	{ LINE_NEVER, "the image knows the way to the target and to the root file system",
	  "root rootflags rootfstype rootwait rootdelay real_root netroot nfsroot nfsrootdebug rd.lvm.lv rd.lvm.vg "
	  "rd.luks.uuid rd.dm.uuid rd.md.uuid fcoe rd.iscsi.initiator iscsi_initiator iscsi_target_* iscsi_firmware "
	  "cryptdevice cryptopts md raid dm_mod.create dm_mod.waitfor roothash usrhash mount.usr* ostree boot" },
	{ LINE_NEVER, "nothing is resumed or suspended here",
	  "resume resume_offset resumewait resumedelay resume_* hibernate test_suspend" },

	/* ---- a capture goes on where the running system stops */
	{ LINE_OFF, "a lock-up detector that panics would end the capture", "nmi_watchdog" },
	{ LINE_NEVER, "a sysctl of the running system; /init sets those that a capture needs",
	  "sysctl.* sysctl/* kernel.* vm.* fs.*" },
	{ LINE_KEPT, "how long to stand still after a panic", "panic" },
	{ LINE_NEVER, "a capture goes on where the running system panics",
	  "oops *panic* hung_task_* softlockup_* hardlockup_* pause_on_oops crash_kexec_post_notifiers" },
	{ LINE_NEVER, "a kernel debugger would wait for a key",
	  "kgdb* kdb* ekgdboc xmon" },
	{ LINE_NEVER, "faults and tests of the running system, which would strike the capture",
	  "failslab fail_* *torture.* torture_* rcuscale.* refscale.* scftorture.* kunit.* memtest" },

	/* ---- memory */
	{ LINE_OFF, "costs memory or time, which a capture has little of",
	  "debug_pagealloc page_poison page_owner init_on_alloc init_on_free init_mlocked_on_free kmemleak kfence.* "
	  "kasan* kcsan.* kmsan* dma_debug zswap.* numa_balancing schedstats psi delayacct debug_objects "
	  "debug_locks_verbose page_table_check csdlock_debug memory_corruption_check* early_page_ext" },
	{ LINE_NEVER, "takes memory, which the capture kernel has little of",
	  "hugepages hugepagesz default_hugepagesz hugetlb* hugepage_* cma cma_pernuma numa_cma vmcp_cma "
	  "kvm_cma_resv_ratio rproc_mem prot_virt kho kho_*" },
	{ LINE_RUNNING, "takes memory, which the capture kernel has little of",
	  "log_buf_len swiotlb slub_* slab_* kernelcore movablecore movable_node memhp_* memory_hotplug.* "
	  "*hash_entries dma_debug_* debug_guardpage_minorder transparent_hugepage* thp_* profile zram.* "
	  "ramdisk_size brd.* cgroup_enable cgroup.* cgroup_no_v1 cgroup_memory swapaccount page_reporting.*" },
	{ LINE_RUNNING, "its memory holds records of the crashed kernel", "ramoops.*" },

	/* ---- processors */
	{ LINE_RUNNING, "about processors that the capture does not start",
	  "maxcpus possible_cpus additional_cpus isolcpus nohz_full rcu_nocbs rcu_nocb_poll irqaffinity "
	  "kthread_cpus workqueue.unbound_cpus" },

	/* ---- tracing and noise */
	{ LINE_RUNNING, "tracing of the running system, which takes memory and time",
	  "ftrace* trace_* traceoff_* tp_printk* kprobe_event event_trace stacktrace stacktrace_filter "
	  "alloc_snapshot" },
	{ LINE_RUNNING, "messages of the running system's start; a slow console would hold the capture up",
	  "quiet splash rhgb debug ignore_loglevel initcall_debug boot_delay dyndbg *.dyndbg ddebug_query memblock "
	  "mminit_loglevel sched_verbose sched_debug acpi.debug_* i8042.debug pnp.debug drm.debug debugpat "
	  "early_ioremap_debug dump_apple_properties" },

	/* ---- links */
	{ LINE_RUNNING, "the image has the links of this system as they are",
	  "ip ifname BOOTIF bootdev nameserver bond bridge vlan team nfsaddrs carrier_timeout dhcpclass" },

	/* ---- programs */
	{ LINE_RUNNING, "written for the running system's initramfs", "rd.* rd_* rdshell rdbreak rdinfo rdinitdebug" },
	{ LINE_RUNNING, "written for the running system's init and its programs",
	  "systemd.* udev.* plymouth.* luks.* luks ignition.* coreos.* flatcar.* afterburn.* ds cloud_init ci.* "
	  "network_config vconsole.* locale.* inst.* ks overlayroot forcefsck fastboot audit* "
	  "single emergency rescue S s 1 2 3 4 5" },
	{ LINE_RUNNING, "measures or appraises files, and the files of the image bear no signatures of their own",
	  "ima ima_* evm evm_* integrity_audit" },
	{ LINE_RUNNING, "modules must be loaded to reach the target", "nomodule" },

	/* ---- known and kept */
	{ LINE_LIMIT, "a limit of 0 is none: a wait without an end needs KDUMP_COMMANDLINE_APPEND",
	  "crashbox.device_timeout crashbox.mount_timeout crashbox.connect_timeout crashbox.hook_timeout "
	  "crashbox.stall_timeout" },
	{ LINE_KEPT, "written for the capture", "crashbox.*" },
	{ LINE_KEPT, "consoles: where the capture is seen",
	  "console earlycon earlyprintk keep_bootcon loglevel netconsole 8250.* nr_uarts" },
	{ LINE_KEPT, "the hardware may need it",
	  "acpi acpi_* apic noapic nolapic lapic x2apic_phys pci pcie_* iommu iommu.* intel_iommu amd_iommu "
	  "amd_iommu_* ivrs_* efi noefi mem_encrypt clocksource tsc hpet reboot idle processor.* "
	  "irqfixup irqpoll nosmt nosmp nomodeset video libata.* scsi_mod.* nvme_core.* usbcore.* "
	  "virtio_mmio.* cio_ignore coherent_pool" },
	{ LINE_KEPT, "the running system must do without these modules", "module_blacklist modprobe.blacklist" },
	{ LINE_KEPT, "as safe as the running system",
	  "mitigations fips lockdown module.sig_enforce kpti pti nopti spectre_v2" },
	{ LINE_KEPT, "without effect: no policy is loaded in a capture",
	  "selinux enforcing apparmor security lsm lsm.*" },
};

/* The kernel takes '-' and '_' for the same in names (kernel/params.c parameq). */
static char folded(char c)
{
	return c == '-' ? '_' : c;
}

static bool same(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (folded(a[i]) != folded(b[i]))
			return false;
	return true;
}

/* Whether NAME fits the pattern P of M bytes, which has at most two '*'s, at an end each or one in the middle. */
static bool fits(const char *name, size_t n, const char *p, size_t m)
{
	const char *star = memchr(p, '*', m);
	size_t head = star ? (size_t)(star - p) : m, tail = star ? m - head - 1 : 0;

	if (!star)
		return n == m && same(name, p, n);
	if (tail && p[m - 1] == '*' && head == 0) { /* anywhere */
		for (size_t i = 0; i + m - 2 <= n; i++)
			if (same(name + i, p + 1, m - 2))
				return true;
		return false;
	}
	return n >= head + tail && same(name, p, head) && same(name + n - tail, star + 1, tail);
}

static bool row_has(const struct row *r, const char *name, size_t n)
{
	for (const char *s = r->names; *s; s += strspn(s, " ")) {
		size_t m = strcspn(s, " ");

		if (fits(name, n, s, m))
			return true;
		s += m;
	}
	return false;
}

enum line_verdict line_verdict(const char *name, size_t n, const char **why)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (!row_has(&table[i], name, n))
			continue;
		*why = table[i].why;
		return table[i].verdict;
	}
	*why = "not known here; the hardware may need it";
	return LINE_KEPT;
}

bool line_value_off(const char *value, size_t n)
{
	static const char *const off[] = { "0", "off", "no", "n", "N", "never" };

	for (size_t i = 0; i < ARRAY_LEN(off); i++)
		if (n == strlen(off[i]) && memcmp(value, off[i], n) == 0)
			return true;
	return n > 0 && strspn(value, "0") >= n;
}
