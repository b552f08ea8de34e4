/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: which old dumps stay and which go.
 * Each rule only adds to what goes; what is protected is taken out at the end.
 */
#include "dump/retain.h"

#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OURS     "127.0.0.1-"
#define LOOP_MIN 4 /* dumps that make a boot loop */
#define DAY_S    86400

/* N decimal digits at S. */
static int digits(const char *s, unsigned n)
{
	int v = 0;

	while (n--)
		v = v * 10 + (*s++ - '0');
	return v;
}

static bool fits(char want, char c)
{
	return want == 'd' ? c >= '0' && c <= '9' : c == want || (want == ':' && c == '-');
}

/* What is behind SHAPE at the head of S; NULL when S has another one. */
static const char *behind_shape(const char *shape, const char *s)
{
	for (; *shape; shape++, s++)
		if (!fits(*shape, *s))
			return NULL;
	return s;
}

/* The digits of S are year, month, day, hour, minute and, perhaps, second. False: there is no such month, day, … */
static bool read_time(const char *s, int64_t *ret)
{
	char d[] = "00000000000000";
	struct tm tm;

	for (unsigned n = 0; *s && n < sizeof(d) - 1; s++)
		if (*s >= '0' && *s <= '9')
			d[n++] = *s;
	tm = (struct tm){
		.tm_year = digits(d, 4) - 1900,
		.tm_mon = digits(d + 4, 2) - 1,
		.tm_mday = digits(d + 6, 2),
		.tm_hour = digits(d + 8, 2),
		.tm_min = digits(d + 10, 2),
		.tm_sec = digits(d + 12, 2),
		.tm_isdst = -1,
	};
	if (tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 ||
	    tm.tm_min > 59 || tm.tm_sec > 60)
		return false;
	*ret = mktime(&tm);
	return true;
}

int retain_time(const char *name, int64_t *ret)
{
	const char *end = str_starts(name, OURS) ? behind_shape("dddd-dd-dd-dd:dd:dd", name + strlen(OURS)) : NULL;

	if (!end)
		return -EINVAL;
	if (*end == '.' && end[1])
		end += 1 + strspn(end + 1, "0123456789");
	return *end || !read_time(name + strlen(OURS), ret) ? -EINVAL : 0;
}

int retain_foreign_time(const char *name, int64_t *ret)
{
	static const char *const shape[] = { "dddddddddddd", "dddddddddddddd", "dddd-dd-dd-dd:dd",
					     "dddd-dd-dd-dd:dd:dd" };

	for (size_t i = 0; i < ARRAY_LEN(shape); i++) {
		const char *end = behind_shape(shape[i], name);

		if (end && !*end)
			return read_time(name, ret) ? 0 : -EINVAL;
	}
	return -EINVAL;
}

/* Newest first; the one being written before all others, whatever the clock says. */
static int newer_first(const void *a, const void *b)
{
	const struct retain_dump *x = a, *y = b;

	if (x->current != y->current)
		return x->current ? -1 : 1;
	if (x->when != y->when)
		return x->when > y->when ? -1 : 1;
	return strcmp(y->name, x->name);
}

static void mark(struct retain_dump *d, enum retain_verdict v, enum retain_why why)
{
	if (d->verdict >= v)
		return;
	d->verdict = v;
	d->why = why;
}

static void mark_number(struct retain_dump *d, unsigned n, const struct retain_rules *r, bool one_comes)
{
	unsigned whole = one_comes;

	for (unsigned i = 0; i < n; i++) {
		if (whole >= r->keep)
			mark(&d[i], RETAIN_REMOVE, RETAIN_NUMBER);
		whole += d[i].whole || d[i].current;
	}
}

static void mark_age(struct retain_dump *d, unsigned n, const struct retain_rules *r, int64_t now)
{
	for (unsigned i = 0; i < n; i++)
		if (d[i].when < now - (int64_t)r->days * DAY_S)
			mark(&d[i], RETAIN_REMOVE, RETAIN_AGE);
}

/* The dumps D[from] to D[to] follow each other closely; D[to] is the first of them in time. */
static void mark_chain(struct retain_dump *d, unsigned from, unsigned to)
{
	if (to - from + 1 < LOOP_MIN)
		return;
	for (unsigned i = from + 1; i < to; i++) {
		if (i - from > RETAIN_LOGS)
			mark(&d[i], RETAIN_REMOVE, RETAIN_LOOP);
		else if (d[i].core_bytes)
			mark(&d[i], RETAIN_THIN, RETAIN_LOOP);
	}
}

static void mark_loops(struct retain_dump *d, unsigned n, const struct retain_rules *r)
{
	unsigned from = 0;

	for (unsigned i = 1; i <= n; i++) {
		int64_t gap = i < n ? d[i - 1].when - d[i].when : -1;

		/* Less than 0: a clock was wrong, and the gap says nothing. */
		if (gap >= 0 && gap <= (int64_t)r->loop_min * 60)
			continue;
		mark_chain(d, from, i - 1);
		from = i;
	}
}

static uint64_t frees(const struct retain_dump *d)
{
	if (d->verdict == RETAIN_KEEP)
		return 0;
	return d->verdict == RETAIN_THIN ? d->core_bytes : d->bytes;
}

/* The newest, the newest that is called whole, the newest that is whole, the one being written. */
static void protect(struct retain_dump *d, unsigned n)
{
	bool whole = false;

	for (unsigned i = 0; i < n; i++) {
		if (i == 0 || d[i].current || d[i].proven || (d[i].whole && !whole))
			d[i].verdict = RETAIN_KEEP;
		whole |= d[i].whole;
	}
}

static void mark_room(struct retain_dump *d, unsigned n, uint64_t have, uint64_t want)
{
	for (unsigned i = 0; i < n; i++)
		have += frees(&d[i]);
	for (unsigned i = n; i-- > 0 && have < want;) {
		have -= frees(&d[i]);
		mark(&d[i], RETAIN_REMOVE, RETAIN_ROOM);
		protect(d, n);
		have += frees(&d[i]);
	}
}

/* Before a dump: the oldest of those that would go, until there is the room. */
static void only_as_needed(struct retain_dump *d, unsigned n, const struct retain_now *at)
{
	uint64_t have = at->free_bytes;

	for (unsigned i = n; i-- > 0;) {
		if (have >= at->need)
			d[i].verdict = RETAIN_KEEP;
		have += frees(&d[i]);
	}
}

void retain_choose(struct retain_dump *d, unsigned n, const struct retain_rules *r, const struct retain_now *at)
{
	uint64_t want = r->free_bytes && at->need > r->free_bytes ? at->need : r->free_bytes;

	for (unsigned i = 0; i < n; i++) {
		d[i].verdict = RETAIN_KEEP;
		d[i].why = RETAIN_NO_RULE;
	}
	if (n == 0)
		return;
	qsort(d, n, sizeof(*d), newer_first);
	if (r->keep)
		mark_number(d, n, r, at->need && !d[0].current);
	if (r->days)
		mark_age(d, n, r, at->now);
	if (r->loop_min)
		mark_loops(d, n, r);
	protect(d, n);
	if (want)
		mark_room(d, n, at->free_bytes, want);
	if (at->need)
		only_as_needed(d, n, at);
	for (unsigned i = 0; i < n; i++)
		if (d[i].verdict == RETAIN_KEEP)
			d[i].why = RETAIN_NO_RULE;
}
