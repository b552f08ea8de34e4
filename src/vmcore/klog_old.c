/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: the log buffers of kernels before 5.10.
 * Records (3.5 to 5.9) and plain characters (before); neither is followed for more than its size.
 */
#include "vmcore/klog_text.h"

#include "base/bytes.h"
#include "base/str.h"
#include "base/vmcoreinfo.h"

#include <errno.h>
#include <inttypes.h>

#define BUFFER_MAX (1ull << 31) /* LOG_BUF_LEN_MAX (kernel/printk/printk.c, Linux 5.4) */
#define HEADER_MAX 256
#define PART       4096u

/* Layout of struct printk_log, called struct log before 3.11. */
struct header {
	uint64_t size, ts, len, text_len, caller;
};

/* A field of the record header, under the name of either age. */
static int field(const struct klog *k, const char *kind, const char *member, uint64_t *ret,
		 struct err *e)
{
	char key[64];

	str_fmt(key, sizeof(key), "%s(printk_log%s)", kind, member);
	if (vmci_u64(k->vmci, k->vmci_len, key, ret) == 0)
		return 0;
	str_fmt(key, sizeof(key), "%s(log%s)", kind, member);
	return klog_key(k, key, ret, e);
}

static int header_find(const struct klog *k, struct header *h, struct err *e)
{
	int rc = field(k, "SIZE", "", &h->size, e);

	if (rc == 0)
		rc = field(k, "OFFSET", ".ts_nsec", &h->ts, e);
	if (rc == 0)
		rc = field(k, "OFFSET", ".len", &h->len, e);
	if (rc == 0)
		rc = field(k, "OFFSET", ".text_len", &h->text_len, e);
	if (rc < 0)
		return rc;
	if (h->size > HEADER_MAX || !range_ok(h->ts, 8, h->size) || !range_ok(h->len, 2, h->size) ||
	    !range_ok(h->text_len, 2, h->size))
		return err_set(e, -EINVAL, "the size of printk_log does not fit its fields");
	if (field(k, "OFFSET", ".caller_id", &h->caller, NULL) < 0 ||
	    !range_ok(h->caller, 4, h->size))
		h->caller = KLOG_NO_CALLER;
	return 0;
}

static int buffer_find(struct klog *k, struct err *e)
{
	int rc = klog_symbol(k, "log_buf", 8, &k->data.base, e);

	if (rc == 0)
		rc = klog_symbol(k, "log_buf_len", 4, &k->data.size, e);
	if (rc == 0 && (k->data.size == 0 || k->data.size > BUFFER_MAX))
		return err_set(e, -EINVAL, "log_buf_len is 0x%" PRIx64, k->data.size);
	return rc;
}

/*
 * Prints the record at IDX and gives its length in *LEN; 0 there is the mark that the next record
 * is at the start of the buffer. False when no record can be here.
 */
static bool record_read(struct klog *k, const struct header *h, uint64_t idx, uint64_t *len)
{
	const uint8_t *p = klog_window_get(&k->data, k->mem, idx, h->size);
	uint64_t text_len, ts, caller = KLOG_NO_CALLER;

	if (!p)
		return false;
	*len = get_u16(p + h->len);
	if (*len == 0)
		return true;
	if (*len < h->size || !range_ok(idx, *len, k->data.size))
		return false;
	text_len = get_u16(p + h->text_len);
	ts = get_u64(p + h->ts);
	if (h->caller != KLOG_NO_CALLER)
		caller = get_u32(p + h->caller);
	if (text_len > *len - h->size) {
		k->text.st->bad++;
		text_len = *len - h->size;
	}
	klog_text_begin(&k->text, ts, caller);
	for (uint64_t done = 0; done < text_len; done += PART) {
		size_t part = text_len - done < PART ? (size_t)(text_len - done) : PART;

		p = klog_window_get(&k->data, k->mem, idx + h->size + done, part);
		if (p)
			klog_text_add(&k->text, p, part);
		else
			k->text.st->bad++;
	}
	klog_text_end(&k->text);
	return true;
}

/* Follows the records from IDX to NEXT; each step eats from the budget of one buffer length. */
static void records_walk(struct klog *k, const struct header *h, uint64_t idx, uint64_t next)
{
	uint64_t left = k->data.size, len;
	bool wrapped = idx < next;

	while (idx != next && k->text.rc == 0) {
		bool ok = record_read(k, h, idx, &len);

		if (ok && len) {
			if (len > left) {
				k->text.st->looped = true;
				return;
			}
			left -= len;
			idx += len;
			continue;
		}
		k->text.st->bad += !ok;
		/* Only at the start of the buffer another record is known to begin. */
		if (wrapped) {
			k->text.st->looped = ok;
			return;
		}
		wrapped = true;
		idx = 0;
	}
}

/* Gives in *FIRST the first record after the last clear, when the walk to NEXT comes by there. */
static void clear_find(struct klog *k, const struct header *h, uint64_t *first, uint64_t next)
{
	uint64_t clear, idx = *first, left = h->size ? k->data.size / h->size : 0;

	if (!k->text.out->since_clear || klog_symbol(k, "clear_idx", 4, &clear, NULL) < 0)
		return;
	for (; left && idx != clear && idx != next; left--) {
		const uint8_t *p = klog_window_get(&k->data, k->mem, idx, h->size);
		uint64_t len = p ? get_u16(p + h->len) : 0;

		if (!p || (len && len < h->size))
			return;
		idx = len ? idx + len : 0;
	}
	if (idx == clear)
		*first = clear;
}

int klog_records_read(struct klog *k, struct err *e)
{
	struct header h = { 0 };
	uint64_t first = 0, next = 0;
	int rc = buffer_find(k, e);

	if (rc == 0)
		rc = header_find(k, &h, e);
	if (rc == 0)
		rc = klog_symbol(k, "log_first_idx", 4, &first, e);
	if (rc == 0)
		rc = klog_symbol(k, "log_next_idx", 4, &next, e);
	if (rc < 0)
		return rc;
	if (first >= k->data.size || next > k->data.size)
		return err_set(e, -EINVAL,
			       "log_first_idx %" PRIu64 " or log_next_idx %" PRIu64
			       " is outside the buffer of %" PRIu64 " bytes",
			       first, next, k->data.size);
	clear_find(k, &h, &first, next);
	records_walk(k, &h, first, next);
	return 0;
}

/* Prints bytes [at, end) of the buffer. */
static void bytes_print(struct klog *k, uint64_t at, uint64_t end)
{
	while (at < end && k->text.rc == 0) {
		size_t part = end - at < PART ? (size_t)(end - at) : PART;
		const uint8_t *p = klog_window_get(&k->data, k->mem, at, part);

		if (p)
			klog_text_lines(&k->text, p, part);
		else
			k->text.st->bad++;
		at += part;
	}
}

int klog_bytes_read(struct klog *k, struct err *e)
{
	uint64_t end = 0;
	int rc = buffer_find(k, e);

	if (rc == 0)
		rc = klog_symbol(k, "log_end", 4, &end, e);
	if (rc < 0)
		return rc;
	if (end < k->data.size) {
		bytes_print(k, 0, end);
	} else {
		bytes_print(k, end % k->data.size, k->data.size);
		bytes_print(k, 0, end % k->data.size);
	}
	return 0;
}
