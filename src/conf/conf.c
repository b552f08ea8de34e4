/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: the reader of kdump.conf.
 * Walks the lines, lets the table of directives take them, checks at the end what lines say
 * together.
 */
#include "conf/conf.h"

#include "base/invisible.h"
#include "base/str.h"
#include "conf/ctx.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENTENCE_MAX 512

static void say(struct conf_ctx *c, enum conf_severity s, const char *fmt, va_list ap)
{
	char raw[SENTENCE_MAX], safe[SENTENCE_MAX];

	if (!c->who || !c->who->say || c->said > CONF_SAID_MAX)
		return;
	if (c->said++ == CONF_SAID_MAX) {
		c->who->say(c->who->arg, CONF_NOTE, c->line,
			    "more complaints from here on, not shown");
		return;
	}
	vsnprintf(raw, sizeof(raw), fmt, ap);
	c->who->say(c->who->arg, s, c->line, invisible_show(safe, sizeof(safe), raw));
}

int conf_refuse(struct conf_ctx *c, const char *fmt, ...)
{
	va_list ap;

	c->plan->refused++;
	va_start(ap, fmt);
	say(c, CONF_REFUSE, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

void conf_warn(struct conf_ctx *c, const char *fmt, ...)
{
	va_list ap;

	if (!c->warned)
		c->plan->warned++;
	c->warned = true;
	va_start(ap, fmt);
	say(c, CONF_WARN, fmt, ap);
	va_end(ap);
}

void conf_note(struct conf_ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(c, CONF_NOTE, fmt, ap);
	va_end(ap);
}

char *conf_dup(struct conf_ctx *c, const char *prefix, const char *s, size_t n)
{
	size_t head = strlen(prefix), left = (size_t)(c->room_end - c->room);
	char *ret = c->room;

	if (left == 0)
		return c->room_end - 1;
	if (head > left - 1)
		head = left - 1;
	if (n > left - 1 - head)
		n = left - 1 - head;
	memcpy(ret, prefix, head);
	memcpy(ret + head, s, n);
	ret[head + n] = '\0';
	c->room += head + n + 1;
	return ret;
}

/* What can only be a slip: "path = /a", "path '/a'", which names a directory with quotes in its name. */
static int check_slip(struct conf_ctx *c, const struct conf_key *k, const struct conf_line *l)
{
	if (l->quoted || k->take == take_dracut_args || k->take == take_fence_args)
		return 0;
	if (*l->value == '=')
		return conf_refuse(c, "'%s %.60s': write '%s VALUE' without '='", k->name, l->value, k->name);
	if (*l->value == '\'')
		return conf_refuse(c,
				   "'%s %.60s': single quotes are part of the value here: write \"...\", or none",
				   k->name, l->value);
	return 0;
}

/* What the shape of the directive demands of its value. */
static int check_shape(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	char *blank;

	if (k->shape == SHAPE_NONE)
		return *l->value ? conf_refuse(c, "'%s' stands alone, found '%.60s' behind it",
					       k->name, l->value)
				 : 0;
	if (!*l->value)
		return conf_refuse(c, "'%s' has no value, expected: %s", k->name, k->help);
	if (strstr(l->value, "<br"))
		return conf_refuse(c, "'%s' holds a piece of a web page (<br>): remove it",
				   k->name);
	if (check_slip(c, k, l))
		return -EINVAL;
	if (k->shape != SHAPE_WORD || l->quoted)
		return 0;
	blank = lex_blank(l->value);
	if (!blank)
		return 0;
	*blank = '\0';
	blank = str_trim(blank + 1);
	if (conf_key(l->value))
		return conf_refuse(c,
				   "'%s' is a directive of its own: write '%s %.60s' without '%s'",
				   l->value, l->value, blank, k->name);
	blank[strcspn(blank, " \t")] = '\0';
	if (conf_key(blank))
		return conf_refuse(
			c, "'%s' is a directive of its own: is a line break missing before it?",
			blank);
	if (conf_target_more(c, k, l->value, blank))
		return -EINVAL;
	return conf_refuse(c,
			   "'%s' takes one word, found '%.60s' behind it; put \"...\" around a "
			   "value with blanks",
			   k->name, blank);
}

/* Adds the names of those in S that LIST does not have. True: one of them is meant as a blank. */
static bool name_unseen(char *list, size_t n, const char *s)
{
	const struct invisible *found;
	bool blank = false;

	for (; (found = invisible_find(s, &s)); s++) {
		size_t used = strlen(list);

		blank |= found->blank;
		if (!strstr(list, found->name))
			(void)str_fmt(list + used, n - used, "%s%s", used ? ", " : "", found->name);
	}
	return blank;
}

/* The word that holds the first of them, as it was meant: the directive, or one of its value. */
static int refuse_unseen(struct conf_ctx *c, const struct conf_line *l)
{
	char list[160] = "", word[SHOWN_MAX];
	const char *at = NULL, *from = l->key;
	bool blank = name_unseen(list, sizeof(list), l->key);

	blank |= name_unseen(list, sizeof(list), l->value);
	if (!invisible_find(l->key, &at)) {
		(void)invisible_find(l->value, &at);
		for (from = at; from && from > l->value && from[-1] != ' ' && from[-1] != '\t'; from--)
			;
	}
	(void)invisible_word(word, sizeof(word), from ? from : "");
	if (!*word)
		(void)invisible_word(word, sizeof(word), l->value);
	return conf_refuse(c, "the line holds %s %s '%.60s': %s", list, at == l->key ? "before" : "in", word,
			   blank ? "write a plain blank in its place" : "remove it");
}

static int check_bytes(struct conf_ctx *c, const struct conf_line *l)
{
	switch (l->fault) {
	case LEX_BYTE:
		if (l->byte == '\r')
			return conf_refuse(c, "the line holds \\r (carriage return) in its middle: "
					      "write a line end in its "
					      "place");
		return conf_refuse(c, "the line holds byte 0x%02x, which is no text", l->byte);
	case LEX_QUOTE:
		return conf_refuse(c, "'%.60s': a double quote is not closed", l->key);
	case LEX_JOIN:
		return conf_refuse(c, "the backslash at the end joins no line, for a blank is behind it or the file "
				      "ends: write one line");
	case LEX_TYPO:
		return conf_refuse(c, "the line holds %s", l->typo);
	case LEX_UNSEEN:
		return refuse_unseen(c, l);
	case LEX_FINE:
		break;
	}
	return 0;
}

static int check_once(struct conf_ctx *c, const struct conf_key *k)
{
	unsigned first = c->seen[k->slot];

	if (k->slot == SLOT_NONE || !first)
		return 0;
	return conf_refuse(c, "'%s' is already set by line %u, which counts: remove one of the two",
			   k->name, first);
}

static void warn_old(struct conf_ctx *c, const struct conf_key *k, const char *value)
{
	if (k->now)
		conf_warn(c, "'%s' is an old form: write '%s%s'%s", k->name, k->now, value,
			  k->where);
}

/* Words that a distribution's patched kdump-utils know, about how its own image is made or named. */
static bool of_vendor(const char *word)
{
	static const char *const prefix[] = { "mariner_", "azl_", "azurelinux_" };

	for (size_t i = 0; i < ARRAY_LEN(prefix); i++)
		if (str_starts(word, prefix[i]))
			return true;
	return false;
}

static int take_directive(struct conf_ctx *c, struct conf_line *l)
{
	const struct conf_key *k = conf_key(l->key);
	char value[SHOWN_MAX];

	if (check_bytes(c, l))
		return -EINVAL;
	if (!k && of_vendor(l->key)) {
		conf_warn(c, "'%s' is a word of one distribution's own tools: passed over",
			  l->key);
		return 0;
	}
	if (!k)
		return conf_unknown(c, l);
	if (check_once(c, k))
		return -EINVAL;
	snprintf(value, sizeof(value), "%s", k->now && str_ends(k->now, "=VALUE") ? "" : l->value);
	if (check_shape(c, k, l) || k->take(c, k, l))
		return -EINVAL;
	c->seen[k->slot] = l->line;
	warn_old(c, k, value);
	if (l->joined)
		conf_warn(
			c,
			"a backslash joins lines here as on RHEL5 and RHEL6 only: write one line");
	if (l->hash)
		conf_warn(c, "'#' is part of the value here; Fedora and RHEL cut the line there");
	return 0;
}

static void take_line(struct conf_ctx *c, struct conf_line *l)
{
	c->line = l->line;
	c->warned = false;
	if (take_directive(c, l))
		conf_refused_collector(c, l);
}

/* What the lines say together. Each sentence belongs to the line that caused it. */
static void check_whole(struct conf_ctx *c)
{
	struct plan *p = c->plan;
	bool ssh = false, stream = false;

	for (unsigned i = 0; i < p->ntarget; i++) {
		ssh = ssh || p->target[i].kind == TARGET_SSH;
		stream = stream || p->target[i].kind == TARGET_SSH ||
			 p->target[i].kind == TARGET_RAW;
	}
	c->warned = false;
	c->line = c->seen[SLOT_SSHKEY];
	if (c->line && !ssh)
		conf_note(c, "'sshkey' is not used: there is no ssh target");
	c->line = c->seen[SLOT_FENCE_ARGS];
	if (c->line && p->fence_kdump_nodes.n == 0)
		conf_warn(c, "'fence_kdump_args' has no effect without 'fence_kdump_nodes'");
	c->line = c->seen[SLOT_COLLECTOR];
	if (c->line && p->collector.kind == COLLECT_FILTER && p->collector.flat != stream)
		conf_note(
			c,
			"-F is decided by the target here (ssh and raw use it); Fedora and RHEL %s",
			stream ? "refuse the line without it" : "remove it");
}

static void set_defaults(struct plan *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->path = "/var/crash";
	ret->sshkey = "/root/.ssh/kdump_id_rsa";
	conf_default_collector(&ret->collector);
	ret->failure_action = ACTION_REBOOT;
	ret->final_action = ACTION_REBOOT;
	ret->auto_reset_crashkernel = true;
}

int plan_defaults(struct plan *ret)
{
	set_defaults(ret);
	return 0;
}

/* Room for one copy of the value of every line, see conf_dup(). */
static size_t room_for(const char *text, size_t n)
{
	size_t lines = 1;

	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	return n + lines * CONF_ROOM;
}

static void read_lines(struct conf_ctx *c, char *text, size_t n)
{
	struct conf_line l;
	struct lexer x;

	lex_start(&x, text, n);
	while (lex_next(&x, &l))
		take_line(c, &l);
	check_whole(c);
	c->line = x.line;
}

int conf_parse(struct plan *ret, const char *text, size_t n, const struct conf_sayer *who,
	       struct err *e)
{
	size_t used = n < CONF_MAX ? n : CONF_MAX, room = room_for(text, used);
	struct conf_ctx c = { .plan = ret, .who = who };
	char *copy = malloc(used + 1 + 2 * room);

	if (!copy)
		return err_set(e, -ENOMEM, "no memory for a configuration of %zu bytes", n);
	if (used)
		memcpy(copy, text, used);
	copy[used] = '\0';
	set_defaults(ret);
	ret->text = copy;
	c.room = copy + used + 1;
	c.room_end = c.room + room;
	c.dracut_end = c.room_end; /* the second half, of the same size */
	read_lines(&c, copy, used);
	if (used < n)
		conf_refuse(&c, "the file is longer than 1 MiB: nothing behind this line is read");
	return 0;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	free(p->text);
	p->text = NULL;
}
