/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: the options of fence_kdump_args.
 * Pure. As fence_kdump_send(8) takes them, with their defaults; a quoted line (RHEL 7 to 9.3) is unquoted.
 */
#include "conf/fence_words.h"

#include "base/str.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define INTERVAL_MAX 86400

static const struct {
	const char *name;
	char letter;
} option[] = {
	{ "ipport", 'p' },
	{ "family", 'f' },
	{ "count", 'c' },
	{ "interval", 'i' },
	{ "verbose", 'v' },
};

/* The letter of "-p", "-p7410", "--ipport", "--ipport=7410", and what is glued to it in *VALUE; 0: none. */
static char letter_of(char *word, char **value)
{
	char *equals;

	*value = NULL;
	if (word[0] != '-' || !word[1])
		return 0;
	if (word[1] != '-') {
		*value = word[2] ? word + 2 : NULL;
		return word[1];
	}
	equals = strchr(word, '=');
	if (equals) {
		*equals = '\0';
		*value = equals + 1;
	}
	for (unsigned i = 0; i < ARRAY_LEN(option); i++)
		if (strcmp(option[i].name, word + 2) == 0)
			return option[i].letter;
	return 0;
}

static int number(const char *value, uint64_t min, uint64_t max, uint64_t *ret)
{
	return str_u64(value, max, ret) || *ret < min ? -EINVAL : 0;
}

static int take(struct fence_opts *o, char letter, const char *value)
{
	uint64_t v = 0;
	int rc = 0;

	switch (letter) {
	case 'p':
		rc = number(value, 1, UINT16_MAX, &v);
		o->port = (uint16_t)v;
		return rc;
	case 'c':
		rc = number(value, 0, UINT32_MAX, &v);
		o->count = (uint32_t)v;
		return rc;
	case 'i':
		rc = number(value, 1, INTERVAL_MAX, &v);
		o->interval_s = (uint32_t)v;
		return rc;
	case 'f':
		o->family = strcmp(value, "ipv4") == 0 ? AF_INET : strcmp(value, "ipv6") == 0 ? AF_INET6
											      : AF_UNSPEC;
		return o->family || strcmp(value, "auto") == 0 ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

static int refuse(struct err *e, const char *word)
{
	return err_set(e, -EINVAL,
		       "fence_kdump_args: '%.40s': expected -p PORT -f auto|ipv4|ipv6 -c COUNT -i SECONDS -v", word);
}

int fence_words(struct fence_opts *ret, const char *text, struct err *e)
{
	const struct fence_opts defaults = { .port = 7410, .interval_s = 10 };
	struct fence_opts o = defaults;
	char line[256], *cursor = line, *word, *value, letter;

	*ret = defaults;
	if (str_fmt(line, sizeof(line), "%s", text ? text : ""))
		return err_set(e, -EINVAL, "fence_kdump_args: longer than %zu bytes", sizeof(line) - 1);
	for (char *p = line; *p; p++)
		*p = *p == '"' || *p == '\'' ? ' ' : *p;
	while ((word = str_word(&cursor))) {
		letter = letter_of(word, &value);
		if (letter == 'v' && !value)
			continue;
		if (letter && !value)
			value = str_word(&cursor);
		if (!letter || !value || take(&o, letter, value))
			return refuse(e, word);
	}
	*ret = o;
	return 0;
}
