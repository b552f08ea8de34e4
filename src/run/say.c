/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: what the administrator sees.
 * Consoles may be slow serial lines or missing; the kernel log gets every line as well, so that it
 * is in kexec-dmesg.log and in pstore whatever became of the consoles.
 */
#include "run/say.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/invisible.h"
#include "base/str.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COLUMNS         79
#define CONSOLE_WAIT_MS 500  /* for one line on one console */
#define MESSAGE_WAIT_MS 2000 /* for all lines of a message: the watchdog waits too */
#define HEAD            "crashbox: "

static void to_kmsg(const char *stage, const char *text)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NONBLOCK);
	char line[900];
	int n;

	if (fd < 0)
		return;
	/* Level 6 stays below the console's level: the line is shown once, by us. */
	n = snprintf(line, sizeof(line), "<6>crashbox: %s%s%s\n", stage, *stage ? ": " : "", text);
	(void)!fd_write(fd, line, n < (int)sizeof(line) ? (size_t)n : sizeof(line) - 1);
	close(fd);
}

/* Bytes of TEXT for a line with ROOM columns: up to the last blank that fits, else ROOM. */
static size_t fitting(const char *text, size_t room)
{
	size_t n = strlen(text), cut;

	if (n <= room)
		return n;
	for (cut = room; cut > room / 2 && text[cut] != ' '; cut--)
		;
	return text[cut] == ' ' ? cut : room;
}

static void put_wrapped(struct run *r, const char *head, const char *text)
{
	char line[COLUMNS + 4], blank[COLUMNS];
	size_t indent = strlen(head), room = COLUMNS - indent;
	int64_t until = clock_ms() + MESSAGE_WAIT_MS;

	memset(blank, ' ', sizeof(blank));
	memcpy(blank, HEAD, sizeof(HEAD) - 1);
	do {
		size_t n = fitting(text, room);

		snprintf(line, sizeof(line), "%.*s%.*s\r\n", (int)indent, head, (int)n, text);
		console_write(&r->con, line, strlen(line), clock_ms() < until ? CONSOLE_WAIT_MS : 0);
		text += n;
		while (*text == ' ')
			text++;
		head = blank;
	} while (*text);
}

static void time_text(const struct run *r, char *buf, size_t n)
{
	int64_t s = (clock_ms() - (r->crash_known ? r->crash_ms : 0)) / 1000;

	snprintf(buf, n, "%c%llds", r->crash_known ? '+' : ' ', (long long)(s < 0 ? 0 : s));
}

static void vsay(struct run *r, const char *stage, const char *text)
{
	char head[64], when[24];

	time_text(r, when, sizeof(when));
	snprintf(head, sizeof(head), HEAD "%-6s %-8.8s ", when, stage);
	put_wrapped(r, head, text);
	to_kmsg(stage, text);
}

void say(struct run *r, const char *stage, const char *fmt, ...)
{
	char raw[800], text[800];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	invisible_show(text, sizeof(text), raw);
	if (r->args.quiet)
		to_kmsg(stage, text);
	else
		vsay(r, stage, text);
}

void say_note(struct run *r, const char *stage, const char *fmt, ...)
{
	char raw[800], text[800], note[900];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	invisible_show(text, sizeof(text), raw);
	vsay(r, stage, text);
	snprintf(note, sizeof(note), "%s: %s", stage, text);
	report_note(&r->rep, note);
}

void say_fault(struct run *r, const struct err *e, const char *after)
{
	size_t n = strcspn(e->text, ": ");
	char stage[16];

	if (n == 0 || n >= sizeof(stage) || strncmp(e->text + n, ": ", 2) != 0) {
		say_note(r, "target", "%s%s", e->text, after);
		return;
	}
	snprintf(stage, sizeof(stage), "%.*s", (int)n, e->text);
	say_note(r, stage, "%s%s", e->text + n + 2, after);
}

void say_field(struct run *r, const char *what, const char *text)
{
	char head[32], safe[800];

	if (!*text)
		return;
	snprintf(head, sizeof(head), HEAD "  %-8.8s ", what);
	put_wrapped(r, head, invisible_show(safe, sizeof(safe), text));
	to_kmsg(what, safe);
}

void say_line(struct run *r, const char *text)
{
	char safe[MSG_TEXT_MAX];

	put_wrapped(r, HEAD "| ", str_safe(safe, sizeof(safe), text));
}

void say_plain(struct run *r, const char *fmt, ...)
{
	char raw[800], text[800];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	put_wrapped(r, HEAD, invisible_show(text, sizeof(text), raw));
	to_kmsg("", text);
}
