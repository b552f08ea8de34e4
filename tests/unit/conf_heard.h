/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: a configuration is read and every complaint about it heard.
 */
#ifndef TESTS_CONF_HEARD_H
#define TESTS_CONF_HEARD_H

#include "check.h"

#include "conf/conf.h"

#include <stdio.h>
#include <string.h>

struct said {
	unsigned n[3];    /* by severity */
	unsigned line[3]; /* of the last one */
	char text[3][512];
	char all[8192];
};

static inline void hear(void *arg, enum conf_severity s, unsigned line, const char *text)
{
	struct said *to = arg;
	size_t used = strlen(to->all);

	to->n[s]++;
	to->line[s] = line;
	snprintf(to->text[s], sizeof(to->text[s]), "%s", text);
	snprintf(to->all + used, sizeof(to->all) - used, "%u: %s\n", line, text);
}

static inline struct said parse_n(struct plan *p, const char *text, size_t n)
{
	struct said heard = { .n = { 0 } };
	const struct conf_sayer who = { .say = hear, .arg = &heard };
	struct err e = { 0 };

	CHECK_INT(conf_parse(p, text, n, &who, &e), 0);
	CHECK_INT(p->refused < CONF_SAID_MAX ? p->refused : CONF_SAID_MAX, heard.n[CONF_REFUSE]);
	return heard;
}

static inline struct said parse(struct plan *p, const char *text)
{
	return parse_n(p, text, strlen(text));
}

#endif
