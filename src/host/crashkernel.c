/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the value of crashkernel=.
 * Pure: which texts the kernel takes, and what they reserve on a machine of a given size.
 */
#include "host/bootentry.h"

#include <ctype.h>
#include <string.h>

/* A number with K, M, G or T behind it at *P; moves *P behind it. False: there is none. */
static bool size_at(const char **p, uint64_t *ret)
{
	static const char unit[] = "KMGT";
	const char *s = *p, *u;
	uint64_t v = 0;

	if (!isdigit((unsigned char)*s))
		return false;
	for (; isdigit((unsigned char)*s); s++) {
		if (v > (UINT64_MAX >> 44) / 10)
			return false;
		v = v * 10 + (uint64_t)(*s - '0');
	}
	u = *s ? strchr(unit, toupper((unsigned char)*s)) : NULL;
	if (u) {
		v <<= 10 * (u - unit + 1);
		s++;
	}
	*p = s;
	*ret = v;
	return true;
}

/* One of "START-[END]:SIZE" at *P. */
struct range {
	uint64_t start, end, size;
};

static bool range_at(const char **p, struct range *r)
{
	if (!size_at(p, &r->start) || *(*p)++ != '-')
		return false;
	r->end = UINT64_MAX;
	if (**p != ':' && (!size_at(p, &r->end) || r->end <= r->start))
		return false;
	return *(*p)++ == ':' && size_at(p, &r->size);
}

/* Reads all of S; *RET: what it reserves with MEMORY bytes. */
static bool read_ranges(const char *s, uint64_t memory, uint64_t *ret)
{
	bool found = false;

	*ret = 0;
	for (;;) {
		struct range r = { 0 };

		if (!range_at(&s, &r))
			return false;
		if (!found && memory >= r.start && memory < r.end) {
			*ret = r.size;
			found = true;
		}
		if (*s != ',')
			break;
		s++;
	}
	if (*s == '@') {
		uint64_t start;

		s++;
		if (!size_at(&s, &start))
			return false;
	}
	return *s == '\0';
}

static bool read_plain(const char *s, uint64_t *ret)
{
	uint64_t start;

	if (!size_at(&s, ret))
		return false;
	if (*s == ',')
		return strcmp(s, ",high") == 0 || strcmp(s, ",low") == 0 || strcmp(s, ",cma") == 0;
	if (*s != '@')
		return *s == '\0';
	s++;
	return size_at(&s, &start) && *s == '\0';
}

bool crashkernel_ok(const char *s)
{
	uint64_t v;

	return strchr(s, ':') ? read_ranges(s, 0, &v) : read_plain(s, &v);
}

uint64_t crashkernel_size(const char *s, uint64_t memory)
{
	uint64_t v = 0;

	if (strchr(s, ':'))
		return read_ranges(s, memory, &v) ? v : 0;
	return read_plain(s, &v) ? v : 0;
}
