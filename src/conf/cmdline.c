/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: kernel command line to boot_args.
 * Pure and lenient: a word that makes no sense is kept as a fault to print, everything else counts.
 */
#include "conf/cmdline.h"

#include "base/str.h"
#include "conf/conf.h"
#include "conf/netargs.h"
#include "version.h"

#include <ctype.h>
#include <string.h>

#define SECONDS_MAX 86400
#define RATE_MAX    1048576

struct reader {
	struct boot_args *b;
	const char *word;              /* as given, for faults */
	bool own_timeout, own_failure; /* crashbox.* has set it: rd.* is passed over */
	bool retry;                    /* rd.retry has set the device timeout: rd.timeout is passed over */
};

struct key {
	const char *name;
	void (*take)(struct reader *x, const char *value, size_t field);
	size_t field;
};

static void fault(struct reader *x, const char *expected)
{
	struct boot_args *b = x->b;

	if (b->nfault < BOOT_FAULTS)
		b->fault[b->nfault++] =
			(struct boot_fault){ .word = x->word, .expected = expected };
}

/* The word counts, but for what WHY says. */
static void half(struct reader *x, const char *why)
{
	unsigned n = x->b->nfault;

	fault(x, why);
	if (x->b->nfault > n)
		x->b->fault[n].taken = true;
}

static void *at(struct reader *x, size_t field)
{
	return (char *)x->b + field;
}

static void take_string(struct reader *x, const char *value, size_t field)
{
	if (value && *value)
		*(const char **)at(x, field) = value;
	else
		fault(x, "expected a value");
}

/* A switch: alone, =1, =yes, =y, =on; off: =0, =no, =n, =off. */
static void take_switch(struct reader *x, const char *value, size_t field)
{
	static const char *const word[] = { "0", "no", "n", "off", "1", "yes", "y", "on" };

	for (unsigned i = 0; i < ARRAY_LEN(word); i++) {
		if (value && strcmp(value, word[i]) != 0)
			continue;
		*(bool *)at(x, field) = !value || i > 3;
		return;
	}
	fault(x, "expected nothing, 0 or 1 behind it");
}

static bool number(const char *value, unsigned max, unsigned *ret)
{
	uint64_t v;

	if (!value || str_u64(value, max, &v))
		return false;
	*ret = (unsigned)v;
	return true;
}

static void take_seconds(struct reader *x, const char *value, size_t field)
{
	if (!number(value, SECONDS_MAX, at(x, field)))
		fault(x, "expected seconds from 0 to 86400");
}

static void take_rate(struct reader *x, const char *value, size_t field)
{
	if (!number(value, RATE_MAX, at(x, field)))
		fault(x, "expected KiB a second from 0 to 1048576");
}

static void take_device_timeout(struct reader *x, const char *value, size_t field)
{
	if (!number(value, SECONDS_MAX, at(x, field))) {
		fault(x, "expected seconds from 0 to 86400");
		return;
	}
	x->own_timeout = true;
	x->b->device_timeout_given = true;
}

/* These two are written for every initramfs that the line may reach: 0, without an end, is not meant for a capture. */
static void take_retry(struct reader *x, const char *value, size_t field)
{
	unsigned v;

	if (!number(value, SECONDS_MAX, &v) || v == 0) {
		fault(x, "expected seconds from 1 to 86400; crashbox.device_timeout=0 waits without an end");
		return;
	}
	x->retry = true;
	if (x->own_timeout)
		return;
	*(unsigned *)at(x, field) = v;
	x->b->device_timeout_given = true;
}

static void take_timeout(struct reader *x, const char *value, size_t field)
{
	bool retry = x->retry;
	unsigned v;

	if (retry && number(value, SECONDS_MAX, &v))
		return;
	take_retry(x, value, field);
	x->retry = retry;
}

static void take_log_level(struct reader *x, const char *value, size_t field)
{
	if (!number(value, 4, at(x, field)))
		fault(x, "expected a number from 0 to 4");
}

static void take_mem_debug(struct reader *x, const char *value, size_t field)
{
	if (!number(value, 5, at(x, field)))
		fault(x, "expected a number from 0 to 5");
}

static void take_failure(struct reader *x, const char *value, size_t field)
{
	if (!value || conf_action(value, at(x, field))) {
		fault(x, "expected reboot, halt, poweroff, shell, dump_to_rootfs or "
			 "mount_root_run_init");
		return;
	}
	x->own_failure = true;
	x->b->failure_given = true;
}

static void take_emergency(struct reader *x, const char *value, size_t field)
{
	enum plan_action a;

	if (!value || conf_action(value, &a) || a > ACTION_SHELL) {
		fault(x, "expected reboot, halt, poweroff or shell");
		return;
	}
	if (x->own_failure)
		return;
	*(enum plan_action *)at(x, field) = a;
	x->b->failure_given = true;
}

static void take_final(struct reader *x, const char *value, size_t field)
{
	enum plan_action a;

	if (!value || conf_action(value, &a) || a > ACTION_POWEROFF) {
		fault(x, "expected reboot, halt or poweroff");
		return;
	}
	*(enum plan_action *)at(x, field) = a;
	x->b->final_given = true;
}

/* "2,1": replaces what an earlier word gave, or is not taken at all. */
static void take_targets(struct reader *x, const char *value, size_t field)
{
	unsigned target[PLAN_TARGETS], n = 0;
	const char *s = value;

	(void)field;
	while (s && n < PLAN_TARGETS) {
		size_t len = strcspn(s, ",");
		char text[4];

		if (str_fmt(text, sizeof(text), "%.*s", (int)(len < 4 ? len : 4), s) ||
		    !number(text, PLAN_TARGETS, &target[n]))
			break;
		n++;
		s = s[len] ? s + len + 1 : NULL;
	}
	if (!value || s) {
		fault(x, "expected numbers of targets from 0 to 8, as 2,1");
		return;
	}
	memcpy(x->b->target, target, sizeof(target[0]) * n);
	x->b->ntarget = n;
}

static void dashes(char *module)
{
	for (; *module; module++)
		if (*module == '-')
			*module = '_';
}

/* Comma list of module names. VALUE points into the copy of the command line and is cut there. */
static void take_modules(struct reader *x, const char *value, size_t field)
{
	struct boot_list *list = at(x, field);
	char *s = x->b->text + (value ? value - x->b->text : 0);

	while (value && *s) {
		char *comma = s + strcspn(s, ","), *next = *comma ? comma + 1 : comma;

		*comma = '\0';
		dashes(s);
		if (*s && list->n < BOOT_WORDS)
			list->word[list->n++] = s;
		else if (*s)
			fault(x, "more modules than are kept (64)");
		s = next;
	}
}

/* "ttyS0,115200n8" is ttyS0. An empty name and "null" are no console; "brl,..." is a braille
 * device. */
static void take_console(struct reader *x, const char *value, size_t field)
{
	struct boot_args *b = x->b;
	char *name = b->text + (value ? value - b->text : 0);

	(void)field;
	if (!value || str_starts(value, "brl,"))
		return;
	name[strcspn(name, ",")] = '\0';
	if (!*name || strcmp(name, "null") == 0 || strchr(name, '/'))
		return;
	for (unsigned i = 0; i < b->nconsole; i++)
		if (strcmp(b->console[i], name) == 0)
			return;
	if (b->nconsole == BOOT_CONSOLES)
		fault(x, "more consoles than are kept (8)");
	else
		b->console[b->nconsole++] = name;
}

/* Becomes part of a directory name. */
static void take_test_id(struct reader *x, const char *value, size_t field)
{
	const char *s = value;

	while (s && (isalnum((unsigned char)*s) || *s == '-' || *s == '_'))
		s++;
	if (!s || s == value || *s || s - value > 64)
		fault(x, "expected up to 64 letters, digits, _ and -");
	else
		*(const char **)at(x, field) = value;
}

#define FIELD(f) offsetof(struct boot_args, f)

static const struct key table[] = {
	{ "console", take_console, 0 },
	{ "crashbox.conf", take_string, FIELD(conf) },
	{ "crashbox.shell", take_switch, FIELD(shell) },
	{ "crashbox.quiet", take_switch, FIELD(quiet) },
	{ "crashbox.debug", take_switch, FIELD(debug) },
	{ "crashbox.device_timeout", take_device_timeout, FIELD(device_timeout_s) },
	{ "crashbox.save_timeout", take_seconds, FIELD(save_timeout_s) },
	{ "crashbox.stall_timeout", take_seconds, FIELD(stall_timeout_s) },
	{ "crashbox.min_rate", take_rate, FIELD(min_rate_k) },
	{ "crashbox.hook_timeout", take_seconds, FIELD(hook_timeout_s) },
	{ "crashbox.mount_timeout", take_seconds, FIELD(mount_timeout_s) },
	{ "crashbox.connect_timeout", take_seconds, FIELD(connect_timeout_s) },
	{ "crashbox.log_wait", take_seconds, FIELD(log_wait_s) },
	{ "crashbox.failure", take_failure, FIELD(failure_action) },
	{ "crashbox.final", take_final, FIELD(final_action) },
	{ "crashbox.target", take_targets, 0 },
	{ "rd.retry", take_retry, FIELD(device_timeout_s) },
	{ "rd.timeout", take_timeout, FIELD(device_timeout_s) },
	{ "rd.shell", take_switch, FIELD(shell) },
	{ "rd.emergency", take_emergency, FIELD(failure_action) },
	{ "rd.debug", take_switch, FIELD(debug) },
	{ "rd.memdebug", take_mem_debug, FIELD(mem_debug) },
	{ "rd.kdumploglvl", take_log_level, FIELD(log_level) },
	{ "rd.driver.blacklist", take_modules, FIELD(blacklist) },
	{ "module_blacklist", take_modules, FIELD(blacklist) },
	{ "modprobe.blacklist", take_modules, FIELD(blacklist) },
	{ "rd.driver.pre", take_modules, FIELD(preload) },
	{ "rd.driver.post", take_modules, FIELD(preload) },
	{ "kdump_test_id", take_test_id, FIELD(test_id) },
	{ "root", take_string, FIELD(root) },
	{ "rootfstype", take_string, FIELD(rootfstype) },
	{ "rootflags", take_string, FIELD(rootflags) },
};

/* Prefixes whose words look like module.name and are not. */
static const char *const not_module[] = { "rd.", "systemd.", "udev.",
					  "luks.", "ignition.", "modprobe." };

static void take_param(struct reader *x, char *name, const char *whole)
{
	struct boot_args *b = x->b;
	char *dot = strchr(name, '.');

	for (unsigned i = 0; i < ARRAY_LEN(not_module); i++)
		if (str_starts(name, not_module[i]))
			return;
	if (dot == name || !dot[1])
		return;
	if (b->nparam == BOOT_PARAMS) {
		fault(x, "more module parameters than are kept (64)");
		return;
	}
	*dot = '\0';
	dashes(name);
	b->param[b->nparam++] = (struct boot_param){ .module = name, .text = whole };
}

static void unknown(struct reader *x)
{
	fault(x, "unknown, there are crashbox. conf shell quiet debug device_timeout save_timeout "
		 "stall_timeout min_rate "
		 "hook_timeout mount_timeout connect_timeout log_wait failure final target");
}

/*
 * One word, quotes already removed. PLAIN is a second copy of it, which stays as it is: the first
 * one is cut into name and value.
 */
static void take_word(struct reader *x, char *word, char *plain)
{
	char *equals = strchr(word, '='), *dot;

	x->word = plain;
	if (equals)
		*equals = '\0';
	for (unsigned i = 0; i < ARRAY_LEN(table); i++) {
		if (strcmp(word, table[i].name) != 0)
			continue;
		table[i].take(x, equals ? equals + 1 : NULL, table[i].field);
		return;
	}
	if (CRASHBOX_NET && netargs_key(word)) {
		const char *expected = netargs_take(&x->b->net, word, equals ? equals + 1 : NULL);

		if (expected)
			fault(x, expected);
		else if (x->b->net.note)
			half(x, x->b->net.note);
		return;
	}
	dot = strchr(word, '.');
	if (str_starts(word, "crashbox."))
		unknown(x);
	else if (dot)
		take_param(x, word, plain + (dot + 1 - word));
}

/*
 * Takes the next word of *CURSOR into the room at TO, without its quotes, and moves *CURSOR behind
 * it. Gives its length; -1 at the end.
 */
static int next_word(const char **cursor, const char *end, char *to)
{
	const char *s = *cursor;
	bool in_quotes = false;
	int n = 0;

	while (s < end && (isspace((unsigned char)*s) || !*s))
		s++;
	*cursor = s;
	if (s == end)
		return -1;
	for (; s < end && *s && (in_quotes || !isspace((unsigned char)*s)); s++) {
		if (*s == '"')
			in_quotes = !in_quotes;
		else
			to[n++] = *s;
	}
	to[n] = '\0';
	*cursor = s;
	return n;
}

static void set_defaults(struct boot_args *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->conf = CONF_FILE;
	ret->log_level = 3;
	ret->device_timeout_s = 180;
	ret->stall_timeout_s = 120;
	ret->min_rate_k = 64;
	ret->hook_timeout_s = 300;
	ret->mount_timeout_s = 60;
	ret->connect_timeout_s = 60;
	ret->log_wait_s = 30;
}

void boot_parse(struct boot_args *ret, const char *text, size_t n)
{
	struct reader x = { .b = ret };
	const char *end = text + n;
	char *room = ret->text;
	const char *expected;
	int len;

	set_defaults(ret);
	if (n > BOOT_READ) {
		x.word = "...";
		fault(&x, "the command line is longer than is read (4095)");
		end = text + BOOT_READ;
	}
	while ((len = next_word(&text, end, room)) >= 0) {
		char *plain = room + len + 1;

		if (strcmp(room, "--") == 0)
			break;
		memcpy(plain, room, (size_t)len + 1);
		take_word(&x, room, plain);
		room = plain + len + 1;
	}
	x.word = "ip=";
	expected = CRASHBOX_NET ? netargs_finish(&ret->net) : NULL;
	if (expected)
		fault(&x, expected);
}
