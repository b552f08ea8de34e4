/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: the kernel log where a spec cannot reach: output that fails, groups of alarms, addresses.
 * The formats themselves are compared in tests/bats/30-vmcore.bats.
 */
#include "check.h"

#include "vmcore/klog.h"
#include "vmcore/klog_text.h"
#include "vmcore/kva.h"

#include <elf.h>
#include <errno.h>

#define BASE 0xffffffff81000000ull
#define LEN  100000u

static const char keys[] =
	"SYMBOL(log_buf)=ffffffff81000000\nSYMBOL(log_buf_len)=ffffffff81000008\n"
	"SYMBOL(log_end)=ffffffff8100000c\n";

struct memory {
	uint8_t byte[16 + LEN];
	size_t largest; /* read at once */
};

static int read_mem(void *arg, uint64_t va, void *buf, size_t n)
{
	struct memory *m = arg;

	if (va < BASE || va - BASE > sizeof(m->byte) || n > sizeof(m->byte) - (va - BASE))
		return -EFAULT;
	if (n > m->largest)
		m->largest = n;
	memcpy(buf, m->byte + (va - BASE), n);
	return 0;
}

static void fill(struct memory *m)
{
	const uint64_t buf = BASE + 16;
	const uint32_t len = LEN, end = LEN - 1;

	memcpy(m->byte, &buf, 8);
	memcpy(m->byte + 8, &len, 4);
	memcpy(m->byte + 12, &end, 4);
	memset(m->byte + 16, 'x', LEN);
}

/* Takes *ARG bytes, then says that the disk is full. */
static int emit_some(void *arg, const char *text, size_t n, struct err *e)
{
	size_t *left = arg;

	(void)text;
	if (n > *left)
		return err_set(e, -ENOSPC, "target: no space");
	*left -= n;
	return 0;
}

static void test_output_fails(void)
{
	static struct memory m;
	size_t left = 20000;
	const struct klog_mem mem = { .read = read_mem, .arg = &m };
	const struct klog_out out = { .emit = emit_some, .arg = &left };
	struct klog_stat st;
	struct err e = { 0 };

	fill(&m);
	CHECK_INT(klog_parse(&mem, keys, sizeof(keys) - 1, &out, &st, &e), -ENOSPC);
	CHECK_STR(e.text, "kernel log: target: no space");
	CHECK_INT(st.bytes, 16384);
	left = LEN;
	CHECK_INT(klog_parse(&mem, keys, sizeof(keys) - 1, &out, &st, &e), 0);
	CHECK_INT(st.bytes, LEN - 1);
	CHECK_INT(st.format, KLOG_BYTES);
	CHECK_INT(left, 1);
	/* Streamed: never more than a window at once. */
	CHECK(m.largest <= KLOG_WINDOW);
}

static void test_no_vmcoreinfo(void)
{
	const struct klog_mem mem = { .read = read_mem };
	const struct klog_out out = { .emit = emit_some };
	struct klog_stat st = { .bad = 7 };
	struct err e = { 0 };

	CHECK_INT(klog_parse(&mem, "", 0, &out, &st, &e), -ENODATA);
	CHECK_STR(e.text, "kernel log: the dump has no vmcoreinfo");
	CHECK_INT(st.bad, 0);
}

static const char *cause(const char *log)
{
	static struct klog_stat st;
	struct klog_cause c = { 0 };

	st = (struct klog_stat){ 0 };
	klog_cause_feed(&c, log, strlen(log), &st);
	return st.panic_line;
}

static void test_cause(void)
{
	CHECK_STR(cause("[    1.000000] all is well\n"), "");
	CHECK_STR(
		cause("[    1.000000] [      T1] BUG: one\n[    1.100000] [      C0] Oops: two\n"),
		"BUG: one");
	/* An hour later something else happened. */
	CHECK_STR(cause("[    1.000000] BUG: one\n[ 3601.000000] Kernel panic - not syncing: two\n"
			"[ 3601.500000] Oops: three\n"),
		  "Kernel panic - not syncing: two");
	CHECK_STR(cause("<0>[    1.000000] SysRq : Trigger a crash\n<4>BUG: two\n"),
		  "BUG: two");
	CHECK_STR(cause("[    1.000000] kernel BUG at mm/slub.c:435!\x1b[31m\n"),
		  "kernel BUG at mm/slub.c:435!?[31m");
	CHECK_STR(cause("[    1.00] BUG: no such time\n"), "");
	CHECK_STR(cause("[    1.000000] DEBUG: no alarm\n[    1.000000] ---[ end Kernel panic "
			"]---\n"),
		  "");
}

static void test_long_cause(void)
{
	char log[1000] = "[    1.000000] Oops: ";

	memset(log + strlen(log), 'y', sizeof(log) - strlen(log) - 2);
	log[sizeof(log) - 2] = '\n';
	CHECK_INT(strlen(cause(log)), KLOG_PANIC_MAX);
}

static uint64_t pa_of(uint16_t machine, const char *vmcoreinfo, uint64_t va)
{
	const struct dump_info info = { .machine = machine,
					.vmcoreinfo = vmcoreinfo,
					.vmcoreinfo_len = strlen(vmcoreinfo) };
	uint64_t pa;

	return kva_to_pa(&info, va, &pa) ? pa : UINT64_MAX;
}

static void test_kva(void)
{
	static const char arm[] = "NUMBER(VA_BITS)=48\nNUMBER(PHYS_OFFSET)=0x40000000\n"
				  "NUMBER(kimage_voffset)=0xffff7fffc8000000\nSYMBOL(prb)=1\n";
	static const char old[] = "NUMBER(VA_BITS)=48\nNUMBER(PHYS_OFFSET)=0x40000000\n";

	CHECK_INT(pa_of(EM_X86_64, "NUMBER(phys_base)=-4096\n", 0xffffffff81001000), 0x1000000);
	CHECK_INT(pa_of(EM_X86_64, "", 0xffffffff81001000), 0x1001000);
	CHECK_INT(pa_of(EM_X86_64, "KERNELOFFSET=0\n", 0xffff888000001000), 0x1000);
	CHECK_INT(pa_of(EM_X86_64, "", 0xffff880000001000), 0x1000);
	CHECK_INT(pa_of(EM_X86_64, "NUMBER(pgtable_l5_enabled)=1\n", 0xff11000000001000), 0x1000);
	/* A direct map that was moved cannot be guessed; vmalloc is not linear. */
	CHECK(pa_of(EM_X86_64, "KERNELOFFSET=1000000\n", 0xffff888000001000) == UINT64_MAX);
	CHECK(pa_of(EM_X86_64, "", 0xffffc90000001000) == UINT64_MAX);
	CHECK_INT(pa_of(EM_AARCH64, arm, 0xffff800008001000), 0x40001000);
	CHECK_INT(pa_of(EM_AARCH64, arm, 0xffff000000001000), 0x40001000);
	CHECK_INT(pa_of(EM_AARCH64, old, 0xffff800000001000), 0x40001000);
	CHECK(pa_of(EM_AARCH64, "", 0xffff800008001000) == UINT64_MAX);
	CHECK(pa_of(EM_S390, arm, 0x1000) == UINT64_MAX);
}

int main(void)
{
	test_output_fails();
	test_no_vmcoreinfo();
	test_cause();
	test_long_cause();
	test_kva();
	return check_done();
}
