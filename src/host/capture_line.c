/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the command line of the capture kernel.
 * Pure: the running one, what the administrator says, and our list, into one line.
 */
#include "host/capture_line.h"

#include "base/str.h"
#include "host/line_words.h"

#include <errno.h>
#include <string.h>

#define NAME_ROOM     256  /* no parameter has so long a name */
#define SYMBOLS_LEAST 1000 /* a stub System.map has a line or two */

struct word {
	const char *p;
	size_t n;    /* bytes */
	size_t name; /* of them: up to '=' or all */
	bool open;   /* it has a quote without its partner */
};

struct out {
	char *buf;
	size_t n, room;
	bool full;
};

/* What the kernel takes for a blank (lib/ctype.c), the no-break space of Latin-1 included. */
static bool blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == '\xa0';
}

/* The next word of *P; false at the end. Quotes hold blanks together. */
static bool next_word(const char **p, struct word *w)
{
	const char *s = *p;
	bool quoted = false;

	while (blank(*s))
		s++;
	*w = (struct word){ .p = s };
	for (; *s && (quoted || !blank(*s)); s++)
		if (*s == '"')
			quoted = !quoted;
	w->n = (size_t)(s - w->p);
	w->open = quoted;
	while (w->name < w->n && w->p[w->name] != '=')
		w->name++;
	*p = s;
	return w->n > 0;
}

/* N bytes at P without their quotes, into BUF of ROOM; its length, or ROOM when it is longer than that. */
static size_t unquoted(const char *p, size_t n, char *buf, size_t room)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '"')
			continue;
		if (used + 1 >= room)
			return room;
		buf[used++] = p[i];
	}
	buf[used] = '\0';
	return used;
}

static char folded(char c)
{
	return c == '-' ? '_' : c; /* kernel/params.c parameq */
}

/* Whether W has the NAME of N bytes: quotes do not count, and '-' is '_'. */
static bool same_name(const struct word *w, const char *name, size_t n)
{
	char a[NAME_ROOM], b[NAME_ROOM];
	size_t len = unquoted(w->p, w->name, a, sizeof(a));

	if (len >= sizeof(a) || len != unquoted(name, n, b, sizeof(b)))
		return false;
	for (size_t i = 0; i < len; i++)
		if (folded(a[i]) != folded(b[i]))
			return false;
	return true;
}

/* "--" ends what the kernel reads: the rest are words of init. */
static bool is_end(const struct word *w)
{
	char text[4];

	return w->n < 8 && unquoted(w->p, w->n, text, sizeof(text)) == 2 && strcmp(text, "--") == 0;
}

/* Whether a word of LINE has the name of W. */
static bool named_in(const struct word *w, const char *line)
{
	struct word other;

	while (line && next_word(&line, &other))
		if (same_name(w, other.p, other.name))
			return true;
	return false;
}

/* Whether LINE has the very word W. */
static bool word_in(const struct word *w, const char *line)
{
	struct word other;

	while (line && next_word(&line, &other))
		if (other.n == w->n && memcmp(other.p, w->p, w->n) == 0)
			return true;
	return false;
}

static void put(struct out *o, const char *s, size_t n)
{
	if (o->n + n >= o->room) {
		o->full = true;
		return;
	}
	memcpy(o->buf + o->n, s, n);
	o->n += n;
	o->buf[o->n] = '\0';
}

static void put_word(struct out *o, const char *s, size_t n)
{
	if (o->n)
		put(o, " ", 1);
	put(o, s, n);
}

/* One line of the list: WORD [if|unless TAG] or blacklist NAME [if|unless TAG]. */
struct entry {
	struct word word;
	bool blacklist;
	bool wanted;
};

static bool word_is(const struct word *w, const char *s)
{
	return w->n == strlen(s) && memcmp(w->p, s, w->n) == 0;
}

static bool tag_set(const struct word *w, unsigned needs)
{
	static const struct {
		const char *name;
		unsigned need;
	} tag[] = { { "fips", LINE_FIPS }, { "tcp", LINE_TCP }, { "bpf", LINE_BPF }, { "trace", LINE_TRACE } };

	for (size_t i = 0; i < ARRAY_LEN(tag); i++)
		if (word_is(w, tag[i].name))
			return needs & tag[i].need;
	return false;
}

/* The words of one line, cut at '#'. */
static unsigned line_words(const char *s, const char *end, struct word *w, unsigned most)
{
	unsigned n = 0;

	while (n < most) {
		while (s < end && blank(*s))
			s++;
		if (s == end || *s == '#')
			break;
		w[n] = (struct word){ .p = s };
		while (s < end && !blank(*s))
			s++;
		w[n].n = (size_t)(s - w[n].p);
		while (w[n].name < w[n].n && w[n].p[w[n].name] != '=')
			w[n].name++;
		n++;
	}
	return n;
}

/* The next entry of the list at *P; false at its end. */
static bool next_entry(const char **p, unsigned needs, struct entry *ret)
{
	while (**p) {
		const char *end = *p + strcspn(*p, "\n");
		struct word w[4];
		unsigned n = line_words(*p, end, w, ARRAY_LEN(w)), at = 0;

		*p = *end ? end + 1 : end;
		if (n == 0)
			continue;
		ret->blacklist = word_is(&w[0], "blacklist") && n > 1;
		at = ret->blacklist;
		ret->word = w[at++];
		ret->wanted = true;
		if (n - at == 2 && word_is(&w[at], "if"))
			ret->wanted = tag_set(&w[at + 1], needs);
		else if (n - at == 2 && word_is(&w[at], "unless"))
			ret->wanted = !tag_set(&w[at + 1], needs);
		return true;
	}
	return false;
}

static bool is_cpus(const struct word *w)
{
	return same_name(w, "nr_cpus", 7);
}

static bool cpus_said(const struct line_ask *a)
{
	return a->cpus && *a->cpus;
}

static bool ours(const struct line_ask *a, const struct entry *it)
{
	return it->wanted && !it->blacklist && !named_in(&it->word, a->remove) && !named_in(&it->word, a->append) &&
	       !(cpus_said(a) && is_cpus(&it->word));
}

/* Whether our list sets the name of W. */
static bool set_by_list(const struct line_ask *a, const struct word *w)
{
	const char *p = a->list;
	struct entry it;

	while (next_entry(&p, a->needs, &it))
		if (ours(a, &it) && same_name(w, it.word.p, it.word.name))
			return true;
	return false;
}

/* Why the table drops W with its NAME and VALUE of NVALUE bytes; NULL: it stays. */
static const char *why_by_table(const struct line_ask *a, const char *name, const char *value, size_t nvalue)
{
	const char *why;

	switch (line_verdict(name, strlen(name), &why)) {
	case LINE_NEVER:
		return why;
	case LINE_RUNNING:
		return a->base_given ? NULL : why;
	case LINE_OFF:
		return a->base_given || line_value_off(value, nvalue) ? NULL : why;
	case LINE_LIMIT:
		return !a->base_given && nvalue > 0 && strspn(value, "0") == nvalue ? why : NULL;
	case LINE_KEPT:
		break;
	}
	return NULL;
}

/* Why W of the base is dropped; NULL: it stays. */
static const char *why_dropped(const struct line_ask *a, const struct word *w)
{
	char name[NAME_ROOM], value[NAME_ROOM];
	const char *why;
	size_t nvalue = 0;

	if (w->open)
		return "a quote without its partner, which would swallow every later word";
	if (unquoted(w->p, w->name, name, sizeof(name)) >= sizeof(name))
		return "no parameter has so long a name";
	if (w->name < w->n)
		nvalue = unquoted(w->p + w->name + 1, w->n - w->name - 1, value, sizeof(value));
	if (name[0] == '\0' || (w->name < w->n && nvalue == 0))
		return "no name, or no value behind =";
	if (named_in(w, a->remove))
		return "KDUMP_COMMANDLINE_REMOVE names it";
	why = why_by_table(a, name, value, nvalue < sizeof(value) ? nvalue : 0);
	if (why)
		return why;
	if (word_in(w, a->append))
		return "KDUMP_COMMANDLINE_APPEND says it";
	if (same_name(w, "console", 7) || same_name(w, "earlycon", 8))
		return NULL;
	if (cpus_said(a) && is_cpus(w))
		return "KDUMP_CPUS says how many";
	if (set_by_list(a, w))
		return "the measured list for captures sets it";
	return !a->base_given && named_in(w, a->append) ? "KDUMP_COMMANDLINE_APPEND sets it" : NULL;
}

static void tell_dropped(const struct line_ask *a, const struct word *w, const char *why)
{
	if (a->dropped.say)
		a->dropped.say(a->dropped.arg, w->p, w->n, why);
}

static void put_base(struct out *o, const struct line_ask *a)
{
	const char *p = a->base, *why;
	bool ended = false;
	struct word w;

	while (next_word(&p, &w)) {
		ended |= is_end(&w);
		why = ended ? "words from -- on are init's" : why_dropped(a, &w);
		if (why)
			tell_dropped(a, &w, why);
		else
			put_word(o, w.p, w.n);
	}
}

static bool symbol_there(const struct line_ask *a, const struct word *w)
{
	char name[96];

	if (!a->symbols)
		return true;
	return str_fmt(name, sizeof(name), " %.*s ", (int)w->n, w->p) == 0 && strstr(a->symbols, name);
}

static void put_blacklist(struct out *o, const struct line_ask *a)
{
	static const char key[] = "initcall_blacklist=";
	const struct word name = { .p = key, .n = sizeof(key) - 1, .name = sizeof(key) - 2 };
	const char *p = a->list;
	bool first = true;
	struct entry it;

	if (named_in(&name, a->remove))
		return;
	while (next_entry(&p, a->needs, &it)) {
		if (!it.blacklist || !it.wanted || !symbol_there(a, &it.word))
			continue;
		if (first)
			put_word(o, key, sizeof(key) - 1);
		else
			put(o, ",", 1);
		put(o, it.word.p, it.word.n);
		first = false;
	}
}

static void put_list(struct out *o, const struct line_ask *a)
{
	const char *p = a->list;
	struct entry it;

	while (next_entry(&p, a->needs, &it))
		if (ours(a, &it))
			put_word(o, it.word.p, it.word.n);
	put_blacklist(o, a);
}

/* The kernel takes the smallest nr_cpus= of several: there must be one. */
static void put_cpus(struct out *o, const struct line_ask *a)
{
	const char *p = a->append;
	char text[32];
	uint64_t n;
	struct word w;

	while (p && next_word(&p, &w))
		if (is_cpus(&w))
			return;
	if (cpus_said(a) && str_u64(a->cpus, LINE_CPUS_MOST, &n) == 0 && n > 0 &&
	    str_fmt(text, sizeof(text), "nr_cpus=%u", (unsigned)n) == 0)
		put_word(o, text, strlen(text));
}

/* A watchdog that barks before it bites would panic the capture kernel: its early bark is switched off. */
static void put_watchdogs(struct out *o, const struct line_ask *a)
{
	const char *p = a->watchdogs;
	struct word w;
	char text[96];

	while (p && next_word(&p, &w)) {
		if (str_fmt(text, sizeof(text), "%.*s.pretimeout=0", (int)w.n, w.p) == 0)
			put_word(o, text, strlen(text));
		if (word_is(&w, "hpwdt"))
			put_word(o, "hpwdt.kdumptimeout=0", 20);
	}
}

/* More than one processor: the one that the machine started with must not be started again (it resets). */
static void put_apicid(struct out *o, const struct line_ask *a)
{
	const char *p = o->buf;
	struct word w, last = { 0 };
	char text[48];

	while (next_word(&p, &w))
		if (is_cpus(&w))
			last = w;
	if (a->apicid < 0 || word_is(&last, "nr_cpus=1"))
		return;
	if (str_fmt(text, sizeof(text), "disable_cpu_apicid=%d", a->apicid) == 0)
		put_word(o, text, strlen(text));
}

/* What the administrator appends, up to "--". -EINVAL: its last word has no end. */
static int put_append(struct out *o, const struct line_ask *a, struct err *e)
{
	const char *p = a->append;
	struct word w;

	while (p && next_word(&p, &w) && !is_end(&w)) {
		if (w.open)
			return err_set(e, -EINVAL,
				       "KDUMP_COMMANDLINE_APPEND: %.40s: a quote without its partner: put one "
				       "behind it, or take it out",
				       w.p);
		put_word(o, w.p, w.n);
	}
	return 0;
}

int line_build(const struct line_ask *a, char *buf, size_t n, struct err *e)
{
	struct out o = { .buf = buf, .room = n };
	int rc;

	buf[0] = '\0';
	put_base(&o, a);
	put_list(&o, a);
	put_cpus(&o, a);
	put_watchdogs(&o, a);
	rc = put_append(&o, a, e);
	if (rc)
		return rc;
	put_apicid(&o, a);
	if (o.full)
		return err_set(e, -E2BIG, "the command line of the capture kernel is longer than %zu bytes", n - 1);
	return 0;
}

/* The third field of a line of a symbol table; false: it has none. */
static bool symbol_name(const char *s, const char *end, struct word *ret)
{
	struct word w[4];

	if (line_words(s, end, w, ARRAY_LEN(w)) < 3)
		return false;
	*ret = w[2];
	return true;
}

static bool listed(const char *list, const struct word *name)
{
	const char *p = list;
	struct entry it;

	while (next_entry(&p, 0, &it))
		if (it.blacklist && it.word.n == name->n && memcmp(it.word.p, name->p, name->n) == 0)
			return true;
	return false;
}

/* Whether a name of the list begins with the letter C: most symbols are done with after that. */
static void first_letters(const char *list, bool set[256])
{
	const char *p = list;
	struct entry it;

	memset(set, 0, 256 * sizeof(*set));
	while (next_entry(&p, 0, &it))
		if (it.blacklist)
			set[(unsigned char)it.word.p[0]] = true;
}

bool line_symbols(const char *list, const char *text, size_t n, char buf[LINE_SYMBOLS_BYTES])
{
	struct out o = { .buf = buf, .room = LINE_SYMBOLS_BYTES };
	const char *s = text, *end = text + n;
	unsigned symbols = 0;
	bool letter[256];

	first_letters(list, letter);
	buf[0] = '\0';
	put(&o, " ", 1);
	while (s < end) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		struct word w;

		nl = nl ? nl : end;
		if (symbol_name(s, nl, &w)) {
			symbols++;
			if (letter[(unsigned char)*w.p] && listed(list, &w)) {
				put(&o, w.p, w.n);
				put(&o, " ", 1);
			}
		}
		s = nl < end ? nl + 1 : end;
	}
	return symbols >= SYMBOLS_LEAST && !o.full;
}
