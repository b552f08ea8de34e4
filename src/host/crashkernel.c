/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the value of crashkernel=.
 * Pure: which texts the kernel takes, and what they reserve on a machine of a given size.
 */
#include "host/crashkernel.h"

#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define SET_MAX 512 /* bytes of a set of values; a command line of the kernel holds 2,048 */

static unsigned digit_of(char c)
{
	if (isdigit((unsigned char)c))
		return (unsigned)(c - '0');
	return isxdigit((unsigned char)c) ? 10 + (unsigned)(tolower((unsigned char)c) - 'a') : 99;
}

/* simple_strtoull() of base 0: 0x for hexadecimal, 0 for octal. False: no digit, or more than 64 bits. */
static bool number_at(const char **p, uint64_t *ret)
{
	const char *s = *p;
	unsigned base = 10;
	uint64_t v = 0;

	if (s[0] == '0') {
		base = 8;
		if ((s[1] == 'x' || s[1] == 'X') && digit_of(s[2]) < 16) {
			base = 16;
			s += 2;
		}
	}
	if (digit_of(*s) >= base)
		return false;
	for (; digit_of(*s) < base; s++)
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, digit_of(*s), &v))
			return false;
	*p = s;
	*ret = v;
	return true;
}

bool crashkernel_memparse(const char **p, uint64_t *ret)
{
	static const char unit[] = "KMGTPE";
	const char *s = *p, *u;
	unsigned shift;
	uint64_t v;

	if (!number_at(&s, &v))
		return false;
	u = *s ? strchr(unit, toupper((unsigned char)*s)) : NULL;
	if (u) {
		shift = 10 * (unsigned)(u - unit + 1);
		if (v > UINT64_MAX >> shift)
			return false;
		v <<= shift;
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
	if (!crashkernel_memparse(p, &r->start) || *(*p)++ != '-')
		return false;
	r->end = UINT64_MAX;
	if (**p != ':' && (!crashkernel_memparse(p, &r->end) || r->end <= r->start))
		return false;
	return *(*p)++ == ':' && crashkernel_memparse(p, &r->size);
}

/* "[@START]" at the end of a value. */
static bool start_at_end(const char *s)
{
	uint64_t start;

	if (*s == '@') {
		s++;
		if (!crashkernel_memparse(&s, &start))
			return false;
	}
	return *s == '\0';
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
	return start_at_end(s);
}

static enum crashkernel_kind read_plain(const char *s, uint64_t *ret)
{
	if (!crashkernel_memparse(&s, ret))
		return CRASHKERNEL_NONE;
	if (strcmp(s, ",low") == 0)
		return CRASHKERNEL_LOW; /* 0: no memory below 4 GiB is wanted */
	if (*ret == 0)
		return CRASHKERNEL_NONE;
	if (strcmp(s, ",high") == 0)
		return CRASHKERNEL_HIGH;
	if (strcmp(s, ",cma") == 0)
		return CRASHKERNEL_CMA;
	return start_at_end(s) ? CRASHKERNEL_PLAIN : CRASHKERNEL_NONE;
}

enum crashkernel_kind crashkernel_kind(const char *s)
{
	uint64_t v;

	if (strchr(s, ':'))
		return read_ranges(s, 0, &v) ? CRASHKERNEL_PLAIN : CRASHKERNEL_NONE;
	return read_plain(s, &v);
}

uint64_t crashkernel_size(const char *s, uint64_t memory)
{
	uint64_t v = 0;

	if (strchr(s, ':'))
		return read_ranges(s, memory, &v) ? v : 0;
	return read_plain(s, &v) == CRASHKERNEL_NONE ? 0 : v;
}

/* Which values of a set are given: how often each kind. */
static int check_kinds(const unsigned n[CRASHKERNEL_KINDS], struct err *e)
{
	unsigned kernel = n[CRASHKERNEL_PLAIN] + n[CRASHKERNEL_HIGH];

	for (int k = 0; k < CRASHKERNEL_KINDS; k++)
		if (n[k] > 1)
			return err_set(e, -EINVAL,
				       "crashkernel=: two values of one kind: the kernel takes the last and forgets "
				       "the other");
	if (kernel > 1)
		return err_set(e, -EINVAL, "crashkernel=: the kernel forgets SIZE,high beside a plain size: give one");
	if (n[CRASHKERNEL_CMA] && !kernel)
		return err_set(e, -EINVAL,
			       "crashkernel=SIZE,cma leaves the capture kernel nothing to lie in: give a size for it "
			       "as well, like \"256M 1G,cma\"");
	if (n[CRASHKERNEL_LOW] && !n[CRASHKERNEL_HIGH])
		return err_set(e, -EINVAL,
			       "crashkernel=SIZE,low holds only beside SIZE,high: give both, like \"256M,high "
			       "72M,low\"");
	return kernel ? 0 : err_set(e, -EINVAL, "crashkernel=: a value is missing");
}

int crashkernel_set(const char *set, char *ret, size_t size, struct err *e)
{
	static const char key[] = "crashkernel=";
	char copy[SET_MAX], *cursor = copy, *word;
	unsigned n[CRASHKERNEL_KINDS] = { 0 };
	size_t at = 0;

	if (size == 0 || str_fmt(copy, sizeof(copy), "%s", set))
		return err_set(e, -EINVAL, "crashkernel=: the value is too long");
	*ret = '\0';
	while ((word = str_word(&cursor))) {
		enum crashkernel_kind kind;
		size_t len;

		word += str_starts(word, key) ? sizeof(key) - 1 : 0;
		kind = crashkernel_kind(word);
		if (kind == CRASHKERNEL_NONE)
			return err_set(e, -EINVAL,
				       "crashkernel=%.64s: expected a size like 256M or ranges like "
				       "1G-4G:192M,4G-:256M",
				       word);
		n[kind]++;
		len = strlen(word);
		if (at + len + 2 > size)
			return err_set(e, -EINVAL, "crashkernel=: the value is too long");
		if (at)
			ret[at++] = ' ';
		memcpy(ret + at, word, len + 1);
		at += len;
	}
	return check_kinds(n, e);
}

void crashkernel_add_words(struct text_out *o, const char *value)
{
	static const char blanks[] = " \t\r\n";
	const char *p = value + strspn(value, blanks), *separator = "";
	size_t n;

	for (; (n = strcspn(p, blanks)); p += n + strspn(p + n, blanks)) {
		text_add_str(o, separator);
		text_add_str(o, "crashkernel=");
		text_add(o, p, n);
		separator = " ";
	}
}

void crashkernel_counts(const char *words, char *ret, size_t size)
{
	const char *last[CRASHKERNEL_KINDS] = { 0 };
	size_t length[CRASHKERNEL_KINDS] = { 0 };
	char copy[SET_MAX * 2], *cursor = copy, *word;
	size_t at = 0;

	*ret = '\0';
	if (str_fmt(copy, sizeof(copy), "%s", words))
		return;
	while ((word = str_word(&cursor))) {
		enum crashkernel_kind kind = crashkernel_kind(word);

		/* a word that the kernel cannot read counts as a plain one: it is that which the kernel looks at */
		kind = kind == CRASHKERNEL_NONE ? CRASHKERNEL_PLAIN : kind;
		last[kind] = word;
		length[kind] = strlen(word);
	}
	if (last[CRASHKERNEL_PLAIN])
		last[CRASHKERNEL_HIGH] = last[CRASHKERNEL_LOW] = NULL;
	for (int k = 0; k < CRASHKERNEL_KINDS; k++) {
		if (!last[k] || at + length[k] + 2 > size)
			continue;
		if (at)
			ret[at++] = ' ';
		memcpy(ret + at, last[k], length[k] + 1);
		at += length[k];
	}
}
