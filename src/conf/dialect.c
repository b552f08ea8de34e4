/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: what other distributions wrote, as a kdump.conf.
 * The part that all dialects share: every assignment is looked at once, in file order.
 */
#include "conf/dialect.h"

#include "base/invisible.h"
#include "base/str.h"
#include "conf/dialect_words.h"
#include "conf/settings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINE_ROOM 1200

static const struct {
	const char *name, *file;
	const char *sign[2]; /* variables that tell where dumps go */
	const struct dialect_var *var;
	void (*compose)(struct dialect_ctx *c);
} dialect[DIALECTS] = {
	[DIALECT_SUSE] = {
		.name = "suse",
		.file = "/etc/sysconfig/kdump",
		.sign = { "KDUMP_SAVEDIR", "KDUMP_SAVEDIR" },
		.var = dialect_suse_vars,
		.compose = dialect_suse,
	},
	[DIALECT_DEBIAN] = {
		.name = "debian",
		.file = "/etc/default/kdump-tools",
		.sign = { "USE_KDUMP", "KDUMP_COREDIR" },
		.var = dialect_debian_vars,
		.compose = dialect_debian,
	},
};

const char *dialect_name(enum dialect d)
{
	return dialect[d].name;
}

const char *dialect_file(enum dialect d)
{
	return dialect[d].file;
}

int dialect_named(const char *word, enum dialect *ret)
{
	for (int d = 0; d < DIALECTS; d++) {
		if (strcmp(word, dialect[d].name) != 0)
			continue;
		*ret = (enum dialect)d;
		return 0;
	}
	return -EINVAL;
}

/* ---- the result ---- */

static void put(struct dialect_ctx *c, const char *s)
{
	size_t n = strlen(s), room = c->room;
	char *more;

	if (!c->text)
		return;
	while (room - c->n <= n)
		room *= 2;
	if (room != c->room) {
		more = realloc(c->text, room);
		if (!more)
			free(c->text);
		c->text = more;
		c->room = room;
		if (!more)
			return;
	}
	memcpy(c->text + c->n, s, n + 1);
	c->n += n;
}

static unsigned line_of(const struct dialect_ctx *c, const char *name)
{
	for (unsigned i = c->a->n; i-- > 0;)
		if (c->a->v[i].name && strcmp(c->a->v[i].name, name) == 0)
			return c->a->v[i].line;
	return 1;
}

static void say_at(struct dialect_ctx *c, enum conf_severity s, unsigned line, const char *text)
{
	char safe[500];

	invisible_show(safe, sizeof(safe), text);
	c->refused += s == CONF_REFUSE;
	put(c, "# ");
	put(c, safe);
	put(c, "\n");
	if (c->who)
		c->who->say(c->who->arg, s, line, safe);
}

void dialect_say(struct dialect_ctx *c, enum conf_severity s, const char *name, const char *fmt, ...)
{
	char text[500];
	size_t used;
	va_list ap;

	(void)str_fmt(text, sizeof(text), "%.80s: ", name);
	used = strlen(text);
	va_start(ap, fmt);
	vsnprintf(text + used, sizeof(text) - used, fmt, ap);
	va_end(ap);
	say_at(c, s, line_of(c, name), text);
}

static bool holdable(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f || *s == '"')
			return false;
	return true;
}

void dialect_line(struct dialect_ctx *c, const char *name, const char *fmt, ...)
{
	char text[LINE_ROOM];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text) || !holdable(text)) {
		dialect_say(c, CONF_REFUSE, name, "its value cannot stand in kdump.conf: too long, or with quotes or "
						  "control bytes in it");
		return;
	}
	put(c, text);
	put(c, "\n");
}

void dialect_word(struct dialect_ctx *c, const char *name, const char *directive, const char *value)
{
	char text[LINE_ROOM];

	if (!strpbrk(value, " \t#") || !holdable(value) ||
	    str_fmt(text, sizeof(text), "%s \"%s\"\n", directive, value)) {
		dialect_line(c, name, "%s %s", directive, value);
		return;
	}
	put(c, text);
}

/* ---- the variables ---- */

const char *dialect_value(const struct dialect_ctx *c, const char *name)
{
	const char *v = assign_get(c->a, name);

	return v ? v : "";
}

/* 1, 0, or -1: none of the words. */
static int switch_word(const char *v)
{
	static const char *const yes[] = { "yes", "true", "1", "on", "y" },
				 *const no[] = { "no", "false", "0", "off", "n" };

	for (unsigned i = 0; i < ARRAY_LEN(yes); i++) {
		if (strcasecmp(v, yes[i]) == 0)
			return 1;
		if (strcasecmp(v, no[i]) == 0)
			return 0;
	}
	return -1;
}

bool dialect_switch(struct dialect_ctx *c, const char *name, bool otherwise)
{
	const char *v = dialect_value(c, name);
	int is = switch_word(v);

	if (is < 0 && *v)
		dialect_say(c, CONF_WARN, name, "'%.60s' is neither yes nor no: %s is taken", v,
			    otherwise ? "yes" : "no");
	return is < 0 ? otherwise : is;
}

static const struct dialect_var *find(const struct dialect_var *v, const char *name)
{
	for (; v->name; v++)
		if (strcmp(v->name, name) == 0)
			return v;
	return NULL;
}

/* A value that asks for nothing: empty, the stock one, or that switch in another word. */
static bool asks_nothing(const struct dialect_var *v, const char *value)
{
	int is;

	if (!*value)
		return true;
	if (!v->usual)
		return false;
	is = switch_word(value);
	return strcasecmp(value, v->usual) == 0 || (is >= 0 && is == switch_word(v->usual));
}

/* What a value of another form is not; NULL when it has the form. */
static const char *lacks_form(const struct dialect_var *v, const char *value)
{
	char text[24];
	size_t n;
	uint64_t number;

	if (!*value || v->form == FORM_TEXT || (v->form == FORM_KEEP && strcmp(value, "-1") == 0))
		return NULL;
	n = str_fmt(text, sizeof(text), "%s", value) ? 0 : strlen(text);
	if (v->form == FORM_MIB && n > 1 && text[n - 1] == 'M')
		text[n - 1] = '\0';
	if (n && str_u64(text, UINT32_MAX, &number) == 0)
		return NULL;
	return v->form == FORM_MIB ? "a number of MiB" : v->form == FORM_KEEP ? "a number, nor -1"
									      : "a number";
}

static void look_at_fault(struct dialect_ctx *c, const struct assign *a, const struct dialect_var *v)
{
	char text[200];

	char lines[48] = "the line is not taken";

	if (a->last > a->line)
		(void)str_fmt(lines, sizeof(lines), "lines %u to %u are not taken", a->line, a->last);
	(void)str_fmt(text, sizeof(text), "%.80s%s%s; %s", a->name ? a->name : "", a->name ? ": " : "", a->fault,
		      lines);
	say_at(c, v ? CONF_REFUSE : CONF_WARN, a->line, text);
}

static void look_at(struct dialect_ctx *c, const struct assign *a, const struct dialect_var *vars)
{
	const struct dialect_var *v = a->name ? find(vars, a->name) : NULL;
	const char *lacks;

	if (a->fault)
		look_at_fault(c, a, v);
	else if (assign_get(c->a, a->name) != a->value)
		return; /* a later line counts */
	else if (!v && settings_is_rule(a->name))
		dialect_say(c, CONF_NOTE, a->name, "read from this file as it is (crashbox-retain(8))");
	else if (!v)
		dialect_say(c, CONF_WARN, a->name, "not a variable of this file; passed over");
	else if ((lacks = lacks_form(v, a->value)))
		dialect_say(c, CONF_WARN, v->name, "'%.40s' is not %s: it is taken as not set", a->value, lacks);
	else if (v->advice && !asks_nothing(v, a->value))
		dialect_say(c, v->heavy, v->name, "%s", v->advice);
}

bool dialect_is(enum dialect d, const char *text, size_t n)
{
	struct assigns *a = calloc(1, sizeof(*a));
	bool ret = false;

	if (!a || assign_parse(a, text, n, NULL)) {
		free(a);
		return false;
	}
	for (unsigned i = 0; i < a->n; i++) /* an assignment with a fault counts: it is reported later */
		for (unsigned k = 0; k < 2; k++)
			ret |= a->v[i].name && strcmp(a->v[i].name, dialect[d].sign[k]) == 0;
	assign_free(a);
	free(a);
	return ret;
}

static void compose(struct dialect_ctx *c, enum dialect d)
{
	put(c, "# kdump.conf: what ");
	put(c, dialect[d].file);
	put(c, " amounts to\n");
	dialect[d].compose(c);
	for (unsigned i = 0; i < c->a->n; i++)
		look_at(c, &c->a->v[i], dialect[d].var);
	if (c->a->n == ASSIGN_ENTRIES)
		say_at(c, CONF_REFUSE, c->a->v[c->a->n - 1].line, "too many lines: what follows is not read");
}

int dialect_convert(struct dialect_text *ret, enum dialect d, const char *text, size_t n,
		    const struct conf_sayer *who, struct err *e)
{
	struct dialect_ctx c = { .who = who, .room = LINE_ROOM };
	struct assigns *a = calloc(1, sizeof(*a));
	int rc = a ? assign_parse(a, text, n, e) : err_set(e, -ENOMEM, "no memory for assignments");

	if (rc) {
		free(a);
		return rc;
	}
	c.a = a;
	c.text = calloc(1, c.room);
	compose(&c, d);
	assign_free(a);
	free(a);
	if (!c.text)
		return err_set(e, -ENOMEM, "no memory for the converted text");
	*ret = (struct dialect_text){ c.text, c.n, c.refused };
	return 0;
}
