/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: rules for old dumps.
 * Any bytes give rules that can be written down and read back, and are a rule only where a number stands.
 */
#include "conf/settings.h"
#include "shown.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void require(int ok)
{
	if (!ok)
		abort();
}

static void hear(void *arg, enum conf_severity s, unsigned line, const char *text)
{
	(void)arg;
	require(s == CONF_WARN && line > 0 && strlen(text) < 512);
	require(may_be_shown(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	const struct conf_sayer who = { .say = hear };
	struct retain_rules r, again;
	char text[SETTINGS_TEXT_MAX];
	struct err e = { 0 };

	settings_default(&r);
	require(settings_parse(&r, (const char *)d, n, &who, &e) == 0);
	settings_default(&again);
	settings_text(&r, text);
	require(settings_parse(&again, text, strlen(text), NULL, &e) == 0);
	require(r.keep == again.keep && r.days == again.days && r.free_bytes == again.free_bytes);
	require(r.loop_min == again.loop_min && r.foreign == again.foreign);
	return 0;
}
