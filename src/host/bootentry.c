/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: crashkernel= in the files of boot loaders.
 * Pure: text in, text out. Everything but the words crashkernel=… stays as it was, byte for byte.
 */
#include "host/bootentry.h"

#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX 512 /* bytes of a value; a command line of the kernel holds 2,048 */

static const char key[] = "crashkernel=";
static const char grub_default[] = "GRUB_CMDLINE_LINUX_DEFAULT";
static const char grub_linux[] = "GRUB_CMDLINE_LINUX";

/* A stretch of the text that holds words of a command line. */
struct span {
	const char *p;
	size_t n;
	bool bare; /* a value of a GRUB file without quotes */
};

struct out {
	char *p;
	size_t n, room;
	bool failed;
};

static void put(struct out *o, const char *s, size_t n)
{
	if (o->failed || n == 0)
		return;
	if (o->n + n + 1 > o->room) {
		size_t room = (o->n + n + 1) * 2;
		char *p = realloc(o->p, room);

		o->failed = !p;
		if (!p)
			return;
		o->p = p;
		o->room = room;
	}
	memcpy(o->p + o->n, s, n);
	o->n += n;
	o->p[o->n] = '\0';
}

static void put_text(struct out *o, const char *s)
{
	put(o, s, strlen(s));
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool word_end(char c)
{
	return blank(c) || c == '\n' || c == '\r';
}

/* The next word at or behind *P, before END: its start and length; 0 at the end. */
static size_t next_word(const char **p, const char *end)
{
	const char *s = *p;

	while (s < end && word_end(*s))
		s++;
	*p = s;
	while (s < end && !word_end(*s))
		s++;
	return (size_t)(s - *p);
}

static bool is_ours(const char *word, size_t n)
{
	return n >= sizeof(key) - 1 && memcmp(word, key, sizeof(key) - 1) == 0;
}

/* Where the first word crashkernel= of SP stands; NULL: it has none. */
static const char *find_ours(const struct span *sp)
{
	const char *p = sp->p, *end = sp->p + sp->n;
	size_t n;

	while ((n = next_word(&p, end))) {
		if (is_ours(p, n))
			return p;
		p += n;
	}
	return NULL;
}

/* VALUE as words: "crashkernel=A crashkernel=B". */
static void put_value(struct out *o, const char *value)
{
	const char *p = value, *end = value + strlen(value);
	bool first = true;
	size_t n;

	while ((n = next_word(&p, end))) {
		put_text(o, first ? "" : " ");
		put_text(o, key);
		put(o, p, n);
		p += n;
		first = false;
	}
}

static void cut_blanks(struct out *o)
{
	while (o->n && blank(o->p[o->n - 1]))
		o->p[--o->n] = '\0';
}

/* The words of SP without crashkernel=, and VALUE (NULL: nothing) in place of the first or at the end. */
static void put_span(struct out *o, const struct span *sp, const char *value)
{
	const char *p = sp->p, *from = sp->p, *end = sp->p + sp->n;
	bool is_empty = true;
	size_t n;

	while ((n = next_word(&p, end))) {
		if (!is_ours(p, n)) {
			is_empty = false;
			p += n;
			continue;
		}
		put(o, from, (size_t)(p - from));
		p += n;
		if (value)
			put_value(o, value);
		else /* with the blanks behind it, or those before it when it is the last */
			while (p < end && blank(*p))
				p++;
		if (!value && p == end)
			cut_blanks(o);
		is_empty = is_empty && !value;
		value = NULL;
		from = p;
	}
	put(o, from, (size_t)(end - from));
	if (!value)
		return;
	put_text(o, is_empty || (o->n && blank(o->p[o->n - 1])) ? "" : " ");
	put_value(o, value);
}

static const char *line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	return nl ? nl : end;
}

/* One pair of quotes around all of the value, or none and nothing that a shell would look into. */
static bool value_plain(const struct span *v, char quote, const char *behind, const char *end)
{
	if (quote)
		return behind < end && (behind + 1 == end || word_end(behind[1]) || behind[1] == ';');
	for (size_t i = 0; i < v->n; i++)
		if (v->p[i] && strchr("\"'`\\$", v->p[i]))
			return false;
	return true;
}

/* The value behind NAME= of a line that starts at P. -ENOENT: another line; -EINVAL: quotes that are not plain. */
static int grub_value(const char *p, const char *end, const char *name, struct span *ret)
{
	size_t n = strlen(name);
	const char *s;
	char quote;

	while (p < end && blank(*p))
		p++;
	if ((size_t)(end - p) <= n || memcmp(p, name, n) != 0 || p[n] != '=')
		return -ENOENT;
	p += n + 1;
	quote = p < end && (*p == '"' || *p == '\'') ? *p : '\0';
	p += quote != '\0';
	s = p;
	while (s < end && (quote ? *s != quote : !word_end(*s) && *s != ';'))
		s += *s == '\\' && quote != '\'' && end - s > 1 ? 2 : 1;
	*ret = (struct span){ p, (size_t)(s - p), !quote };
	return value_plain(ret, quote, s, end) ? 0 : -EINVAL;
}

/* The last assignment to NAME, as it wins. */
static int grub_find(const char *text, size_t n, const char *name, struct span *ret)
{
	const char *p = text, *end = text + n;
	int found = -ENOENT;

	while (p < end) {
		struct span sp = { 0 };
		int rc = grub_value(p, end, name, &sp);

		if (rc == -EINVAL)
			return rc;
		if (rc == 0) {
			*ret = sp;
			found = 0;
			p = sp.p + sp.n;
		}
		p = line_end(p, end);
		p += p < end;
	}
	return found;
}

/* The words behind `options` of the line at P. */
static bool bls_value(const char *p, const char *end, struct span *ret)
{
	static const char word[] = "options";
	const char *nl = line_end(p, end);

	while (p < nl && blank(*p))
		p++;
	if ((size_t)(nl - p) <= sizeof(word) - 1 || memcmp(p, word, sizeof(word) - 1) != 0 ||
	    !blank(p[sizeof(word) - 1]))
		return false;
	p += sizeof(word) - 1;
	while (p < nl && blank(*p))
		p++;
	*ret = (struct span){ p, (size_t)(nl - p), false };
	return true;
}

/* The `options` line that has the word, else the last one. */
static int bls_find(const char *text, size_t n, struct span *ret)
{
	const char *p = text, *end = text + n;
	int found = -ENOENT;

	while (p < end) {
		struct span sp;

		if (bls_value(p, end, &sp)) {
			*ret = sp;
			found = 0;
			if (find_ours(&sp))
				return 0;
		}
		p = line_end(p, end);
		p += p < end;
	}
	return found;
}

/* The first line; the text of /etc/kernel/cmdline has one. */
static void words_find(const char *text, size_t n, struct span *ret)
{
	*ret = (struct span){ text, (size_t)(line_end(text, text + n) - text), false };
}

/* The stretch to edit. */
static int find_span(enum bootentry_form form, const char *text, size_t n, struct span *ret)
{
	struct span other;
	int rc, rc_other;

	if (form == BOOT_BLS)
		return bls_find(text, n, ret);
	if (form == BOOT_WORDS) {
		words_find(text, n, ret);
		return 0;
	}
	rc = grub_find(text, n, grub_default, ret);
	rc_other = grub_find(text, n, grub_linux, &other);
	if (rc == -EINVAL || rc_other == -EINVAL)
		return -EINVAL;
	if (rc_other == 0 && (rc || (find_ours(&other) && !find_ours(ret)))) {
		*ret = other;
		rc = 0;
	}
	return rc;
}

/* A line of its own at the end of the text. */
static void put_line(struct out *o, enum bootentry_form form, const char *value)
{
	if (o->n && o->p[o->n - 1] != '\n')
		put_text(o, "\n");
	if (form == BOOT_BLS) {
		put_text(o, "options ");
		put_value(o, value);
	} else {
		put_text(o, grub_default);
		put_text(o, "=\"");
		put_value(o, value);
		put_text(o, "\"");
	}
	put_text(o, "\n");
}

static void put_edited(struct out *o, const struct span *sp, const char *value)
{
	if (sp->bare)
		put_text(o, "\"");
	put_span(o, sp, value);
	if (sp->bare)
		put_text(o, "\"");
}

/* The words of the line at P, when it is one that a boot loader adds to the command line. */
static bool line_words(enum bootentry_form form, const char *p, const char *end, struct span *ret)
{
	if (form == BOOT_BLS)
		return bls_value(p, end, ret);
	return form == BOOT_GRUB &&
	       (grub_value(p, end, grub_default, ret) == 0 || grub_value(p, end, grub_linux, ret) == 0);
}

/* Several lines can have the word: it goes out of those that are not edited. */
static void put_rest(struct out *o, enum bootentry_form form, const char *p, const char *end)
{
	while (p < end) {
		struct span sp = { 0 };
		const char *nl;

		if (line_words(form, p, end, &sp) && find_ours(&sp)) {
			put(o, p, (size_t)(sp.p - p));
			put_edited(o, &sp, NULL);
			p = sp.p + sp.n;
		}
		nl = line_end(p, end);
		nl += nl < end;
		put(o, p, (size_t)(nl - p));
		p = nl;
	}
}

static int check_value(const char *value, struct err *e)
{
	char copy[VALUE_MAX], *cursor = copy, *word;
	unsigned n = 0;

	if (!value)
		return 0;
	if (str_fmt(copy, sizeof(copy), "%s", value))
		return err_set(e, -EINVAL, "crashkernel=: the value is too long");
	while ((word = str_word(&cursor))) {
		if (!crashkernel_ok(word))
			return err_set(e, -EINVAL,
				       "crashkernel=%.64s: expected a size like 256M or ranges like "
				       "1G-4G:192M,4G-:256M",
				       word);
		n++;
	}
	return n ? 0 : err_set(e, -EINVAL, "crashkernel=: a value is missing");
}

int bootentry_set(enum bootentry_form form, const char *text, size_t n, const char *value, struct bootentry_text *ret,
		  struct err *e)
{
	struct out o = { 0 };
	struct span sp = { 0 };
	const char *behind;
	int rc = check_value(value, e);

	if (rc)
		return rc;
	rc = find_span(form, text, n, &sp);
	if (rc == -EINVAL)
		return err_set(e, rc, "GRUB_CMDLINE_LINUX of the GRUB file is quoted in a way that is not "
				      "edited here: one pair of quotes around all of it is");
	put(&o, "", 1); /* text of no bytes is a text too */
	o.n = 0;
	if (rc == 0 && (value || find_ours(&sp))) {
		put_rest(&o, form, text, sp.p);
		put_edited(&o, &sp, value);
		behind = line_end(sp.p + sp.n, text + n);
		put(&o, sp.p + sp.n, (size_t)(behind - sp.p - sp.n));
		put_rest(&o, form, behind, text + n);
	} else {
		put(&o, text, n);
		if (value)
			put_line(&o, form, value);
	}
	if (o.failed) {
		free(o.p);
		return err_set(e, -ENOMEM, "no memory for the boot entry");
	}
	*ret = (struct bootentry_text){ o.p, o.n };
	return 0;
}

int bootentry_get(enum bootentry_form form, const char *text, size_t n, char *buf, size_t size)
{
	struct span sp = { 0 };
	const char *p, *end;
	size_t len, at = 0;

	buf[0] = '\0';
	if (find_span(form, text, n, &sp))
		return 0;
	for (p = sp.p, end = sp.p + sp.n; (len = next_word(&p, end)); p += len) {
		size_t value = len - (sizeof(key) - 1);

		if (!is_ours(p, len))
			continue;
		if (at + value + 2 > size)
			return -ENAMETOOLONG;
		if (at)
			buf[at++] = ' ';
		memcpy(buf + at, p + sizeof(key) - 1, value);
		at += value;
		buf[at] = '\0';
	}
	return 0;
}
