/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: what the readers of all log formats share.
 * Output is gathered in one fixed buffer; after a failed emit() everything becomes a no-op.
 */
#include "vmcore/klog_text.h"

#include "base/bytes.h"
#include "base/str.h"
#include "base/vmcoreinfo.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CALLER_CPU \
	0x80000000u /* caller_id is a CPU, else a task (kernel/printk/printk.c, Linux 6.1) */

int klog_key(const struct klog *k, const char *key, uint64_t *ret, struct err *e)
{
	if (vmci_u64(k->vmci, k->vmci_len, key, ret) < 0)
		return err_set(e, -ENODATA, "vmcoreinfo has no usable %s", key);
	return 0;
}

int klog_number(const struct klog *k, const char *what, uint64_t va, size_t n, uint64_t *ret,
		struct err *e)
{
	uint8_t buf[8] = { 0 };
	int rc = k->mem->read(k->mem->arg, va, buf, n);

	if (rc < 0)
		return err_set(e, rc, "%s at 0x%" PRIx64 " is not in the dump", what, va);
	*ret = n == 8 ? get_u64(buf) : get_u32(buf);
	return 0;
}

int klog_symbol(const struct klog *k, const char *name, size_t n, uint64_t *ret, struct err *e)
{
	char key[64];
	uint64_t va;
	int rc;

	str_fmt(key, sizeof(key), "SYMBOL(%s)", name);
	rc = klog_key(k, key, &va, e);
	return rc < 0 ? rc : klog_number(k, name, va, n, ret, e);
}

const uint8_t *klog_window_get(struct klog_window *w, const struct klog_mem *mem, uint64_t off,
			       size_t n)
{
	uint64_t room;

	if (!range_ok(off, n, w->size) || n > sizeof(w->buf))
		return NULL;
	if (off >= w->at && range_ok(off - w->at, n, w->n))
		return w->buf + (off - w->at);
	room = w->size - off;
	w->at = off;
	w->n = room < sizeof(w->buf) ? (size_t)room : sizeof(w->buf);
	if (mem->read(mem->arg, w->base + off, w->buf, w->n) == 0)
		return w->buf;
	/* A hole behind the bytes that are asked for must not lose them. */
	w->n = n;
	if (mem->read(mem->arg, w->base + off, w->buf, n) == 0)
		return w->buf;
	w->n = 0;
	return NULL;
}

int klog_text_flush(struct klog_text *t)
{
	if (t->rc == 0 && t->n) {
		t->rc = t->out->emit(t->out->arg, t->buf, t->n, t->e);
		if (t->rc == 0) {
			t->st->bytes += t->n;
			klog_cause_feed(&t->cause, t->buf, t->n, t->st);
		}
	}
	t->n = 0;
	return t->rc;
}

static void put(struct klog_text *t, char c)
{
	if (t->n == sizeof(t->buf) && klog_text_flush(t) < 0)
		return;
	t->buf[t->n++] = c;
}

static void put_all(struct klog_text *t, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(t, s[i]);
}

void klog_text_begin(struct klog_text *t, uint64_t ts_nsec, uint64_t caller)
{
	char prefix[64], who[16];
	int n;

	n = snprintf(prefix, sizeof(prefix), "[%5" PRIu64 ".%06u] ", ts_nsec / 1000000000,
		     (unsigned)(ts_nsec % 1000000000 / 1000));
	if (t->out->callers && caller != KLOG_NO_CALLER) {
		snprintf(who, sizeof(who), "%c%u", caller & CALLER_CPU ? 'C' : 'T',
			 (unsigned)caller & ~CALLER_CPU);
		n += snprintf(prefix + n, sizeof(prefix) - (size_t)n, "[%8s] ", who);
	}
	put_all(t, prefix, (size_t)n);
	t->indent = n;
}

/* A carriage return, too, lets a line stand over another one. */
static bool is_plain(uint8_t c)
{
	return (c >= ' ' && c <= '~') || c == '\t';
}

static void put_escaped(struct klog_text *t, uint8_t c)
{
	static const char digit[] = "0123456789abcdef";

	if (is_plain(c) || c == '\n') {
		put(t, (char)c);
		return;
	}
	put(t, '\\');
	put(t, 'x');
	put(t, digit[c >> 4]);
	put(t, digit[c & 15]);
}

void klog_text_add(struct klog_text *t, const uint8_t *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		put_escaped(t, s[i]);
		for (int j = 0; j < t->indent && s[i] == '\n'; j++)
			put(t, ' ');
	}
}

void klog_text_lines(struct klog_text *t, const uint8_t *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_escaped(t, s[i]);
}

void klog_text_end(struct klog_text *t)
{
	put(t, '\n');
	t->st->records++;
}
