/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: settings that kdump.conf has no words for.
 * What cannot be understood deletes nothing.
 */
#include "conf/settings.h"

#include "base/invisible.h"
#include "base/str.h"
#include "conf/assign.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MANY 100000u

struct reader {
	const struct assigns *a;
	const struct conf_sayer *who;
};

static unsigned line_of(const struct assigns *a, const char *name)
{
	for (unsigned i = a->n; i-- > 0;)
		if (a->v[i].name && strcmp(a->v[i].name, name) == 0)
			return a->v[i].line;
	return 1;
}

static void refuse(const struct reader *x, const char *name, const char *value, const char *expected)
{
	char text[300], safe[60];

	(void)str_fmt(text, sizeof(text), "%s '%s': expected %s; no dump is deleted for it", name,
		      invisible_show(safe, sizeof(safe), value), expected);
	if (x->who)
		x->who->say(x->who->arg, CONF_WARN, line_of(x->a, name), text);
}

bool settings_is_rule(const char *name)
{
	static const char *const rule[] = { "KDUMP_KEEP_OLD_DUMPS", "KDUMP_NUM_DUMPS", "KDUMP_KEEP_DAYS",
					    "KDUMP_FREE_DISK_SIZE", "KDUMP_BOOT_LOOP_MINUTES", "KDUMP_RETAIN_FOREIGN" };

	for (size_t i = 0; i < ARRAY_LEN(rule); i++)
		if (strcmp(name, rule[i]) == 0)
			return true;
	return false;
}

/* Lines that only a shell can read, when they assign a rule or may do so: what is in a block is not known. */
static void say_faults(const struct reader *x)
{
	char text[300], lines[64];

	for (unsigned i = 0; x->who && i < x->a->n; i++) {
		const struct assign *v = &x->a->v[i];

		if (!v->fault || (v->name && !settings_is_rule(v->name)))
			continue;
		(void)str_fmt(lines, sizeof(lines), "the line is passed over");
		if (v->last > v->line)
			(void)str_fmt(lines, sizeof(lines), "lines %u to %u are passed over, with what they assign",
				      v->line, v->last);
		(void)str_fmt(text, sizeof(text), "%s%s%s; %s: no dump is deleted for it", v->name ? v->name : "",
			      v->name ? ": " : "", v->fault, lines);
		x->who->say(x->who->arg, CONF_WARN, v->line, text);
	}
}

/* The number that NAME is set to; false when it is not set, or to none (WHO has heard). */
static bool number(const struct reader *x, const char *name, uint64_t most, uint64_t *ret)
{
	const char *value = assign_get(x->a, name);

	if (!value || !*value)
		return false;
	if (str_u64(value, most, ret) == 0)
		return true;
	refuse(x, name, value, "a number");
	return false;
}

static void more(struct retain_rules *r, bool *given, unsigned keep)
{
	if (!*given)
		r->keep = keep;
	else if (r->keep && (!keep || keep > r->keep))
		r->keep = keep;
	*given = true;
}

/* Both words for the number of dumps in one text: the one that keeps more holds. */
static void read_keep(const struct reader *x, struct retain_rules *r)
{
	const char *old = assign_get(x->a, "KDUMP_KEEP_OLD_DUMPS");
	bool given = false;
	uint64_t n;

	if (old && strcmp(old, "-1") == 0)
		more(r, &given, 1);
	else if (number(x, "KDUMP_KEEP_OLD_DUMPS", MANY, &n))
		more(r, &given, n ? (unsigned)n + 1 : 0);
	if (number(x, "KDUMP_NUM_DUMPS", MANY, &n))
		more(r, &given, (unsigned)n);
}

/* MiB, with or without the "M" that some write. */
static void read_floor(const struct reader *x, struct retain_rules *r)
{
	const char *value = assign_get(x->a, "KDUMP_FREE_DISK_SIZE");
	char text[24];
	uint64_t n;
	size_t len;

	if (!value || !*value)
		return;
	if (str_fmt(text, sizeof(text), "%s", value) == 0) {
		len = strlen(text);
		if (len > 1 && text[len - 1] == 'M')
			text[len - 1] = '\0';
		if (str_u64(text, UINT32_MAX, &n) == 0) {
			r->free_bytes = n << 20;
			return;
		}
	}
	refuse(x, "KDUMP_FREE_DISK_SIZE", value, "a number of MiB");
}

/* "yes" or "no", as the distributions write them in these files. */
static void read_foreign(const struct reader *x, struct retain_rules *r)
{
	static const char *const yes[] = { "yes", "true", "on", "1" }, *const no[] = { "no", "false", "off", "0" };
	const char *value = assign_get(x->a, "KDUMP_RETAIN_FOREIGN");

	if (!value || !*value)
		return;
	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		if (strcasecmp(value, yes[i]) == 0 || strcasecmp(value, no[i]) == 0) {
			r->foreign = strcasecmp(value, yes[i]) == 0;
			return;
		}
	}
	r->foreign = false;
	refuse(x, "KDUMP_RETAIN_FOREIGN", value, "yes or no");
}

void settings_default(struct retain_rules *ret)
{
	*ret = (struct retain_rules){ .loop_min = RETAIN_LOOP_MIN };
}

int settings_parse(struct retain_rules *ret, const char *text, size_t n, const struct conf_sayer *who, struct err *e)
{
	struct assigns *a = calloc(1, sizeof(*a));
	const struct reader x = { a, who };
	int rc = a ? assign_parse(a, text, n, e) : err_set(e, -ENOMEM, "no memory for assignments");
	uint64_t v;

	if (rc) {
		free(a);
		return rc;
	}
	say_faults(&x);
	read_keep(&x, ret);
	if (number(&x, "KDUMP_KEEP_DAYS", MANY, &v))
		ret->days = (unsigned)v;
	read_floor(&x, ret);
	if (number(&x, "KDUMP_BOOT_LOOP_MINUTES", 24 * 60, &v))
		ret->loop_min = (unsigned)v;
	read_foreign(&x, ret);
	assign_free(a);
	free(a);
	return 0;
}

char *settings_text(const struct retain_rules *rules, char buf[SETTINGS_TEXT_MAX])
{
	(void)str_fmt(buf, SETTINGS_TEXT_MAX,
		      "KDUMP_NUM_DUMPS=%u\nKDUMP_KEEP_DAYS=%u\nKDUMP_FREE_DISK_SIZE=%llu\n"
		      "KDUMP_BOOT_LOOP_MINUTES=%u\n%s",
		      rules->keep, rules->days, (unsigned long long)(rules->free_bytes >> 20), rules->loop_min,
		      rules->foreign ? "KDUMP_RETAIN_FOREIGN=yes\n" : "");
	return buf;
}
