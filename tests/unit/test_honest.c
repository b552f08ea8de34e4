/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit tests: a dump that is cut or damaged anywhere is never called complete, by nothing that reads it and in no
 * format that it is converted to; no page becomes another one, none is forgotten.
 * HONEST_COUNT dumps are damaged (default 240), HONEST_SEED begins the sequence (default 1); a failure tells the case.
 *
 * Damage that no reader can see is not made: a changed byte of a stored page, or of an LZO or zstd stream that still
 * unpacks (neither has a checksum here); a bit that is set in a bitmap or a field of a header that still makes sense,
 * where the dump is just another dump. Where packed data was hit and unpacks to another page, only that page is not
 * judged.
 */
#include "check.h"
#include "honest_memory.h"

#include "base/bytes.h"
#include "dump/rebuild.h"
#include "host/list.h"
#include "vmcore/kdump_head.h"

#include <sys/wait.h>

static char dir[] = "/dev/shm/test_honest.XXXXXX"; /* every file is synced: not on a disk */
static uint64_t state;

static const struct honest_how kinds[] = {
	{ .name = "zlib", .format = FORMAT_KDUMP, .codec = CODEC_ZLIB, .level = 0 },
	{ .name = "zlib-1", .format = FORMAT_KDUMP, .codec = CODEC_ZLIB, .level = 1 },
	{ .name = "lzo", .format = FORMAT_KDUMP, .codec = CODEC_LZO, .level = 1 },
	{ .name = "zstd", .format = FORMAT_KDUMP, .codec = CODEC_ZSTD, .level = 31 },
	{ .name = "stored", .format = FORMAT_KDUMP, .codec = CODEC_NONE, .level = 0 },
	{ .name = "elf", .format = FORMAT_ELF },
	{ .name = "flat", .format = FORMAT_KDUMP, .codec = CODEC_LZO, .level = 1, .flat = true },
	{ .name = "flat-elf", .format = FORMAT_ELF, .flat = true },
	{ .name = "split", .format = FORMAT_KDUMP, .codec = CODEC_ZLIB, .level = 1, .parts = HONEST_PARTS },
};

static uint64_t random_below(uint64_t n)
{
	return fake_random(&state) % n;
}

/* One damaged dump. */
struct trial {
	const struct honest_how *how;
	char what[120];
	uint64_t lost;  /* pages that are lost, by what was done */
	bool hidden;    /* only unpacking shows it: headers and descriptors are sound */
	uint64_t spoil; /* at most so many pages may be other ones, see above */
};

static uint8_t *load(const char *name, size_t *n)
{
	char path[300];
	struct stat st;
	uint8_t *p;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		abort();
	*n = (size_t)st.st_size;
	p = malloc(*n + 1);
	if (!p || pread(fd, p, *n, 0) != (ssize_t)*n)
		abort();
	close(fd);
	return p;
}

static void store(const char *name, const uint8_t *p, size_t n)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		abort();
	close(fd);
}

/* ---- kdump-compressed: what the descriptors of a sound file say, read here by hand ---- */

struct layout {
	size_t table, ndesc, data; /* offsets of the table and of the data; descriptors of this file */
};

static struct layout layout_of(const uint8_t *p)
{
	uint64_t block = get_u32(p + 428), bitmap = (1 + get_u32(p + 432)) * block, half = get_u32(p + 436) * block / 2;
	uint64_t from = 0, to = get_u64(p + block + 96);
	struct layout l = { .table = (size_t)(bitmap + 2 * half), .data = SIZE_MAX };

	if (get_u32(p + block + 12)) {
		from = get_u64(p + block + 80);
		to = get_u64(p + block + 88);
	}
	l.ndesc = (size_t)bits_count(p + bitmap + half, from, to);
	for (size_t i = 0; i < l.ndesc; i++)
		if (get_u64(p + l.table + i * KDUMP_DESC) < l.data)
			l.data = (size_t)get_u64(p + l.table + i * KDUMP_DESC);
	return l;
}

/* Pages whose descriptor or data does not lie below CUT. */
static uint64_t beyond(const uint8_t *p, size_t cut)
{
	struct layout l = layout_of(p);
	uint64_t n = 0;

	for (size_t i = 0; i < l.ndesc; i++) {
		const uint8_t *d = p + l.table + i * KDUMP_DESC;

		n += l.table + (i + 1) * KDUMP_DESC > cut || get_u64(d) + get_u32(d + 8) > cut;
	}
	return n;
}

/* Makes one descriptor senseless. */
static void spoil_desc(struct trial *t, uint8_t *p, size_t n)
{
	struct layout l = layout_of(p);
	uint8_t *d = p + l.table + random_below(l.ndesc) * KDUMP_DESC;
	unsigned kind = (unsigned)random_below(8);

	snprintf(t->what, sizeof(t->what), "descriptor at %zu, kind %u", (size_t)(d - p), kind);
	t->lost = 1;
	switch (kind) {
	case 0: put_u32(d + 8, 0); break;
	case 1: put_u32(d + 8, FAKE_PAGE + 1); break;
	case 2: put_u32(d + 12, 0x40); break;
	case 3: put_u32(d + 12, 3); break;
	case 4: put_u64(d, 0); break;
	case 5: put_u64(d, n + random_below(1u << 30)); break;
	case 6: put_u64(d, random_below(l.table)); break;
	default: put_u64(d, UINT64_MAX - random_below(5000)); break;
	}
}

/* Damages the packed data of one page, which its checksum or form shows unless `spoil`. */
static void spoil_data(struct trial *t, uint8_t *p)
{
	struct layout l = layout_of(p);
	bool zlib = false;

	for (unsigned tries = 0; tries < 1000; tries++) {
		uint8_t *d = p + l.table + random_below(l.ndesc) * KDUMP_DESC;
		uint64_t at = get_u64(d), size = get_u32(d + 8), from, len;

		if (get_u32(d + 12) == 0 || size < 8)
			continue;
		zlib = get_u32(d + 12) == PAGE_ZLIB;
		from = random_below(size);
		len = 1 + random_below(size - from < 40 ? size - from : 40);
		snprintf(t->what, sizeof(t->what), "%d bytes of packed data at %d", (int)len, (int)(at + from));
		for (uint64_t i = 0; i < len; i++)
			p[at + from + i] ^= 0xff;
		t->lost = zlib;
		t->spoil = !zlib;
		t->hidden = true;
		return;
	}
	abort();
}

/* A part of the data became zeros, as after a power cut. */
static void spoil_hole(struct trial *t, uint8_t *p, size_t n)
{
	struct layout l = layout_of(p);
	size_t len = FAKE_PAGE + (size_t)random_below((n - l.data) / 4 + 1);
	size_t from = l.data + FAKE_PAGE + (size_t)random_below(n - l.data - FAKE_PAGE);

	len = n - from < len ? n - from : len;
	snprintf(t->what, sizeof(t->what), "%zu bytes of zeros at %zu", len, from);
	for (size_t i = 0; i < l.ndesc; i++) {
		const uint8_t *d = p + l.table + i * KDUMP_DESC;
		uint64_t at = get_u64(d), end = at + get_u32(d + 8);
		bool inside = at >= from && end <= from + len, touched = at < from + len && end > from;

		/* Wholly zeros: no packed page, and no stored one of a dump that packs. */
		t->lost += inside;
		/* A stored page that is hit in part has no checksum; LZO and zstd may still unpack. */
		t->spoil += touched && !inside;
	}
	memset(p + from, 0, len);
	t->hidden = true;
}

/* Bits of the second bitmap of a dump that is not split become zeros: which page is which is unknown from then on. */
static void spoil_bitmap(struct trial *t, uint8_t *p)
{
	struct layout l = layout_of(p);
	size_t half = (size_t)get_u32(p + 436) * FAKE_PAGE / 2, at = l.table - half + 33 + (size_t)random_below(50);

	t->lost = bits_count(p + at, 0, 24);
	memset(p + at, 0, 3);
	snprintf(t->what, sizeof(t->what), "3 bytes of zeros in bitmap2 at %zu", at);
}

static bool is_kdump(const struct honest_how *how)
{
	return how->format == FORMAT_KDUMP && !how->flat;
}

/* Damages P of N bytes; gives how many are left of it. */
static size_t spoil(struct trial *t, uint8_t *p, size_t n)
{
	unsigned kind = (unsigned)random_below(!is_kdump(t->how) ? 2 : t->how->parts ? 6
										     : 7);
	size_t cut = random_below(3) ? (size_t)random_below(n) : n - 1 - (size_t)random_below(n < 6000 ? n : 6000);

	if (kind == 5 && t->how->codec == CODEC_NONE)
		kind = 2;
	switch (kind) {
	case 2:
	case 3: spoil_desc(t, p, n); return n;
	case 4:
		if (t->how->codec == CODEC_NONE)
			spoil_desc(t, p, n);
		else
			spoil_data(t, p);
		return n;
	case 5: spoil_hole(t, p, n); return n;
	case 6: spoil_bitmap(t, p); return n;
	default: break;
	}
	snprintf(t->what, sizeof(t->what), "cut at %zu of %zu", cut, n);
	if (is_kdump(t->how))
		t->lost = beyond(p, cut);
	return cut;
}

/* ---- what is asked of a damaged dump and of all that is made of it ---- */

static bool trial_ok;

static void must(const struct trial *t, bool ok, const char *fmt, const char *arg)
{
	CHECK(ok);
	if (ok)
		return;
	trial_ok = false;
	fprintf(stderr, "  %s, %s: ", t->how->name, t->what);
	fprintf(stderr, fmt, arg);
	fputc('\n', stderr);
}

/* kdumpctl list: the dump, as vmcore of a directory, is not whole. */
static void listed(const struct trial *t, const char *name, const char *as)
{
	struct dump_entries l;
	char from[300], sub[300], to[310];

	snprintf(from, sizeof(from), "%s/%s", dir, name);
	snprintf(sub, sizeof(sub), "%s/list/127.0.0.1-2026-01-01-00:00:00", dir);
	snprintf(to, sizeof(to), "%s/%s", sub, as);
	if (link(from, to))
		abort();
	snprintf(from, sizeof(from), "%s/list", dir);
	CHECK_INT(dump_list(from, &l, NULL), 0);
	must(t, l.n == 1 && (l.v[0].state == DUMP_INCOMPLETE || l.v[0].state == DUMP_BAD) && l.v[0].why[0],
	     "the list says %s", l.n ? dump_state_name(l.v[0].state) : "nothing");
	dump_list_free(&l);
	unlink(to);
}

/* What the dump NAME says of itself, and what its pages are. */
static void output(const struct trial *t, const char *name, const struct honest_how *how)
{
	struct err e;
	struct source *s = honest_open(dir, name, how, &e);
	struct honest_count c;

	must(t, s != NULL, "the output opens: %s", e.text);
	if (!s)
		return;
	c = honest_judge(s);
	must(t, s->info.incomplete && s->info.why && s->info.why[0], "%s is called complete", how->name);
	must(t, c.lost >= t->lost && s->info.lost >= c.lost, "%s forgets lost pages", how->name);
	must(t, c.wrong <= t->spoil, "%s has other pages than the machine", how->name);
	must(t, c.broken == 0 && c.absent == 0, "%s has pages that do not read, or are left out", how->name);
	s->ops->free(s);
}

static void convert(const struct trial *t, struct source *s)
{
	static const struct honest_how to[] = {
		{ .name = "-c", .format = FORMAT_KDUMP, .codec = CODEC_ZLIB },
		{ .name = "-l -d31", .format = FORMAT_KDUMP, .codec = CODEC_LZO, .level = 31 },
		{ .name = "-z -d1", .format = FORMAT_KDUMP, .codec = CODEC_ZSTD, .level = 1 },
		{ .name = "-d0", .format = FORMAT_KDUMP, .codec = CODEC_NONE },
		{ .name = "-E", .format = FORMAT_ELF },
		{ .name = "-F -l", .format = FORMAT_KDUMP, .codec = CODEC_LZO, .flat = true },
		{ .name = "-F -E", .format = FORMAT_ELF, .flat = true },
		{ .name = "--split", .format = FORMAT_KDUMP, .codec = CODEC_ZLIB, .level = 1, .parts = HONEST_PARTS },
	};
	const struct honest_how *how = &to[random_below(ARRAY_LEN(to))];
	struct dump_stat st = { 0 };
	int rc = honest_dump(s, dir, "out", how, &st);

	must(t, rc == 0 && st.incomplete, "%s says that all went well", how->name);
	must(t, st.lost + st.unreadable >= t->lost, "%s counts too few lost pages", how->name);
	if (rc == 0)
		output(t, "out", how);
	if (rc == 0 && !how->parts)
		listed(t, "out", "vmcore");
}

/* -R of a stream, --reassemble of parts. */
static void rebuild(const struct trial *t)
{
	static const struct honest_how plain = { .name = "the file of pieces" };
	char path[HONEST_PARTS][300];
	const char *at[HONEST_PARTS] = { path[0], path[1], path[2] };
	struct rebuild_stat st = { 0 };
	struct sink *out = NULL;
	struct err e = { 0 };
	int fd, rc;

	for (unsigned i = 0; i < HONEST_PARTS; i++)
		snprintf(path[i], sizeof(path[i]), t->how->parts ? "%s/damaged.%u" : "%s/damaged", dir, i);
	out = honest_sink(dir, "again", false, &fd);
	if (t->how->parts) {
		rc = reassemble_run(at, HONEST_PARTS, out, "again", &st, &e);
	} else {
		fd = open(path[0], O_RDONLY | O_CLOEXEC);
		rc = rebuild_run(fd, out, "again", "again", &st, &e);
		close(fd);
	}
	out->ops->free(out);
	must(t, rc ? e.text[0] != '\0' : st.incomplete, "%s is called complete", plain.name);
	if (rc == 0)
		output(t, "again", &plain);
}

static void one(const struct honest_how *how)
{
	struct trial t = { .how = how };
	char sound[80], from[64];
	unsigned part = how->parts ? (unsigned)random_below(HONEST_PARTS) : 0;
	struct source *s;
	struct err e;
	size_t n, left;
	uint8_t *p;

	trial_ok = true;
	snprintf(sound, sizeof(sound), "sound-%s", how->name);
	for (unsigned i = 0; i < (how->parts ? HONEST_PARTS : 1); i++) {
		char to[64];

		p = load(honest_name(from, sound, how, i), &n);
		left = i == part ? spoil(&t, p, n) : n;
		store(honest_name(to, "damaged", how, i), p, left);
		free(p);
	}
	s = honest_open(dir, "damaged", how, &e);
	if (s) {
		struct honest_count c = honest_judge(s);

		must(&t, t.hidden || s->info.incomplete, "it is called complete%s", "");
		must(&t, t.hidden || s->info.lost >= t.lost, "it forgets lost pages%s", "");
		must(&t, c.lost + c.broken >= t.lost && c.absent == 0, "pages are forgotten%s", "");
		must(&t, c.wrong <= t.spoil && c.mute == 0, "pages are other ones%s", "");
		/* Data that still unpacks, to other pages, cannot be noticed. */
		if (s->info.incomplete || c.broken)
			convert(&t, s);
		if ((s->info.incomplete || c.broken) && (how->flat || how->parts))
			rebuild(&t);
		s->ops->free(s);
	} else {
		must(&t, e.text[0] != '\0', "no sentence%s", "");
	}
	if (!how->parts && (!t.hidden || t.lost))
		listed(&t, "damaged", how->flat ? "vmcore.flat" : "vmcore");
}

/* What is sound is called so: with a property that nothing fulfils, everything above would pass. */
static void sound(const struct honest_how *how, struct source *machine)
{
	struct dump_stat st;
	struct honest_count c;
	struct source *s;
	struct err e;
	char name[80];

	snprintf(name, sizeof(name), "sound-%s", how->name);
	CHECK_INT(honest_dump(machine, dir, name, how, &st), 0);
	CHECK(!st.incomplete);
	s = honest_open(dir, name, how, &e);
	CHECK(s != NULL);
	if (!s) {
		fprintf(stderr, "%s: %s\n", how->name, e.text);
		exit(1);
	}
	c = honest_judge(s);
	CHECK(!s->info.incomplete);
	CHECK_INT(s->info.lost, 0);
	CHECK_INT(c.right, 158 + HONEST_PFNS - 256);
	s->ops->free(s);
}

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *v = getenv(name);

	return v && *v ? strtoull(v, NULL, 0) : otherwise;
}

int main(void)
{
	uint64_t count = number("HONEST_COUNT", 240), seed = number("HONEST_SEED", 1);
	struct fake_machine *m = calloc(1, sizeof(*m));
	char path[300];

	if (!m || !mkdtemp(dir))
		return 1;
	honest_machine(m);
	snprintf(path, sizeof(path), "%s/list", dir);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/list/127.0.0.1-2026-01-01-00:00:00", dir);
	mkdir(path, 0700);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		sound(&kinds[i], &m->s);
	for (uint64_t i = 0; i < count; i++) {
		/* Every case can be made again by itself. */
		state = seed + i;
		one(&kinds[i % ARRAY_LEN(kinds)]);
		if (!trial_ok)
			fprintf(stderr, "  again with HONEST_SEED=%llu\n", (unsigned long long)(seed + i));
	}
	snprintf(path, sizeof(path), "rm -rf %s", dir);
	if (system(path))
		return 1;
	free(m);
	return check_done();
}
