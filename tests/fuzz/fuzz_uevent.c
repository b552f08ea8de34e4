/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: kernel events, device names, mount options, console lists.
 * Any bytes: terminated strings within bounds, or a refusal that leaves the output alone.
 */
#include "dev/block.h"
#include "dev/console.h"
#include "dev/mount.h"
#include "dev/uevent.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void check(const char *s, size_t room)
{
	if (strnlen(s, room) == room)
		abort();
}

static void texts(const char *s)
{
	struct console_names names = { .n = 0 };
	struct mount_options o;
	struct block_spec spec;
	struct err e = { 0 };

	console_names(s, &names);
	if (names.n > CONSOLE_MAX)
		abort();
	for (unsigned i = 0; i < names.n; i++)
		if (!*names.name[i] || strchr(names.name[i], '/'))
			abort();
	if (mount_options(s, &o, &e) == 0)
		check(o.data, sizeof(o.data));
	else if (!*e.text)
		abort();
	e.text[0] = '\0';
	if (block_parse(s, &spec, &e) == 0)
		check(spec.value, sizeof(spec.value));
	else if (!*e.text)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	struct uevent u;
	char *s = malloc(n + 1);

	if (uevent_parse(d, n, &u) == 0) {
		check(u.action, sizeof(u.action));
		check(u.devpath, sizeof(u.devpath));
		check(u.subsystem, sizeof(u.subsystem));
		check(u.devname, sizeof(u.devname));
		check(u.modalias, sizeof(u.modalias));
		if (!*u.action || *u.devpath != '/')
			abort();
	}
	if (n)
		memcpy(s, d, n);
	s[n] = '\0';
	texts(s);
	free(s);
	return 0;
}
