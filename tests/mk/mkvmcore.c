/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests: make an ELF vmcore from a text.
 * Usage: mkvmcore SPEC OUT. tests/mk/README.md tells the words of a spec; a wrong one ends with its
 * line.
 */
#include <elf.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEGMENTS 16
#define PATCHES  64
#define LIVE     1024
#define ID_MASK  ((1ull << 62) - 1)

/* Where the structures of the logs lie, relative to the address of the log. */
enum {
	RING_PRB = 64, /* struct printk_ringbuffer: desc_ring at 0, text_data_ring at 48 */
	RING_DESCS = 4096,
	DESC_SIZE = 24,
	INFO_SIZE = 88,
	BUFFER = 64, /* the old buffers: variables first, then the text */
};

enum log_kind {
	LOG_NONE,
	LOG_RING,
	LOG_RECORDS,
	LOG_CHARS,
};

struct segment {
	uint64_t pa, va, len, offset;
	uint8_t *mem;
};

struct patch {
	uint64_t offset;
	uint8_t byte[32];
	size_t n;
};

struct log {
	enum log_kind kind;
	uint64_t va;           /* of the structures */
	uint64_t data, size;   /* text: address and bytes */
	uint64_t count, infos; /* ring: descriptors, address of the infos */
	uint64_t head, tail;   /* ring: ids; records: indices; characters: written so far in head */
	uint64_t lpos;         /* ring: where the next block begins */
	bool flush_end;        /* ring: a block may end exactly at the end (Linux 6.18) */
	unsigned header;       /* records: bytes of the header */
	struct {
		uint64_t at, len;
	} live[LIVE]; /* records: those not yet written over */
	unsigned nlive;
};

struct spec {
	const char *file;
	unsigned line;
	uint16_t machine;
	struct segment segment[SEGMENTS];
	unsigned nsegment;
	char info[65536];
	uint8_t note[65536];
	size_t note_len;
	struct patch patch[PATCHES];
	unsigned npatch;
	uint64_t cut;
	struct log log;
};

static void __attribute__((noreturn, format(printf, 2, 3)))
die(const struct spec *s, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "mkvmcore: %s:%u: ", s->file, s->line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static char *word(struct spec *s, char **cursor)
{
	char *w = strsep(cursor, " \t");

	while (w && !*w)
		w = strsep(cursor, " \t");
	if (!w)
		die(s, "a word is missing");
	return w;
}

static uint64_t number(struct spec *s, char **cursor)
{
	char *w = word(s, cursor), *end;
	uint64_t v = strcmp(w, "-") == 0 ? UINT64_MAX : strtoull(w, &end, 0);

	if (strcmp(w, "-") != 0 && (*end || end == w))
		die(s, "%s is no number", w);
	return v;
}

/* Decodes a quoted text with \n \t \" \\ \xHH in place and gives its length. */
static size_t quoted(struct spec *s, char *cursor, char **ret)
{
	char *p = strchr(cursor, '"'), *to;

	if (!p)
		die(s, "a text in quotes is missing");
	*ret = to = ++p;
	for (; *p && *p != '"'; p++) {
		unsigned v;

		if (*p != '\\') {
			*to++ = *p;
		} else if (*++p == 'x' && sscanf(p + 1, "%2x", &v) == 1) {
			*to++ = (char)v;
			p += 2;
		} else {
			*to++ = *p == 'n' ? '\n' : *p == 't' ? '\t'
							     : *p;
		}
	}
	if (*p != '"')
		die(s, "a text does not end");
	return (size_t)(to - *ret);
}

static size_t hex(struct spec *s, char **cursor, uint8_t *to, size_t room)
{
	char *w = word(s, cursor);
	size_t n = 0;

	for (; w[0] && w[1]; w += 2, n++) {
		unsigned v;

		if (n == room || sscanf(w, "%2x", &v) != 1)
			die(s, "%s: no hexadecimal bytes, or too many", w);
		to[n] = (uint8_t)v;
	}
	return n;
}

/* The N bytes of memory at address VA. */
static uint8_t *at(struct spec *s, uint64_t va, size_t n)
{
	for (unsigned i = 0; i < s->nsegment; i++) {
		struct segment *g = &s->segment[i];
		uint64_t base = g->va == UINT64_MAX ? g->pa : g->va;

		if (va >= base && va - base <= g->len && n <= g->len - (va - base))
			return g->mem + (va - base);
	}
	die(s, "no segment has %zu bytes at 0x%" PRIx64, n, va);
}

static void put(struct spec *s, uint64_t va, uint64_t v, size_t n)
{
	memcpy(at(s, va, n), &v, n);
}

static void __attribute__((format(printf, 2, 3))) info(struct spec *s, const char *fmt, ...)
{
	size_t n = strlen(s->info);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->info + n, sizeof(s->info) - n, fmt, ap);
	va_end(ap);
	n = strlen(s->info);
	snprintf(s->info + n, sizeof(s->info) - n, "\n");
}

static void add_note(struct spec *s, const char *name, uint32_t type, const void *desc, size_t n)
{
	uint32_t head[3] = { (uint32_t)strlen(name) + 1, (uint32_t)n, type };
	size_t name_room = (head[0] + 3) & ~3u, desc_room = (n + 3) & ~3ul;
	uint8_t *p = s->note + s->note_len;

	if (s->note_len + sizeof(head) + name_room + desc_room > sizeof(s->note))
		die(s, "too many notes");
	memcpy(p, head, sizeof(head));
	memcpy(p + sizeof(head), name, head[0]);
	memcpy(p + sizeof(head) + name_room, desc, n);
	s->note_len += sizeof(head) + name_room + desc_room;
}

/* load PA VA LEN */
static void do_load(struct spec *s, char *args)
{
	struct segment *g = &s->segment[s->nsegment];

	if (s->nsegment == SEGMENTS)
		die(s, "more than %d segments", SEGMENTS);
	g->pa = number(s, &args);
	g->va = number(s, &args);
	g->len = number(s, &args);
	g->mem = calloc(1, g->len ? g->len : 1);
	if (!g->mem)
		die(s, "no memory");
	s->nsegment++;
}

static void do_machine(struct spec *s, char *args)
{
	char *w = word(s, &args);

	s->machine = strcmp(w, "aarch64") == 0   ? EM_AARCH64
		     : strcmp(w, "riscv64") == 0 ? EM_RISCV
		     : strcmp(w, "ppc64le") == 0 ? EM_PPC64
						 : EM_X86_64;
}

static void do_info(struct spec *s, char *args)
{
	info(s, "%s", args);
}

/* cpu LEN: the registers of a CPU, a note of LEN bytes */
static void do_cpu(struct spec *s, char *args)
{
	uint8_t desc[4096] = { 1 };
	uint64_t n = number(s, &args);

	add_note(s, "CORE", NT_PRSTATUS, desc, n < sizeof(desc) ? n : sizeof(desc));
}

/* put BYTES ADDR VALUE… */
static void do_put(struct spec *s, char *args)
{
	size_t n = number(s, &args);
	uint64_t va = number(s, &args);

	if (n == 0 || n > 8)
		die(s, "numbers have 1 to 8 bytes");
	for (; args && *args; va += n)
		put(s, va, number(s, &args), n);
}

static void do_bytes(struct spec *s, char *args)
{
	uint64_t va = number(s, &args);
	uint8_t b[4096];
	size_t n = hex(s, &args, b, sizeof(b));

	memcpy(at(s, va, n), b, n);
}

/* fill ADDR LEN text|noise: memory that packs well, or not at all */
static void do_fill(struct spec *s, char *args)
{
	uint64_t va = number(s, &args), n = number(s, &args), x = va | 1;
	bool noise = strcmp(word(s, &args), "noise") == 0;
	uint8_t *p = at(s, va, n);

	for (uint64_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		p[i] = noise || i % 64 == 0 ? (uint8_t)x : (uint8_t)("struct page "[i % 12]);
	}
}

/* file OFFSET HEX: bytes of the finished file */
static void do_file(struct spec *s, char *args)
{
	struct patch *p = &s->patch[s->npatch];

	if (s->npatch == PATCHES)
		die(s, "more than %d patches", PATCHES);
	p->offset = number(s, &args);
	p->n = hex(s, &args, p->byte, sizeof(p->byte));
	s->npatch++;
}

static void do_cut(struct spec *s, char *args)
{
	s->cut = number(s, &args);
}

static void ring_info(struct spec *s)
{
	info(s, "SYMBOL(prb)=%" PRIx64, s->log.va);
	info(s,
	     "SIZE(printk_ringbuffer)=80\nOFFSET(printk_ringbuffer.desc_ring)=0\n"
	     "OFFSET(printk_ringbuffer.text_data_ring)=48\nSIZE(prb_desc_ring)=40\n"
	     "OFFSET(prb_desc_ring.count_bits)=0\nOFFSET(prb_desc_ring.descs)=8\n"
	     "OFFSET(prb_desc_ring.infos)=16\nOFFSET(prb_desc_ring.head_id)=24\n"
	     "OFFSET(prb_desc_ring.tail_id)=32\nSIZE(prb_desc)=%d\nOFFSET(prb_desc.state_var)=0\n"
	     "OFFSET(prb_desc.text_blk_lpos)=8\nOFFSET(prb_data_blk_lpos.begin)=0\n"
	     "OFFSET(prb_data_blk_lpos.next)=8\nSIZE(printk_info)=%d\nOFFSET(printk_info.ts_nsec)="
	     "8\n"
	     "OFFSET(printk_info.text_len)=16\nOFFSET(printk_info.caller_id)=20\n"
	     "OFFSET(atomic_long_t.counter)=0\nOFFSET(prb_data_ring.size_bits)=0\n"
	     "OFFSET(prb_data_ring.data)=8",
	     DESC_SIZE, INFO_SIZE);
}

/* ring VA COUNT_BITS SIZE_BITS [6.18] */
static void do_ring(struct spec *s, char *args)
{
	struct log *l = &s->log;
	uint64_t count_bits, size_bits, prb;

	l->kind = LOG_RING;
	l->va = number(s, &args);
	count_bits = number(s, &args);
	size_bits = number(s, &args);
	l->flush_end = args && strcmp(args, "6.18") == 0;
	l->count = 1ull << count_bits;
	l->size = 1ull << size_bits;
	l->infos = l->va + RING_DESCS + l->count * DESC_SIZE;
	l->data = (l->infos + l->count * INFO_SIZE + 7) & ~7ull;
	/* As a kernel starts: ids and positions one lap before 0. */
	l->tail = l->head = -l->count & ID_MASK;
	l->lpos = -l->size;
	prb = l->va + RING_PRB;
	put(s, l->va, prb, 8);
	put(s, prb, count_bits, 4);
	put(s, prb + 8, l->va + RING_DESCS, 8);
	put(s, prb + 16, l->infos, 8);
	put(s, prb + 24, l->head, 8);
	put(s, prb + 32, l->tail, 8);
	put(s, prb + 48, size_bits, 4);
	put(s, prb + 56, l->data, 8);
	put(s, l->va + RING_DESCS, 3ull << 62 | l->head, 8);
	ring_info(s);
}

/* Takes room for a text of N bytes as the kernel would: gives its address, *BEGIN and *NEXT. */
static uint64_t ring_block(struct log *l, size_t n, uint64_t *begin, uint64_t *next)
{
	uint64_t size = (8 + n + 7) & ~7ull, first;

	if (n == 0) {
		*begin = *next = 3;
		return l->data;
	}
	*begin = first = l->lpos;
	*next = first + size;
	if ((first ^ (*next - l->flush_end)) & ~(l->size - 1)) {
		first = (first & ~(l->size - 1)) + l->size;
		*next = first + size;
	}
	l->lpos = *next;
	return l->data + (first & (l->size - 1));
}

/* Descriptors whose text is overwritten become reusable. */
static void ring_expire(struct spec *s, uint64_t next)
{
	struct log *l = &s->log;

	for (uint64_t id = l->tail; id != l->head; id = (id + 1) & ID_MASK) {
		uint64_t desc = l->va + RING_DESCS + id % l->count * DESC_SIZE, begin;

		memcpy(&begin, at(s, desc + 8, 8), 8);
		if (!(begin & 1) && (int64_t)(begin - (next - l->size)) < 0)
			put(s, desc, 3ull << 62 | id, 8);
	}
}

static void ring_add(struct spec *s, uint64_t ts, uint32_t caller, const char *text, size_t n)
{
	struct log *l = &s->log;
	uint64_t id = (l->head + 1) & ID_MASK, begin, next, data;
	uint64_t desc = l->va + RING_DESCS + id % l->count * DESC_SIZE;
	uint64_t inf = l->infos + id % l->count * INFO_SIZE;

	if (((id - l->tail) & ID_MASK) == l->count)
		l->tail = (l->tail + 1) & ID_MASK;
	data = ring_block(l, n, &begin, &next);
	if (n) {
		put(s, data, id, 8);
		memcpy(at(s, data + 8, n), text, n);
		ring_expire(s, next);
	}
	l->head = id;
	put(s, desc, 2ull << 62 | id, 8);
	put(s, desc + 8, begin, 8);
	put(s, desc + 16, next, 8);
	put(s, inf + 8, ts, 8);
	put(s, inf + 16, n, 2);
	put(s, inf + 20, caller, 4);
	put(s, l->va + RING_PRB + 24, l->head, 8);
	put(s, l->va + RING_PRB + 32, l->tail, 8);
}

/* The variables of the old buffers: log_buf, log_buf_len and the two that move. */
static void old_start(struct spec *s, enum log_kind kind, char **args)
{
	struct log *l = &s->log;

	l->kind = kind;
	l->va = number(s, args);
	l->size = number(s, args);
	l->data = l->va + BUFFER;
	put(s, l->va, l->data, 8);
	put(s, l->va + 8, l->size, 4);
	info(s, "SYMBOL(log_buf)=%" PRIx64 "\nSYMBOL(log_buf_len)=%" PRIx64, l->va, l->va + 8);
}

/* records VA LEN [callers] [log]: "log" is the name of the structure before 3.11 */
static void do_records(struct spec *s, char *args)
{
	const char *name;

	old_start(s, LOG_RECORDS, &args);
	s->log.header = args && strstr(args, "callers") ? 20 : 16;
	name = args && strstr(args, "log") ? "log" : "printk_log";
	info(s, "SYMBOL(log_first_idx)=%" PRIx64 "\nSYMBOL(log_next_idx)=%" PRIx64, s->log.va + 12,
	     s->log.va + 16);
	info(s, "SIZE(%s)=%u\nOFFSET(%s.ts_nsec)=0\nOFFSET(%s.len)=8\nOFFSET(%s.text_len)=10", name,
	     s->log.header, name, name, name);
	if (s->log.header == 20)
		info(s, "OFFSET(%s.caller_id)=16", name);
}

/* Records whose bytes [from, to) of the buffer are written over are gone; the oldest go first. */
static void records_expire(struct log *l, uint64_t from, uint64_t to)
{
	while (l->nlive && l->live[0].at < to && l->live[0].at + l->live[0].len > from)
		memmove(&l->live[0], &l->live[1], --l->nlive * sizeof(l->live[0]));
}

static void records_add(struct spec *s, uint64_t ts, uint32_t caller, const char *text, size_t n)
{
	struct log *l = &s->log;
	uint64_t len = (l->header + n + 3) & ~3ull, rec;

	if (l->head + len + l->header > l->size) {
		/* The zero length that stays here sends the reader to the start. */
		records_expire(l, l->head, l->size);
		memset(at(s, l->data + l->head, l->header), 0, l->header);
		l->head = 0;
	}
	records_expire(l, l->head, l->head + len + l->header);
	if (l->nlive == LIVE)
		die(s, "more than %d records", LIVE);
	l->live[l->nlive].at = l->head;
	l->live[l->nlive++].len = len;
	rec = l->data + l->head;
	put(s, rec, ts, 8);
	put(s, rec + 8, len, 2);
	put(s, rec + 10, n, 2);
	if (l->header == 20)
		put(s, rec + 16, caller, 4);
	memcpy(at(s, rec + l->header, n), text, n);
	l->head += len;
	put(s, l->va + 12, l->live[0].at, 4);
	put(s, l->va + 16, l->head, 4);
}

/* chars VA LEN */
static void do_chars(struct spec *s, char *args)
{
	old_start(s, LOG_CHARS, &args);
	info(s, "SYMBOL(log_end)=%" PRIx64, s->log.va + 12);
}

static void chars_add(struct spec *s, const char *text, size_t n)
{
	struct log *l = &s->log;

	for (; n; n--, l->head++)
		put(s, l->data + l->head % l->size, (uint8_t)*text++, 1);
	put(s, l->va + 12, l->head, 4);
}

/* log MICROSECONDS CALLER "text": one record; for chars the text alone counts, as it stands */
static void do_log(struct spec *s, char *args)
{
	uint64_t us = number(s, &args);
	char *w = word(s, &args), *text;
	uint32_t caller = (uint32_t)strtoul(w + 1, NULL, 10) | (*w == 'C' ? 1u << 31 : 0);
	size_t n = quoted(s, args, &text);

	if (s->log.kind == LOG_RING)
		ring_add(s, us * 1000, caller, text, n);
	else if (s->log.kind == LOG_RECORDS)
		records_add(s, us * 1000, caller, text, n);
	else if (s->log.kind == LOG_CHARS)
		chars_add(s, text, n);
	else
		die(s, "log before ring, records or chars");
}

static const struct {
	const char *name;
	void (*run)(struct spec *s, char *args);
} words[] = {
	{ "machine", do_machine },
	{ "load", do_load },
	{ "info", do_info },
	{ "cpu", do_cpu },
	{ "put", do_put },
	{ "bytes", do_bytes },
	{ "fill", do_fill },
	{ "file", do_file },
	{ "cut", do_cut },
	{ "ring", do_ring },
	{ "records", do_records },
	{ "chars", do_chars },
	{ "log", do_log },
};

static void line_run(struct spec *s, char *line)
{
	char *cursor = line, *name;

	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return;
	cursor = line;
	name = strsep(&cursor, " \t");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].name, name) == 0) {
			char none[] = "";

			words[i].run(s, cursor ? cursor : none);
			return;
		}
	die(s, "%s: no such word", name);
}

static void spec_read(struct spec *s)
{
	char line[8192];
	FILE *f = fopen(s->file, "r");

	if (!f)
		die(s, "cannot open it");
	while (fgets(line, sizeof(line), f)) {
		s->line++;
		line[strcspn(line, "\n")] = '\0';
		line_run(s, line);
	}
	fclose(f);
}

#include "vmcore_out.h"

int main(int argc, char **argv)
{
	static struct spec s;

	if (argc != 3)
		return fprintf(stderr, "Usage: mkvmcore SPEC OUT\n"), 2;
	s.file = argv[1];
	s.machine = EM_X86_64;
	spec_read(&s);
	return vmcore_write(&s, argv[2]);
}
