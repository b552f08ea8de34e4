/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: the label of a raw partition.
 * Layout, little endian: 0 "CRASHBOXRAW1" NUL-padded to 16; 16 u32 bytes of the label; 20 u32 CRC-32 of all of it
 * with this word 0; 24 u64 seq; 32 u64 size; 40 u64 notes; 48 u64 end; 56 UUID; 72 machine-id[40]; 112 boot_id[40];
 * 152 u64 next; 160 u32 flags (1: head known); 164 u32 CRC-32 of the first MiB; 168 u32 dumps; 512: dumps of 256 bytes:
 * 0 u64 seq; 8 s64 crash time; 16 name[64]; 80: four parts of 24 bytes: u64 off, u64 len, u32 crc, u32 state.
 */
#include "sink/raw_label.h"

#include "base/bytes.h"
#include "base/crc32.h"
#include "base/str.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define MAGIC      "CRASHBOXRAW1"
#define DUMPS_AT   512u
#define DUMP_SIZE  256u
#define PARTS_AT   80u
#define PART_SIZE  24u
#define HEAD_KNOWN 1u
#define COPY_STEP  (64u << 10)
#define NOTES_PART 32 /* so much of the partition is for logs and reports ... */
#define NOTES_MIN  ((uint64_t)1 << 20)
#define NOTES_MAX  ((uint64_t)64 << 20) /* ... within these */
#define LOG_NEED   (256u << 10)
#define ROOM_MIN   (16u * RAW_BLOCK)

_Static_assert(DUMPS_AT + RAW_DUMPS * DUMP_SIZE <= RAW_LABEL_SIZE, "room for every dump");
_Static_assert(PARTS_AT + RAW_KINDS * PART_SIZE <= DUMP_SIZE, "room for every part");
_Static_assert(RAW_DUMPS <= 32, "a bit for every dump");

static uint32_t le32(const uint8_t *p)
{
	return le32toh(get_u32(p));
}

static uint64_t le64(const uint8_t *p)
{
	return le64toh(get_u64(p));
}

static void set32(uint8_t *p, uint32_t v)
{
	put_u32(p, htole32(v));
}

static void set64(uint8_t *p, uint64_t v)
{
	put_u64(p, htole64(v));
}

uint64_t raw_label_at(uint64_t size, unsigned which)
{
	return align_down(size, RAW_BLOCK) - COPY_STEP * (which + 1);
}

int raw_label_init(struct raw_label *ret, uint64_t size, struct err *e)
{
	uint64_t notes;

	size = align_down(size, RAW_BLOCK);
	if (size < RAW_MIN)
		return err_set(e, -ENOSPC, "%llu KiB are too small for a raw target, %u MiB are the least",
			       (unsigned long long)size >> 10, RAW_MIN >> 20);
	notes = size / NOTES_PART;
	notes = notes < NOTES_MIN ? NOTES_MIN : notes;
	notes = notes > NOTES_MAX ? NOTES_MAX : notes;
	*ret = (struct raw_label){ .size = size, .end = align_down(size - RAW_LABEL_ROOM, RAW_BLOCK), .next = 1 };
	ret->notes = align_down(ret->end - notes, NOTES_MIN);
	return 0;
}

/* ---- bytes ---- */

static void fill_dump(const struct raw_dump *d, uint8_t *p)
{
	set64(p, d->seq);
	set64(p + 8, (uint64_t)d->crash_time);
	memcpy(p + 16, d->name, RAW_NAME);
	for (unsigned i = 0; i < RAW_KINDS; i++) {
		uint8_t *q = p + PARTS_AT + i * PART_SIZE;

		set64(q, d->part[i].off);
		set64(q + 8, d->part[i].len);
		set32(q + 16, d->part[i].crc);
		set32(q + 20, d->part[i].state);
	}
}

void raw_label_fill(const struct raw_label *l, uint8_t p[RAW_LABEL_SIZE])
{
	memset(p, 0, RAW_LABEL_SIZE);
	memcpy(p, MAGIC, sizeof(MAGIC) - 1);
	set32(p + 16, RAW_LABEL_SIZE);
	set64(p + 24, l->seq);
	set64(p + 32, l->size);
	set64(p + 40, l->notes);
	set64(p + 48, l->end);
	memcpy(p + 56, l->uuid, sizeof(l->uuid));
	memcpy(p + 72, l->machine, sizeof(l->machine));
	memcpy(p + 112, l->boot, sizeof(l->boot));
	set64(p + 152, l->next);
	set32(p + 160, l->head_known ? HEAD_KNOWN : 0);
	set32(p + 164, l->head_crc);
	set32(p + 168, l->ndump);
	for (unsigned i = 0; i < l->ndump; i++)
		fill_dump(&l->dump[i], p + DUMPS_AT + i * DUMP_SIZE);
	set32(p + 20, crc32_add(0, p, RAW_LABEL_SIZE));
}

/* A word that may become the name of a directory: nothing that leads elsewhere. */
static bool is_name(const char *s, size_t most)
{
	size_t n = strnlen(s, most);

	if (n == 0 || n == most || *s == '.')
		return false;
	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~' || s[i] == '/')
			return false;
	return true;
}

static bool read_part(const struct raw_label *l, unsigned kind, const uint8_t *p, struct raw_part *ret)
{
	uint64_t from = kind == RAW_VMCORE ? 0 : l->notes, to = kind == RAW_VMCORE ? l->notes : l->end;
	uint32_t state = le32(p + 20);

	*ret = (struct raw_part){ .off = le64(p), .len = le64(p + 8), .crc = le32(p + 16) };
	if (state >= RAW_STATES)
		return false;
	ret->state = (enum raw_state)state;
	return state == RAW_NONE || (ret->off >= from && ret->off % RAW_BLOCK == 0 && range_ok(ret->off, ret->len, to));
}

static bool read_dump(const struct raw_label *l, const uint8_t *p, uint64_t after, struct raw_dump *ret)
{
	ret->seq = le64(p);
	ret->crash_time = (int64_t)le64(p + 8);
	memcpy(ret->name, p + 16, RAW_NAME);
	if (ret->seq <= after || ret->seq >= l->next || !is_name(ret->name, RAW_NAME))
		return false;
	for (unsigned i = 0; i < RAW_KINDS; i++)
		if (!read_part(l, i, p + PARTS_AT + i * PART_SIZE, &ret->part[i]))
			return false;
	return true;
}

static bool read_text(char *to, size_t n, const uint8_t *p)
{
	memcpy(to, p, n);
	return to[n - 1] == '\0' && (!*to || is_name(to, n));
}

int raw_label_read(struct raw_label *ret, const uint8_t p[RAW_LABEL_SIZE], uint64_t size)
{
	static const uint8_t none[4] = { 0 };
	struct raw_label l = { .seq = 0 };
	uint32_t crc = crc32_add(0, p, 20);

	crc = crc32_add(crc, none, sizeof(none));
	crc = crc32_add(crc, p + 24, RAW_LABEL_SIZE - 24);
	if (memcmp(p, MAGIC "\0\0\0", 16) != 0 || le32(p + 16) != RAW_LABEL_SIZE || le32(p + 20) != crc)
		return -EINVAL;
	l.seq = le64(p + 24);
	l.size = le64(p + 32);
	l.notes = le64(p + 40);
	l.end = le64(p + 48);
	l.next = le64(p + 152);
	l.head_known = le32(p + 160) & HEAD_KNOWN;
	l.head_crc = le32(p + 164);
	l.ndump = le32(p + 168);
	memcpy(l.uuid, p + 56, sizeof(l.uuid));
	if (l.size != align_down(size, RAW_BLOCK) || l.size < RAW_MIN || l.notes % RAW_BLOCK || l.end % RAW_BLOCK ||
	    l.notes > l.end || l.end > l.size - RAW_LABEL_ROOM || l.ndump > RAW_DUMPS || !l.next ||
	    !read_text(l.machine, sizeof(l.machine), p + 72) || !read_text(l.boot, sizeof(l.boot), p + 112))
		return -EINVAL;
	for (unsigned i = 0; i < l.ndump; i++)
		if (!read_dump(&l, p + DUMPS_AT + i * DUMP_SIZE, i ? l.dump[i - 1].seq : 0, &l.dump[i]))
			return -EINVAL;
	*ret = l;
	return 0;
}

/* ---- dumps ---- */

bool raw_part_live(const struct raw_part *p)
{
	return p->state == RAW_WRITING || p->state == RAW_COMPLETE || p->state == RAW_INCOMPLETE;
}

bool raw_dump_live(const struct raw_dump *d)
{
	for (unsigned i = 0; i < RAW_KINDS; i++)
		if (raw_part_live(&d->part[i]))
			return true;
	return false;
}

struct raw_dump *raw_dump_find(struct raw_label *l, uint64_t seq)
{
	for (unsigned i = 0; i < l->ndump; i++)
		if (l->dump[i].seq == seq)
			return &l->dump[i];
	return NULL;
}

struct raw_dump *raw_dump_named(struct raw_label *l, const char *name)
{
	for (unsigned i = l->ndump; i-- > 0;)
		if (strcmp(l->dump[i].name, name) == 0)
			return &l->dump[i];
	return NULL;
}

/* The dumps but SEQ whose vmcore waits and that may be given up, as bits: all but the first and the last whole one. */
static uint32_t expendable(const struct raw_label *l, enum raw_kind kind, uint64_t seq)
{
	int first = -1, last = -1;
	uint32_t mask = 0;

	for (unsigned i = 0; i < l->ndump; i++) {
		const struct raw_dump *d = &l->dump[i];

		if (d->seq == seq || !raw_part_live(&d->part[kind]))
			continue;
		mask |= 1u << i;
		if (d->part[kind].state != RAW_COMPLETE)
			continue;
		first = first < 0 ? (int)i : first;
		last = (int)i;
	}
	if (first < 0) /* none is whole: the oldest one alone is spared */
		return mask & (mask - 1);
	return mask & ~(1u << first) & ~(1u << last);
}

/* The entry that a full table loses. */
static unsigned least(const struct raw_label *l)
{
	uint32_t may;

	for (unsigned i = 0; i < l->ndump; i++)
		if (!raw_dump_live(&l->dump[i]))
			return i;
	may = expendable(l, RAW_VMCORE, 0);
	for (unsigned i = 1; !may && i < l->ndump; i++)
		if (!raw_part_live(&l->dump[i].part[RAW_VMCORE])) /* a log alone */
			return i;
	return may ? (unsigned)__builtin_ctz(may) : 1;
}

struct raw_dump *raw_dump_add(struct raw_label *l, const char *name, int64_t crash_time)
{
	struct raw_dump d = { .seq = l->next, .crash_time = crash_time };

	if (str_fmt(d.name, sizeof(d.name), "%s", name) || !is_name(d.name, sizeof(d.name)))
		return NULL;
	for (unsigned i = 1; raw_dump_named(l, d.name); i++)
		if (str_fmt(d.name, sizeof(d.name), "%s.%u", name, i))
			return NULL;
	if (l->ndump == RAW_DUMPS) {
		unsigned i = least(l);

		l->ndump--;
		memmove(&l->dump[i], &l->dump[i + 1], (l->ndump - i) * sizeof(d));
	}
	l->next++;
	l->dump[l->ndump] = d;
	return &l->dump[l->ndump++];
}

/* ---- room ---- */

struct taken {
	uint64_t off, end;
};

/* Behind a dump at byte 0 nothing comes into the bytes whose checksum is kept: it says that the dump is ours. */
static unsigned add_taken(struct taken *t, unsigned n, const struct raw_part *p)
{
	uint64_t end = align_up(p->off + p->len, RAW_BLOCK);
	unsigned i = n;

	if (!raw_part_live(p) || p->len == 0)
		return n;
	if (p->off == 0 && end < RAW_HEAD)
		end = RAW_HEAD;
	for (; i > 0 && t[i - 1].off > p->off; i--)
		t[i] = t[i - 1];
	t[i] = (struct taken){ p->off, end };
	return n + 1;
}

struct wish {
	const struct raw_label *l;
	enum raw_kind kind;
	uint64_t seq, need;
};

/* The largest room without the dumps of GONE; the one at the start of the area where that is enough. */
static struct raw_room largest(const struct wish *w, uint32_t gone)
{
	struct taken t[RAW_DUMPS * RAW_KINDS + 1];
	uint64_t from = w->kind == RAW_VMCORE ? 0 : w->l->notes, to = w->kind == RAW_VMCORE ? w->l->notes : w->l->end;
	struct raw_room best = { .len = 0 };
	unsigned n = 0;

	for (unsigned i = 0; i < w->l->ndump; i++) {
		const struct raw_dump *d = &w->l->dump[i];

		for (unsigned k = 0; k < RAW_KINDS; k++) {
			bool self = d->seq == w->seq && k == w->kind;

			if ((k == RAW_VMCORE) == (w->kind == RAW_VMCORE) && !self && !(gone >> i & 1))
				n = add_taken(t, n, &d->part[k]);
		}
	}
	t[n] = (struct taken){ to, to };
	for (unsigned i = 0; i <= n; i++) {
		uint64_t len = t[i].off > from ? t[i].off - from : 0;

		if (len > best.len && !(best.len >= w->need && best.off == 0 && best.len))
			best = (struct raw_room){ .off = from, .len = len };
		from = t[i].end > from ? t[i].end : from;
	}
	return best;
}

static uint64_t largest_so_far(const struct raw_label *l, enum raw_kind kind)
{
	uint64_t most = 0;

	for (unsigned i = 0; i < l->ndump; i++)
		most = l->dump[i].part[kind].len > most ? l->dump[i].part[kind].len : most;
	return most;
}

int raw_place(const struct raw_label *l, enum raw_kind kind, uint64_t seq, struct raw_room *ret)
{
	uint64_t most = largest_so_far(l, kind);
	struct wish w = { l, kind, seq, kind == RAW_VMCORE ? most + most / 8 : most + LOG_NEED };
	uint32_t may = expendable(l, kind == RAW_VMCORE ? RAW_VMCORE : RAW_LOG, seq);
	struct raw_room room = largest(&w, 0), more;

	if (room.len < w.need && may) {
		more = largest(&w, may);
		if (more.len >= most && more.len > room.len)
			room = more;
	}
	if (room.len < ROOM_MIN)
		return -ENOSPC;
	for (unsigned i = 0; i < l->ndump; i++)
		for (unsigned k = 0; k < RAW_KINDS; k++) {
			const struct raw_part *p = &l->dump[i].part[k];

			if (may >> i & 1 && (k == RAW_VMCORE) == (kind == RAW_VMCORE) && raw_part_live(p) &&
			    p->off < room.off + room.len && p->off + p->len > room.off)
				room.gone |= 1u << i;
		}
	*ret = room;
	return 0;
}

const char *raw_state_word(enum raw_state s)
{
	static const char *const word[RAW_STATES] = { "none", "cut off", "complete",
						      "incomplete", "recovered", "overwritten" };

	return word[s];
}

const char *raw_kind_name(enum raw_kind kind)
{
	static const char *const name[RAW_KINDS] = { "vmcore-dmesg.txt", "vmcore.flat", "crashbox-report.json",
						     "kexec-dmesg.log" };

	return name[kind];
}
