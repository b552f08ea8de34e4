/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: crashkernel= in the files of boot loaders.
 * Pure: text in, text out. Everything but the words crashkernel=… stays as it was, byte for byte.
 */
#include "host/bootentry.h"

#include "base/str.h"
#include "host/crashkernel.h"
#include "host/grub_default.h"
#include "host/text_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VALUE_MAX 512 /* bytes of a value; a command line of the kernel holds 2,048 */

static const char key[] = "crashkernel=";
static const char *const grub_names[] = { "GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT", NULL };

/* A stretch of the text that holds words of a command line. */
struct span {
	const char *p;
	size_t n;
};

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

static void cut_blanks(struct text_out *o)
{
	while (o->n && blank(o->p[o->n - 1]))
		o->p[--o->n] = '\0';
}

/* The words of SP without crashkernel=, and VALUE (NULL: nothing) in place of the first or at the end. */
static void put_span(struct text_out *o, const struct span *sp, const char *value)
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
		text_add(o, from, (size_t)(p - from));
		p += n;
		if (value)
			crashkernel_add_words(o, value);
		else /* with the blanks behind it, or those before it when it is the last */
			while (p < end && blank(*p))
				p++;
		if (!value && p == end)
			cut_blanks(o);
		is_empty = is_empty && !value;
		value = NULL;
		from = p;
	}
	text_add(o, from, (size_t)(end - from));
	if (!value)
		return;
	text_add_str(o, is_empty || (o->n && blank(o->p[o->n - 1])) ? "" : " ");
	crashkernel_add_words(o, value);
}

static const char *line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	return nl ? nl : end;
}

/* The value behind KEY of a line at P up to NL, with blanks around it; a letter is the same in both cases. */
static bool value_behind(const char *p, const char *nl, const char *word, struct span *ret)
{
	size_t n = strlen(word);

	while (p < nl && blank(*p))
		p++;
	if ((size_t)(nl - p) <= n || strncasecmp(p, word, n) != 0 || !blank(p[n]))
		return false;
	p += n;
	while (p < nl && blank(*p))
		p++;
	*ret = (struct span){ p, (size_t)(nl - p) };
	return true;
}

/* parameters="WORDS" of zipl.conf, quotes of both kinds or none. */
static bool zipl_value(const char *p, const char *nl, struct span *ret)
{
	static const char word[] = "parameters";
	const char *to;

	while (p < nl && blank(*p))
		p++;
	if ((size_t)(nl - p) < sizeof(word) - 1 || memcmp(p, word, sizeof(word) - 1) != 0)
		return false;
	p += sizeof(word) - 1;
	while (p < nl && blank(*p))
		p++;
	if (p == nl || *p++ != '=')
		return false;
	while (p < nl && blank(*p))
		p++;
	if (p < nl && (*p == '"' || *p == '\'')) {
		to = memchr(p + 1, *p, (size_t)(nl - p - 1));
		p++;
		if (!to)
			return false;
		nl = to;
	}
	*ret = (struct span){ p, (size_t)(nl - p) };
	return true;
}

/* The words of a line of nothing but words; a comment has none. */
static bool words_value(const char *p, const char *nl, struct span *ret)
{
	while (p < nl && word_end(*p))
		p++;
	*ret = (struct span){ p, (size_t)(nl - p) };
	return p < nl && *p != '#';
}

static bool env_value(const char *p, const char *nl, struct span *ret)
{
	static const char word[] = "kernelopts=";
	size_t n = sizeof(word) - 1;

	if ((size_t)(nl - p) < n || memcmp(p, word, n) != 0)
		return false;
	*ret = (struct span){ p + n, (size_t)(nl - p) - n };
	return true;
}

/* The words of the line at P, when it is one that a boot loader adds to the command line. */
static bool line_words(enum bootentry_form form, const char *p, const char *end, struct span *ret)
{
	const char *nl = line_end(p, end);

	while (nl > p && nl[-1] == '\r')
		nl--;
	switch (form) {
	case BOOT_BLS:
		return value_behind(p, nl, "options", ret);
	case BOOT_EXTLINUX:
		return value_behind(p, nl, "append", ret);
	case BOOT_ZIPL:
		return zipl_value(p, nl, ret);
	case BOOT_GRUBENV:
		return env_value(p, nl, ret);
	case BOOT_WORDS:
		return words_value(p, nl, ret);
	case BOOT_GRUB:
		break;
	}
	return false;
}

static const char *next_line(const char *p, const char *end)
{
	p = line_end(p, end);
	return p + (p < end);
}

/* The line that has the word, else the last one. -ENOENT: none. */
static int find_span(enum bootentry_form form, const char *text, size_t n, struct span *ret)
{
	const char *end = text + n;
	int found = -ENOENT;

	for (const char *p = text; p < end; p = next_line(p, end)) {
		struct span sp;

		if (!line_words(form, p, end, &sp))
			continue;
		*ret = sp;
		found = 0;
		if (find_ours(&sp))
			return 0;
	}
	return found;
}

/* Whether each line is a command line of its own. */
static bool one_each(enum bootentry_form form)
{
	return form == BOOT_EXTLINUX || form == BOOT_ZIPL;
}

/* VALUE into every line of its own, or into PLACE and out of all others. */
static void put_lines(struct text_out *o, enum bootentry_form form, const struct span *text, const struct span *place,
		      const char *value)
{
	const char *end = text->p + text->n;

	for (const char *p = text->p; p < end; p = next_line(p, end)) {
		struct span sp = { 0 };
		const char *next = next_line(p, end);
		bool has = line_words(form, p, end, &sp);
		const char *mine = has && (one_each(form) || sp.p == place->p) ? value : NULL;

		if (has && (mine || find_ours(&sp))) {
			text_add(o, p, (size_t)(sp.p - p));
			put_span(o, &sp, mine);
			p = sp.p + sp.n;
		}
		text_add(o, p, (size_t)(next - p));
	}
}

/* A line of its own at the end of the text; form is one that has such lines. */
static void put_line(struct text_out *o, enum bootentry_form form, const char *value)
{
	if (o->n && o->p[o->n - 1] != '\n')
		text_add_str(o, "\n");
	text_add_str(o, form == BOOT_BLS ? "options " : "");
	crashkernel_add_words(o, value);
	text_add_str(o, "\n");
}

/* The environment block of GRUB keeps its size: '#' behind the last line fill it. */
static int fill_env(struct text_out *o, size_t size, struct err *e)
{
	while (o->n && o->p[o->n - 1] == '#')
		o->p[--o->n] = '\0';
	if (o->n > size)
		return err_set(e, -ENOSPC, "the environment block of GRUB has no room for it");
	if (!o->n || o->p[o->n - 1] != '\n')
		return err_set(e, -EINVAL, "no environment block of GRUB: its last line does not end");
	while (o->n < size && !o->failed)
		text_add_str(o, "#");
	return 0;
}

static int set_grub(const char *text, size_t n, const char *value, struct bootentry_text *ret, struct err *e)
{
	struct grub_file f = { .path = "the GRUB file", .text = text, .n = n };
	int rc = grub_set(&f, 1, grub_names, value, e);

	if (rc == 0)
		*ret = (struct bootentry_text){ f.edited, f.edited_n };
	return rc;
}

int bootentry_set(enum bootentry_form form, const char *text, size_t n, const char *value, struct bootentry_text *ret,
		  struct err *e)
{
	char words[VALUE_MAX];
	struct text_out o = { 0 };
	struct span place = { 0 };
	int rc = value ? crashkernel_set(value, words, sizeof(words), e) : 0;

	if (rc)
		return rc;
	value = value ? words : NULL;
	if (form == BOOT_GRUB)
		return set_grub(text, n, value, ret, e);
	text_add(&o, "", 0); /* text of no bytes is a text too */
	rc = find_span(form, text, n, &place);
	if (rc && value && form != BOOT_BLS && form != BOOT_WORDS) {
		free(o.p);
		return err_set(e, rc, "no line in it holds words of a command line");
	}
	put_lines(&o, form, &(struct span){ text, n }, &place, value);
	if (rc && value)
		put_line(&o, form, value);
	rc = form == BOOT_GRUBENV ? fill_env(&o, n, e) : 0;
	if (rc == 0 && o.failed)
		rc = err_set(e, -ENOMEM, "no memory for the boot entry");
	if (rc)
		free(o.p);
	else
		*ret = (struct bootentry_text){ o.p, o.n };
	return rc;
}

/* The words of one line behind those in BUF. */
static int get_span(const struct span *sp, char *buf, size_t size)
{
	const char *p = sp->p, *end = sp->p + sp->n;
	size_t len, at = strlen(buf);

	for (; (len = next_word(&p, end)); p += len) {
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

/* Where each line is a command line of its own, one that differs from the first makes the answer "". */
static int get_each(enum bootentry_form form, const char *text, size_t n, char *buf, size_t size)
{
	const char *end = text + n;
	char other[VALUE_MAX];
	bool first = true;
	int rc = 0;

	for (const char *p = text; p < end && rc == 0; p = next_line(p, end)) {
		struct span sp;

		if (!line_words(form, p, end, &sp))
			continue;
		other[0] = '\0';
		rc = get_span(&sp, first ? buf : other, first ? size : sizeof(other));
		if (!first && strcmp(other, buf) != 0) {
			buf[0] = '\0';
			return rc;
		}
		first = false;
	}
	return rc;
}

int bootentry_get(enum bootentry_form form, const char *text, size_t n, char *buf, size_t size)
{
	const char *end = text + n;
	int rc = 0;

	buf[0] = '\0';
	if (form == BOOT_GRUB) {
		struct grub_file f = { .path = "", .text = text, .n = n };

		return grub_get(&f, 1, grub_names, buf, size, NULL) == -ENAMETOOLONG ? -ENAMETOOLONG : 0;
	}
	if (one_each(form))
		return get_each(form, text, n, buf, size);
	for (const char *p = text; p < end && rc == 0; p = next_line(p, end)) {
		struct span sp;

		if (line_words(form, p, end, &sp))
			rc = get_span(&sp, buf, size);
	}
	return rc;
}
