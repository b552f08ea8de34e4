/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: why the kernel died, from the lines of its log.
 * One crash alarms several times (BUG, Oops, panic); its first line tells most, an older crash does
 * not matter. A crash asked for through sysrq is told by its panic line.
 */
#include "vmcore/klog_text.h"

#include "base/str.h"

#include <string.h>

/* Alarming lines further apart than this belong to different incidents. */
#define GROUP_US    (10 * 1000000ull)
#define GROUP_LINES 100 /* where lines have no time */

/* How such messages begin (kernel/panic.c, arch/{x86,arm64}/mm/fault.c). */
static const char *const alarms[] = {
	"Kernel panic",
	"BUG:",
	"Oops",
	"kernel BUG at ",
	"Unable to handle kernel ",
	"Internal error: ",
	"general protection fault",
};

/* Who says so, in front of an alarm. */
static const char *const sayers[] = { "watchdog: " };

/* Reads "[ 1234.567890] " into *US and gives what follows; S itself when there is no time. */
static const char *skip_time(const char *s, uint64_t *us)
{
	const char *p = s + strspn(s, "[") + strspn(s + strspn(s, "["), " ");
	uint64_t sec = 0, frac = 0;
	int digits = 0;

	*us = 0;
	if (*s != '[')
		return s;
	for (; *p >= '0' && *p <= '9' && sec < UINT32_MAX; p++)
		sec = sec * 10 + (uint64_t)(*p - '0');
	if (*p++ != '.')
		return s;
	for (; *p >= '0' && *p <= '9' && digits < 6; p++, digits++)
		frac = frac * 10 + (uint64_t)(*p - '0');
	if (digits != 6 || *p++ != ']')
		return s;
	*us = sec * 1000000 + frac;
	return p + (*p == ' ');
}

/* Skips "[    T12] " or "[     C0] ". */
static const char *skip_caller(const char *s)
{
	const char *p = s;

	if (*p != '[')
		return s;
	p++;
	p += strspn(p, " ");
	if (*p != 'T' && *p != 'C')
		return s;
	p++;
	if (!strspn(p, "0123456789"))
		return s;
	p += strspn(p, "0123456789");
	return str_starts(p, "] ") ? p + 2 : s;
}

/* Skips the level "<4>" that stands in the ring of old kernels. */
static const char *skip_level(const char *s)
{
	return s[0] == '<' && s[1] >= '0' && s[1] <= '9' && s[2] == '>' ? s + 3 : s;
}

static bool is_alarm(const char *s)
{
	for (size_t i = 0; i < ARRAY_LEN(sayers); i++)
		if (str_starts(s, sayers[i]))
			s += strlen(sayers[i]);
	for (size_t i = 0; i < ARRAY_LEN(alarms); i++)
		if (str_starts(s, alarms[i]))
			return true;
	return false;
}

static bool same_group(const struct klog_cause *c, uint64_t us)
{
	if (!c->any)
		return false;
	if (us && c->last_us)
		return us < c->last_us || us - c->last_us <= GROUP_US;
	return c->lines - c->last_line <= GROUP_LINES;
}

static void line_done(struct klog_cause *c, struct klog_stat *st)
{
	uint64_t us;
	const char *s;

	c->line[c->n] = '\0';
	s = skip_caller(skip_time(skip_level(c->line), &us));
	c->lines++;
	c->n = 0;
	if (!is_alarm(s))
		return;
	if (!same_group(c, us))
		str_safe(st->panic_line, sizeof(st->panic_line), s);
	c->any = true;
	c->last_line = c->lines;
	c->last_us = us;
}

void klog_cause_feed(struct klog_cause *c, const char *s, size_t n, struct klog_stat *st)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n')
			line_done(c, st);
		else if (c->n + 1 < sizeof(c->line))
			c->line[c->n++] = s[i] ? s[i] : '?';
	}
}
