/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: what happened, for people and machines.
 * Fixed tables: a report must never be the reason why a capture fails.
 */
#include "run/report.h"

#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void report_fact(struct report *r, const char *key, const char *value)
{
	struct report_fact *f = NULL;

	for (unsigned i = 0; i < r->nfact && !f; i++)
		if (strcmp(r->fact[i].key, key) == 0)
			f = &r->fact[i];
	if (!f && r->nfact == REPORT_FACTS)
		return;
	if (!f)
		f = &r->fact[r->nfact++];
	snprintf(f->key, sizeof(f->key), "%s", key);
	snprintf(f->value, sizeof(f->value), "%s", value);
}

void report_number(struct report *r, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	report_fact(r, key, text);
}

const char *report_get(const struct report *r, const char *key)
{
	for (unsigned i = 0; i < r->nfact; i++)
		if (strcmp(r->fact[i].key, key) == 0)
			return r->fact[i].value;
	return "";
}

void report_note(struct report *r, const char *text)
{
	if (r->nnote == REPORT_NOTES) {
		r->lost_notes++;
		return;
	}
	snprintf(r->note[r->nnote], sizeof(r->note[0]), "%s", text);
	r->nnote++;
}

void report_stage(struct report *r, const char *name, int64_t start_ms, int64_t end_ms, bool ok)
{
	struct report_stage *s;

	if (r->nstage == REPORT_STAGES)
		return;
	s = &r->stage[r->nstage++];
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->start_ms = start_ms;
	s->end_ms = end_ms;
	s->ok = ok;
}

struct out {
	char *buf;
	size_t room, used;
	bool full;
};

static void put(struct out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(struct out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (o->full)
		return;
	va_start(ap, fmt);
	n = vsnprintf(o->buf + o->used, o->room - o->used, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= o->room - o->used)
		o->full = true;
	else
		o->used += (size_t)n;
}

static void put_string(struct out *o, const char *s)
{
	put(o, "\"");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			put(o, "\\%c", c);
		else if (c < ' ' || c > '~')
			put(o, "\\u%04x", c);
		else
			put(o, "%c", c);
	}
	put(o, "\"");
}

static bool is_number(const char *s)
{
	uint64_t v;

	return strlen(s) < 16 && (s[0] != '0' || !s[1]) && str_u64(s, UINT64_MAX, &v) == 0;
}

static void put_stages(struct out *o, const struct report *r)
{
	put(o, "  \"stages\": [");
	for (unsigned i = 0; i < r->nstage; i++) {
		const struct report_stage *s = &r->stage[i];

		put(o, "%s\n    { \"name\": ", i ? "," : "");
		put_string(o, s->name);
		put(o, ", \"start_ms\": %lld, \"ms\": %lld, \"ok\": %s }", (long long)s->start_ms,
		    (long long)(s->end_ms - s->start_ms), s->ok ? "true" : "false");
	}
	put(o, "\n  ],\n");
}

int report_json(const struct report *r, char *buf, size_t n)
{
	struct out o = { buf, n, 0, n == 0 };

	put(&o, "{\n  \"format\": 1,\n");
	for (unsigned i = 0; i < r->nfact; i++) {
		put(&o, "  ");
		put_string(&o, r->fact[i].key);
		put(&o, ": ");
		if (is_number(r->fact[i].value))
			put(&o, "%s", r->fact[i].value);
		else
			put_string(&o, r->fact[i].value);
		put(&o, ",\n");
	}
	put_stages(&o, r);
	put(&o, "  \"notes\": [");
	for (unsigned i = 0; i < r->nnote; i++) {
		put(&o, "%s\n    ", i ? "," : "");
		put_string(&o, r->note[i]);
	}
	put(&o, "\n  ],\n  \"notes_lost\": %u\n}\n", r->lost_notes);
	return o.full ? -ENOSPC : (int)o.used;
}
