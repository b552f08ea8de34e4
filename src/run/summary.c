/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the last screen.
 * At most 20 lines, so that the last of them is still on an 80x25 screen after the reboot message.
 */
#include "run/summary.h"

#include "base/clock.h"
#include "base/str.h"
#include "run/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTES_SHOWN 5

static uint64_t number(const struct run *r, const char *key)
{
	return strtoull(report_get(&r->rep, key), NULL, 10);
}

static const char *verdict(const struct run *r, bool saved)
{
	if (saved && number(r, "unreadable_bytes"))
		return "the dump is saved, but INCOMPLETE: memory could not be read";
	if (saved)
		return "the dump is saved";
	if (strcmp(report_get(&r->rep, "vmcore"), "incomplete") == 0)
		return "the dump is INCOMPLETE";
	return "NOTHING was saved";
}

static void line(struct run *r, const char *what, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void line(struct run *r, const char *what, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say_field(r, what, text);
}

/* A plain copy has the size of the memory, a filtered dump the size of what was kept. */
static void dump_line(struct run *r, const char *name)
{
	char core[24], written[24];

	if (!*report_get(&r->rep, "written_bytes")) { /* killed before it could say how much */
		line(r, "dump", "%s, cut short", name);
		return;
	}
	str_size(core, sizeof(core), number(r, "copied_bytes"));
	str_size(written, sizeof(written), number(r, "written_bytes"));
	if (*report_get(&r->rep, "dump_level"))
		line(r, "dump", "%s, %s (%s of memory, level %s)", name, written, core,
		     report_get(&r->rep, "dump_level"));
	else
		line(r, "dump", "%s, %s (%s written, the rest zeros)", name, core, written);
}

/* Targets that have had the log, but for the one that is told of. */
static unsigned logs_elsewhere(const struct run *r)
{
	unsigned n = 0;

	for (unsigned i = 0; i < ARRAY_LEN(r->log); i++)
		n += r->log[i].place[0] && strcmp(r->log[i].shown, report_get(&r->rep, "dir")) != 0;
	return n;
}

static void files(struct run *r)
{
	char log[24];
	const char *state = report_get(&r->rep, "vmcore"), *name = report_get(&r->rep, "file");

	if (!r->dir[0])
		return;
	say_field(r, "where", report_get(&r->rep, "target"));
	say_field(r, "", report_get(&r->rep, "dir"));
	if (strcmp(report_get(&r->rep, "log"), "saved") == 0)
		line(r, "log", "vmcore-dmesg.txt, %s", str_size(log, sizeof(log), number(r, "log_bytes")));
	if (logs_elsewhere(r))
		line(r, "", "and on %u more of the targets", logs_elsewhere(r));
	if (*state)
		dump_line(r, strcmp(state, "saved") != 0 ? "vmcore-incomplete" : *name ? name
										       : "vmcore");
}

void summary(struct run *r, bool saved, const char *next)
{
	unsigned first = r->rep.nnote > NOTES_SHOWN ? r->rep.nnote - NOTES_SHOWN : 0;
	char since[64];

	snprintf(since, sizeof(since), "%lld s after %s",
		 (long long)((clock_ms() - (r->crash_known ? r->crash_ms : 0)) / 1000),
		 r->crash_known ? "the panic" : "the start of this kernel");
	say_plain(r, "==== %s ====", verdict(r, saved));
	say_field(r, "kernel", report_get(&r->rep, "kernel"));
	say_field(r, "panic", report_get(&r->rep, "panic"));
	files(r);
	for (unsigned i = first; i < r->rep.nnote; i++)
		say_field(r, i == first ? "notes" : "", r->rep.note[i]);
	line(r, "now", "%s, %s", next, since);
	say_plain(r, "====");
}
