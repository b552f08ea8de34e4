/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: the kernel log of the crashed kernel.
 * The format is chosen by the keys that vmcoreinfo has, never by the kernel's version.
 */
#include "vmcore/klog.h"

#include "base/vmcoreinfo.h"
#include "vmcore/klog_text.h"
#include "vmcore/know.h"

#include <errno.h>
#include <stdlib.h>

static bool has(const struct klog *k, const char *key)
{
	uint64_t unused;

	return vmci_u64(k->vmci, k->vmci_len, key, &unused) == 0;
}

static int dispatch(struct klog *k, struct err *e)
{
	struct klog_stat *st = k->text.st;

	if (k->vmci_len == 0)
		return err_set(e, -ENODATA, "the dump has no vmcoreinfo");
	if (has(k, "SYMBOL(prb)")) {
		st->format = KLOG_RING;
		return klog_ring_read(k, e);
	}
	if (has(k, "SYMBOL(log_next_idx)")) {
		st->format = KLOG_RECORDS;
		return klog_records_read(k, e);
	}
	if (has(k, "SYMBOL(log_end)")) {
		st->format = KLOG_BYTES;
		return klog_bytes_read(k, e);
	}
	return err_set(e, -ENODATA, "vmcoreinfo names none of prb, log_next_idx, log_end");
}

int klog_parse(const struct klog_mem *mem, const char *vmcoreinfo, size_t len,
	       const struct klog_out *out, struct klog_stat *st, struct err *e)
{
	struct klog *k = calloc(1, sizeof(*k));
	int rc, flushed;

	*st = (struct klog_stat){ 0 };
	if (!k)
		return err_set(e, -ENOMEM, "kernel log: no memory for %zu bytes", sizeof(*k));
	k->mem = mem;
	k->vmci = vmcoreinfo;
	k->vmci_len = len;
	k->text.out = out;
	k->text.st = st;
	k->text.e = e;
	rc = dispatch(k, e);
	flushed = klog_text_flush(&k->text);
	free(k);
	if (flushed < 0)
		rc = flushed;
	if (rc == 0 && st->bad && !st->bytes && !out->since_clear)
		rc = err_set(e, -EBADMSG, "none of its records can be read, %u are damaged", st->bad);
	return rc < 0 ? err_add(e, rc, "kernel log") : 0;
}

static int read_source(void *arg, uint64_t va, void *buf, size_t n)
{
	return know_read(arg, va, buf, n);
}

int klog_read(struct source *s, const struct klog_out *out, struct klog_stat *st, struct err *e)
{
	const struct klog_mem mem = { .read = read_source, .arg = s };

	return klog_parse(&mem, s->info.vmcoreinfo, s->info.vmcoreinfo_len, out, st, e);
}
