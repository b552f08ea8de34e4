/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit tests: the kdump-compressed writer, read back by offsets written down here */
#include "check.h"
#include "fake_dump.h"

#include "format/kdump_out.h"

#define MOST (8u << 20)

static uint64_t u64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool two_thirds(uint64_t pfn)
{
	uint64_t state = pfn;

	return fake_random(&state) % 3 != 0;
}

static bool all(uint64_t pfn)
{
	(void)pfn;
	return true;
}

static bool none(uint64_t pfn)
{
	return pfn == UINT64_MAX;
}

/* What stands for a packed page: 0 to 300 bytes that depend on the pfn; one in 40 is stored whole. */
static uint32_t fill(uint64_t pfn, uint8_t *to, uint32_t *flag)
{
	uint64_t state = pfn * 3 + 1, r = fake_random(&state);
	uint32_t n = r % 10 == 0 ? 0 : r % 40 == 1 ? FAKE_PAGE
						   : (uint32_t)(r >> 32) % 300 + 1;

	*flag = n == FAKE_PAGE ? 0 : 1u << r % 3;
	for (uint32_t i = 0; i < n; i++)
		to[i] = fake_byte(pfn * FAKE_PAGE + i);
	return n;
}

/* The same without zeros. */
static uint32_t fill_data(uint64_t pfn, uint8_t *to, uint32_t *flag)
{
	uint32_t n = fill(pfn, to, flag);

	if (n)
		return n;
	to[0] = (uint8_t)pfn;
	*flag = 1;
	return 1;
}

static void machine(struct fake_machine *m)
{
	fake_machine(m, 5000);
	fake_memory(m, 0x1000, 0xffff888000001000ull, 0x9e000);
	fake_memory(m, 0x100000, 0xffff888000100000ull, 0x400000 + 0x333);
	fake_memory(m, 0x800000, 0xffff888000800000ull, 0x300000);
}

struct view {
	const uint8_t *file;
	uint64_t size, bitmap1, bitmap2, table, from, to, max;
	uint32_t status;
};

/* Reads what a reader needs to open the file. */
static bool view_open(struct view *v, const struct disk *d)
{
	const uint8_t *f = d->data, *sub = f + 4096;
	uint64_t one;

	memset(v, 0, sizeof(*v));
	if (d->size < 4200 || memcmp(f, "KDUMP   ", 8) != 0 || u32(f + 8) != 6 || u32(f + 428) != 4096)
		return false;
	v->file = f;
	v->size = d->size;
	v->status = u32(f + 424);
	v->max = u64(sub + 96);
	one = (uint64_t)u32(f + 436) / 2 * 4096;
	v->bitmap1 = 4096 + (uint64_t)u32(f + 432) * 4096;
	v->bitmap2 = v->bitmap1 + one;
	v->table = v->bitmap2 + one;
	v->from = u32(sub + 12) ? u64(sub + 80) : 0;
	v->to = u32(sub + 12) ? u64(sub + 88) : v->max;
	return v->table <= v->size;
}

struct verdict {
	unsigned good, lost, wrong;
};

/* Every page of the bitmap: there as it was fed, lost, or something else. */
static struct verdict judge(const struct view *v, const struct fake_keep *k, const struct feed *how,
			    const uint8_t *seen)
{
	struct verdict r = { 0 };
	uint64_t index = 0;
	uint8_t want[FAKE_PAGE];

	for (uint64_t p = v->from; p < v->to; p++) {
		const uint8_t *desc = v->file + v->table + 24 * index;
		uint32_t flag = 0, n;

		if (bit_get(v->file + v->bitmap2, p) != bit_get(k->all, p))
			r.wrong++;
		if (!bit_get(k->all, p))
			continue;
		index++;
		if ((uint64_t)(desc + 24 - v->file) > v->size || u64(desc) == 0) {
			r.lost++;
			r.wrong += (seen && seen[p]) || (uint64_t)(desc + 24 - v->file) > v->size;
			continue;
		}
		n = how->fill(p, want, &flag);
		if (n == 0) {
			n = FAKE_PAGE;
			memset(want, 0, n);
			flag = 0;
		}
		if (u32(desc + 8) != n || u32(desc + 12) != flag || u64(desc + 16) != 0 ||
		    u64(desc) + n > v->size || memcmp(v->file + u64(desc), want, n) != 0)
			r.wrong++;
		else
			r.good++;
	}
	return r;
}

struct run {
	struct fake_machine m;
	struct fake_keep k;
	struct dump_head h;
	struct feed how;
	struct disk *d;
	uint64_t size;
	int begun, fed, rc; /* of begin(); of all put(); of all */
};

static void run_init(struct run *r, bool (*decide)(uint64_t pfn), uint64_t window)
{
	memset(r, 0, sizeof(*r));
	machine(&r->m);
	fake_keep(&r->k, &r->m, window, decide);
	r->h = (struct dump_head){
		.src = &r->m.s,
		.keep = &r->k.k,
		.kept = r->k.kept,
		.level = 31,
		.status = 2,
		.keep_to = r->k.k.pfns,
		.zero = true,
	};
	r->how = (struct feed){ .to = r->k.k.pfns, .rounds = 1, .fill = fill };
}

static void run_once(struct run *r)
{
	struct format *f;
	struct err e = { 0 };

	r->how.from = r->h.keep_from;
	r->how.to = r->h.keep_to;
	CHECK_INT(format_kdump_open(&f, &e), 0);
	r->rc = r->begun = f->ops->begin(f, &r->h, &r->d->s, &e);
	if (r->rc == 0)
		r->rc = r->fed = feed(f, &r->k, &r->how, &e);
	if (r->begun == 0) {
		int rc = f->ops->finish(f, r->rc == 0, &r->size, &e);

		r->rc = r->rc ? r->rc : rc;
	}
	if (r->rc == 0)
		r->d->s.ops->commit(&r->d->s, r->size, &e);
	f->ops->free(f);
}

static void run_free(struct run *r)
{
	free(r->k.all);
	if (r->d)
		r->d->s.ops->free(&r->d->s);
}

/* A whole dump, field by field. */
static void test_whole(unsigned caps, unsigned rounds, uint64_t window)
{
	struct run r;
	struct view v;
	struct verdict j;
	const uint8_t *f, *sub;

	run_init(&r, two_thirds, window);
	r.how.rounds = rounds;
	r.d = disk_new(caps, UINT64_MAX, MOST);
	run_once(&r);
	CHECK_INT(r.rc, 0);
	CHECK_INT(r.d->twice, 0);
	CHECK_INT(r.d->short_file, 0);
	CHECK(view_open(&v, r.d));
	f = v.file;
	sub = f + 4096;
	CHECK_INT(v.status, 2);
	CHECK_STR((const char *)f + 12, "Linux");
	CHECK_STR((const char *)f + 12 + 65, "node");
	CHECK_STR((const char *)f + 12 + 2 * 65, "6.1.0-test");
	CHECK_STR((const char *)f + 12 + 3 * 65, "(none)");
	CHECK_STR((const char *)f + 12 + 4 * 65, "x86_64");
	CHECK_INT(u64(f + 408), 1700000000);
	CHECK_INT(u64(f + 416), 0);
	CHECK_INT(u32(f + 432), 2); /* 104 + 5000 bytes */
	CHECK_INT(u32(f + 436), 2); /* 2816 pages: one block a bitmap */
	CHECK_INT(u32(f + 440), 0xb00);
	CHECK_INT(u32(f + 460), 3);
	CHECK(u64(sub) == 0xffffffffff000000ull);
	CHECK_INT(u32(sub + 8), 31);
	CHECK_INT(u32(sub + 12), 0);
	CHECK_INT(u64(sub + 32), 4096 + 104 + 2500);
	CHECK_INT(u64(sub + 40), 1250);
	CHECK_INT(u64(sub + 48), 4096 + 104);
	CHECK_INT(u64(sub + 56), 5000);
	CHECK_INT(u64(sub + 64), 0);
	CHECK_INT(u64(sub + 96), 0xb00);
	CHECK(memcmp(f + 4200, r.m.notes, 5000) == 0);
	for (uint64_t p = 0, wrong = 0; p <= 0xb00; p++) {
		bool there = (p >= 1 && p < 0x9f) || (p >= 0x100 && p <= 0x500) || (p >= 0x800 && p < 0xb00);

		wrong += bit_get(f + v.bitmap1, p) != there;
		if (p == 0xb00)
			CHECK_INT(wrong, 0);
	}
	j = judge(&v, &r.k, &r.how, NULL);
	CHECK_INT(j.wrong, 0);
	CHECK_INT(j.lost, 0);
	CHECK_INT(j.good, r.k.kept);
	/* One load a window, the first one last. */
	CHECK_INT(r.k.loads, (r.k.k.pfns - 1) / r.k.k.window + 1);
	CHECK_INT(r.k.loaded, 0);
	run_free(&r);
}

/* Neither a kept page nor a page of zeros: the file ends behind the bitmaps, and has them. */
static void test_empty(unsigned caps)
{
	struct run r;
	struct view v;

	run_init(&r, none, 0);
	r.h.zero = false;
	r.h.status = 0;
	r.m.s.info.notes_len = r.m.s.info.vmcoreinfo_at = 0;
	r.m.s.info.ncpu = 0;
	memset(&r.m.s.info.uts, 0, sizeof(r.m.s.info.uts));
	snprintf(r.m.s.info.osrelease, sizeof(r.m.s.info.osrelease), "5.10.0");
	r.d = disk_new(caps, UINT64_MAX, MOST);
	run_once(&r);
	CHECK_INT(r.rc, 0);
	CHECK_INT(r.d->twice, 0);
	CHECK(view_open(&v, r.d));
	CHECK_INT(v.status, 0);
	CHECK_INT(r.size, 4096 * 4);
	CHECK_INT(r.d->size, 4096 * 4);
	CHECK_INT(u32(v.file + 432), 1);
	CHECK_INT(u32(v.file + 460), 1);
	CHECK_STR((const char *)v.file + 12 + 2 * 65, "5.10.0");
	CHECK_STR((const char *)v.file + 12 + 4 * 65, "unknown");
	CHECK_INT(u64(v.file + 4096 + 32), 0);
	CHECK_INT(u64(v.file + 4096 + 48), 0);
	run_free(&r);
}

static void test_split(unsigned caps)
{
	static const uint64_t cut[] = { 0, 64, 0x140, 0x900, 0xb00 };
	uint64_t zero = 0;
	unsigned good = 0;

	for (int i = 0; i < 4; i++) {
		struct run r;
		struct view v;
		struct verdict j;

		run_init(&r, two_thirds, 0);
		r.h.split = true;
		r.h.keep_from = cut[i];
		r.h.keep_to = cut[i + 1];
		r.d = disk_new(caps, UINT64_MAX, MOST);
		run_once(&r);
		CHECK_INT(r.rc, 0);
		CHECK_INT(r.d->twice, 0);
		CHECK(view_open(&v, r.d));
		CHECK_INT(u32(v.file + 4096 + 12), 1);
		CHECK_INT(u64(v.file + 4096 + 16), cut[i]);
		CHECK_INT(u64(v.file + 4096 + 24), cut[i + 1]);
		CHECK_INT(v.from, cut[i]);
		CHECK_INT(v.to, cut[i + 1]);
		j = judge(&v, &r.k, &r.how, NULL);
		CHECK_INT(j.wrong + j.lost, 0);
		good += j.good;
		/* The page of zeros lies behind room for all descriptors, in every part. */
		zero = v.table + 24 * r.k.kept;
		CHECK_INT(memcmp(v.file + zero, (uint8_t[4096]){ 0 }, 4096), 0);
		CHECK(v.file[zero + 4096] != 0 || j.good == 0);
		if (i == 3)
			CHECK_INT(good, r.k.kept);
		run_free(&r);
	}
}

/* A disk of every size: what put() took stays readable, nothing else is claimed. */
static void test_full(bool reserve, unsigned rounds)
{
	unsigned begun = 0, whole = 0;

	for (uint64_t blocks = 0; !whole; blocks += 3) {
		uint8_t seen[0x1000] = { 0 };
		struct run r;
		struct view v;
		struct verdict j;

		run_init(&r, two_thirds, 0);
		r.how.rounds = rounds;
		r.how.seen = seen;
		r.d = disk_new(SINK_SEEK, blocks, MOST);
		if (!reserve)
			r.d->ops.reserve = NULL;
		run_once(&r);
		if (r.begun) {
			CHECK_INT(r.rc, -ENOSPC);
			run_free(&r);
			continue;
		}
		begun++;
		whole += r.rc == 0;
		CHECK(r.rc == 0 || r.rc == -ENOSPC);
		CHECK(view_open(&v, r.d));
		CHECK_INT(v.status, r.rc ? 2 | 8 : 2);
		j = judge(&v, &r.k, &r.how, seen);
		CHECK_INT(j.wrong, 0);
		CHECK_INT(j.good + j.lost, r.k.kept);
		run_free(&r);
	}
	CHECK(begun > 20);
}

/*
 * The disk breaks at every write, for good (also: power is cut there) or for one write. The file opens
 * and no descriptor names data that is not there.
 */
static void test_broken(bool reserve, uint64_t width, unsigned rounds)
{
	unsigned whole = 0, begun = 0;

	for (uint64_t at = 0; !whole; at++) {
		uint8_t seen[0x1000] = { 0 };
		struct run r;
		struct view v;
		struct verdict j;

		run_init(&r, two_thirds, 0);
		r.how.rounds = rounds;
		r.how.seen = seen;
		r.d = disk_new(SINK_SEEK, UINT64_MAX, MOST);
		r.d->break_from = at;
		r.d->break_to = width == UINT64_MAX ? width : at + width;
		if (!reserve)
			r.d->ops.reserve = NULL;
		run_once(&r);
		whole = r.rc == 0;
		if (r.begun == 0) {
			begun++;
			CHECK(view_open(&v, r.d));
			/* Descriptors held back are lost only when they cannot be written at the end either. */
			j = judge(&v, &r.k, &r.how, width == 0 && r.fed ? seen : NULL);
			/* A write that breaks can tear one descriptor, or the status when all else is there. */
			CHECK(v.status == (2 | 8) || j.good == r.k.kept);
			CHECK(j.wrong == 0 || (j.wrong == 1 && r.rc));
		}
		run_free(&r);
	}
	CHECK(begun > 20);
}

/* A stream that is cut anywhere has no status, unless all else is there. */
static void test_cut_stream(void)
{
	unsigned whole = 0, said = 0;

	for (uint64_t at = 0; !whole; at++) {
		struct run r;
		struct view v;

		run_init(&r, two_thirds, 0);
		r.d = disk_new(SINK_SEEK | SINK_ONCE, UINT64_MAX, MOST);
		r.d->break_from = at;
		run_once(&r);
		whole = r.rc == 0;
		if (r.d->wrote[424]) {
			CHECK(view_open(&v, r.d));
			CHECK_INT(judge(&v, &r.k, &r.how, NULL).good, r.k.kept);
			said++;
		}
		run_free(&r);
	}
	CHECK_INT(said, 2); /* cut inside of it, and not cut */
}

/* finish(false) on a stream: the mark is there, each byte went once. */
static void test_ended_stream(void)
{
	struct run r;
	struct view v;
	struct format *f;
	struct err e = { 0 };

	run_init(&r, two_thirds, 0);
	r.d = disk_new(SINK_SEEK | SINK_ONCE, UINT64_MAX, MOST);
	CHECK_INT(format_kdump_open(&f, &e), 0);
	CHECK_INT(f->ops->begin(f, &r.h, &r.d->s, &e), 0);
	r.how.to = 0x150;
	CHECK_INT(feed(f, &r.k, &r.how, &e), 0);
	CHECK(f->ops->owed(f) >= 24 * 64);
	CHECK_INT(f->ops->finish(f, false, &r.size, &e), 0);
	f->ops->free(f);
	CHECK(view_open(&v, r.d));
	CHECK_INT(v.status, 2 | 8);
	CHECK_INT(r.d->twice, 0);
	CHECK_INT(judge(&v, &r.k, &r.how, NULL).wrong, 0);
	CHECK(judge(&v, &r.k, &r.how, NULL).good > 100);
	run_free(&r);
}

/* What the format refuses. */
static void test_refused(void)
{
	struct run r;
	struct format *f;
	struct err e = { 0 };
	struct batch b = { .n = 1, .size = { 10 }, .len = 11, .data = (uint8_t[11]){ 1 } };

	run_init(&r, all, 0);
	r.d = disk_new(0, UINT64_MAX, MOST);
	run_once(&r);
	CHECK_INT(r.rc, -EOPNOTSUPP);
	CHECK_INT(r.d->writes, 0);
	run_free(&r);

	run_init(&r, all, 0);
	r.h.kept--;
	r.d = disk_new(SINK_SEEK, UINT64_MAX, MOST);
	run_once(&r);
	CHECK_INT(r.rc, -EINVAL);
	run_free(&r);

	run_init(&r, all, 0);
	r.h.zero = false;
	r.d = disk_new(SINK_SEEK, UINT64_MAX, MOST);
	CHECK_INT(format_kdump_open(&f, &e), 0);
	CHECK_INT(f->ops->begin(f, &r.h, &r.d->s, &e), 0);
	CHECK_INT(f->ops->put(f, &b, &e), -EINVAL); /* 10 is not 11 */
	b.len = 10;
	CHECK_INT(f->ops->put(f, &b, &e), 0);
	b.index = r.k.kept;
	CHECK_INT(f->ops->put(f, &b, &e), -EINVAL); /* one too many */
	b.index = 5;
	b.size[0] = b.len = 0;
	CHECK_INT(f->ops->put(f, &b, &e), -EINVAL); /* there is no page of zeros */
	b.size[0] = 5000;
	b.len = 5000;
	CHECK_INT(f->ops->put(f, &b, &e), -EINVAL); /* longer than a page */
	f->ops->free(f);
	run_free(&r);
}

int main(void)
{
	struct run r;

	for (unsigned rounds = 1; rounds <= 2; rounds++) {
		test_whole(SINK_SEEK, rounds, 0);
		test_whole(SINK_SEEK | SINK_ONCE, rounds, 0);
		test_whole(SINK_SEEK, rounds, 512);
		test_full(true, rounds);
		test_full(false, rounds);
		test_broken(true, UINT64_MAX, rounds);
		test_broken(false, UINT64_MAX, rounds);
		test_broken(true, 0, rounds);
		test_broken(false, 0, rounds);
	}
	test_empty(SINK_SEEK);
	test_empty(SINK_SEEK | SINK_ONCE);
	test_split(SINK_SEEK);
	test_split(SINK_SEEK | SINK_ONCE);
	test_cut_stream();
	test_ended_stream();
	test_refused();
	/* Without zeros, in one window that is larger than memory. */
	run_init(&r, all, 0);
	r.h.zero = false;
	r.how.fill = fill_data;
	r.k.k.window = KEEP_ALIGN;
	free(r.k.all);
	fake_keep(&r.k, &r.m, KEEP_ALIGN, all);
	r.d = disk_new(SINK_SEEK, UINT64_MAX, MOST);
	run_once(&r);
	CHECK_INT(r.rc, 0);
	run_free(&r);
	return check_done();
}
