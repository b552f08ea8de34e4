/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: the part of ssh_config(5) that says how a server is reached.
 * A line: a keyword of any case, blanks or one '=', values with or without double quotes.
 */
#include "conf/ssh_config.h"

#include "base/invisible.h"
#include "base/str.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define LINE_MAX_LEN 1024
#define VALUES_MAX   16

struct line {
	char text[LINE_MAX_LEN];
	const char *keyword;
	char *value[VALUES_MAX];
	unsigned n;
};

/* The next value at *AT, terminated in place; NULL at the end. -EINVAL in *RC: a quote has no end. */
static char *next_value(char **at, int *rc)
{
	char *p = *at + strspn(*at, " \t"), *end, *ret = p;

	if (!*p || *p == '#')
		return NULL;
	if (*p == '"') {
		ret = p + 1;
		end = strchr(ret, '"');
		if (!end) {
			*rc = -EINVAL;
			return NULL;
		}
	} else {
		end = p + strcspn(p, " \t");
	}
	*at = *end ? end + 1 : end;
	*end = '\0';
	return ret;
}

/* 1: a keyword and its values; 0: nothing there; -EINVAL. */
static int split(struct line *l, const char *p, size_t n)
{
	char *at = l->text, *v;
	int rc = 0;

	if (n >= sizeof(l->text) || memchr(p, '\0', n))
		return -EINVAL;
	memcpy(l->text, p, n);
	l->text[n] = '\0';
	at = str_trim(at);
	if (n && at[0] && at[strlen(at) - 1] == '\r')
		at[strlen(at) - 1] = '\0';
	if (!*at || *at == '#')
		return 0;
	l->keyword = at;
	at += strcspn(at, " \t=");
	if (*at) {
		bool equals = *at == '=';

		*at++ = '\0';
		at += strspn(at, " \t");
		if (!equals && *at == '=')
			at++;
	}
	for (l->n = 0; l->n < VALUES_MAX && (v = next_value(&at, &rc)); l->n++)
		l->value[l->n] = v;
	return rc ? rc : l->n ? 1
			      : -EINVAL;
}

/* Patterns of a Host line; one with '!' that matches ends it. */
static bool host_matches(const struct line *l, const char *host)
{
	bool yes = false;

	for (unsigned i = 0; i < l->n; i++) {
		const char *pat = l->value[i];
		bool not = *pat == '!';

		if (fnmatch(not ? pat + 1 : pat, host, FNM_CASEFOLD | FNM_NOESCAPE) != 0)
			continue;
		if (not )
			return false;
		yes = true;
	}
	return yes;
}

static int append(char *buf, const char *s)
{
	size_t have = strlen(buf);

	return str_fmt(buf + have, SSH_CONFIG_TEXT - have, "%s", s);
}

/* VALUE with ~, %d, %h, %n, %r, %% put in; another % is an error, since the result would be another name. */
static int expand(const struct ssh_config *c, const char *value, char ret[SSH_CONFIG_TEXT])
{
	const char *home = c->home ? c->home : "/root";
	int rc = 0;

	ret[0] = '\0';
	if (value[0] == '~' && (value[1] == '/' || !value[1])) {
		rc = append(ret, home);
		value++;
	}
	for (; rc == 0 && *value; value++) {
		char one[2] = { *value, '\0' };

		if (*value != '%') {
			rc = append(ret, one);
			continue;
		}
		value++;
		if (*value == 'd')
			rc = append(ret, home);
		else if (*value == 'h')
			rc = append(ret, c->hostname[0] ? c->hostname : c->host);
		else if (*value == 'n')
			rc = append(ret, c->host);
		else if (*value == 'r' && c->user[0])
			rc = append(ret, c->user);
		else if (*value == '%')
			rc = append(ret, "%");
		else
			return -EINVAL;
	}
	return rc;
}

static int take_word(struct ssh_config *c, const char *value, char ret[SSH_CONFIG_TEXT])
{
	char text[SSH_CONFIG_TEXT];
	int rc;

	if (ret[0])
		return 0;
	rc = expand(c, value, text);
	if (rc == 0)
		memcpy(ret, text, sizeof(text));
	return rc;
}

static int take_files(struct ssh_config *c, const struct line *l, char ret[SSH_CONFIG_KNOWN][SSH_CONFIG_TEXT],
		      unsigned *n)
{
	unsigned have = 0;
	int rc = 0;

	if (*n)
		return 0;
	for (unsigned i = 0; rc == 0 && i < l->n && have < SSH_CONFIG_KNOWN; i++)
		rc = expand(c, l->value[i], ret[have++]);
	if (rc == 0)
		*n = have;
	return rc;
}

static int take_key(struct ssh_config *c, const char *value)
{
	int rc;

	if (c->nkey == SSH_CONFIG_KEYS)
		return 0;
	rc = expand(c, value, c->key[c->nkey]);
	c->nkey += rc == 0;
	return rc;
}

static int take_port(struct ssh_config *c, const char *value)
{
	uint64_t v;
	int rc = str_u64(value, 65535, &v);

	if (rc == 0 && !c->port)
		c->port = (unsigned)v;
	return rc;
}

/* The first word of each of the two kinds counts, `none` too: as `ssh -G` of OpenSSH 9.2 has it. */
static void take_proxy(struct ssh_config *c, const struct line *l, unsigned nr, bool *none)
{
	if (c->proxy || *none)
		return;
	*none = strcasecmp(l->value[0], "none") == 0;
	c->proxy = *none ? 0 : nr;
}

static int take(struct ssh_config *c, const struct line *l, unsigned nr)
{
	const char *k = l->keyword;

	if (strcasecmp(k, "hostname") == 0)
		return take_word(c, l->value[0], c->hostname);
	if (strcasecmp(k, "user") == 0)
		return take_word(c, l->value[0], c->user);
	if (strcasecmp(k, "hostkeyalias") == 0)
		return take_word(c, l->value[0], c->alias);
	if (strcasecmp(k, "port") == 0)
		return take_port(c, l->value[0]);
	if (strcasecmp(k, "identityfile") == 0)
		return take_key(c, l->value[0]);
	if (strcasecmp(k, "userknownhostsfile") == 0)
		return take_files(c, l, c->known_user, &c->nknown_user);
	if (strcasecmp(k, "globalknownhostsfile") == 0)
		return take_files(c, l, c->known_global, &c->nknown_global);
	if (strcasecmp(k, "include") == 0 && !c->include)
		c->include = nr;
	if (strcasecmp(k, "proxyjump") == 0)
		take_proxy(c, l, nr, &c->no_jump);
	if (strcasecmp(k, "proxycommand") == 0)
		take_proxy(c, l, nr, &c->no_command);
	c->no_jump = c->no_jump || c->no_command;
	return 0;
}

/* Whether the lines that follow are meant for the host. */
static bool block(struct ssh_config *c, const struct line *l, unsigned nr)
{
	if (strcasecmp(l->keyword, "host") == 0)
		return host_matches(l, c->host);
	if (l->n == 1 && strcasecmp(l->value[0], "all") == 0)
		return true;
	if (!c->match)
		c->match = nr;
	return false;
}

void ssh_config_read(struct ssh_config *c, const char *text, size_t len)
{
	bool ours = true;

	for (unsigned nr = 1; len; nr++) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;
		const struct invisible *unseen;
		struct line l = { .keyword = "" };
		int rc = split(&l, text, n);

		unseen = invisible_find(l.keyword, NULL);
		if (unseen && !c->unseen) {
			c->unseen = nr;
			c->unseen_why = unseen->before;
		}

		if (rc > 0 && (strcasecmp(l.keyword, "host") == 0 || strcasecmp(l.keyword, "match") == 0))
			ours = block(c, &l, nr);
		else if (rc > 0 && ours)
			rc = take(c, &l, nr);
		if (rc < 0 && !c->bad)
			c->bad = nr;
		n += end ? 1 : 0;
		text += n;
		len -= n;
	}
}

bool ssh_config_doubt(const struct ssh_config *c, const char *file, char *buf, size_t n)
{
	const struct {
		unsigned line;
		const char *why;
	} doubt[] = {
		{ c->proxy, "a proxy is not supported: the server itself is connected to" },
		{ c->match, "Match is not understood: its lines are passed over" },
		{ c->unseen, c->unseen_why },
		{ c->bad, "this line cannot be read" },
		{ c->include, "Include is not followed" },
	};

	for (unsigned i = 0; i < ARRAY_LEN(doubt); i++) {
		if (!doubt[i].line)
			continue;
		(void)str_fmt(buf, n, "%s:%u: %s", file, doubt[i].line, doubt[i].why);
		return true;
	}
	return false;
}
