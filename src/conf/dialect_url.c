/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: places as SUSE writes them.
 * A directory, or SCHEME://[USER[:PASSWORD]@]HOST[:PORT]/PATH.
 */
#include "base/str.h"
#include "conf/dialect_words.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes %XX of S in place. -EILSEQ: half an escape, or one that no name holds. */
static int decode(const char *from, bool blanks)
{
	char *to = (char *)from;

	for (const char *p = from; *p; p++) {
		int byte = (unsigned char)*p;

		if (*p == '%') {
			int high = hex(p[1]), low = high < 0 ? -1 : hex(p[2]);

			byte = low < 0 ? 0 : high << 4 | low;
			if (byte < ' ' || byte == 0x7f || (byte == ' ' && !blanks))
				return -EILSEQ;
			p += 2;
		}
		*to++ = (char)byte;
	}
	*to = '\0';
	return 0;
}

/* The parts are cut first: a %2F or %40 is part of a name and never cuts one. */
static int decode_all(struct dialect_url *u)
{
	return *u->user && decode(u->user, false)   ? -EILSEQ
	       : *u->host && decode(u->host, false) ? -EILSEQ
	       : *u->path                           ? decode(u->path, true)
						    : 0;
}

/* Cuts the host and its port out of S, which is all of it. */
static int cut_host(struct dialect_url *u, char *s)
{
	char *colon;

	if (*s == '[') {
		char *end = strchr(s, ']');

		if (!end || (end[1] && end[1] != ':'))
			return -EINVAL;
		u->v6 = true;
		u->host = s + 1;
		*end = '\0';
		colon = end[1] ? end + 1 : NULL;
	} else {
		u->host = s;
		colon = strchr(s, ':');
	}
	if (!colon)
		return 0;
	*colon = '\0';
	u->port = colon + 1;
	return u->port[strspn(u->port, "0123456789")] ? -EINVAL : 0;
}

static int cut_authority(struct dialect_url *u, char *s)
{
	char *at = strrchr(s, '@'), *colon;

	if (!at)
		return cut_host(u, s);
	*at = '\0';
	colon = strchr(s, ':');
	if (colon)
		*colon = '\0';
	u->password = colon != NULL;
	u->user = s;
	return cut_host(u, at + 1);
}

static bool is_scheme(const char *s, const char *end)
{
	for (; s < end; s++)
		if (!isalnum((unsigned char)*s))
			return false;
	return true;
}

int dialect_url(struct dialect_url *ret, const char *word)
{
	char *sep, *slash;
	int rc;

	memset(ret, 0, sizeof(*ret));
	ret->scheme = ret->user = ret->host = ret->path = ret->port = "";
	if (str_fmt(ret->text, sizeof(ret->text) - 1, "%s", word))
		return -EINVAL;
	sep = strstr(ret->text, "://");
	if (!sep || !is_scheme(ret->text, sep)) {
		ret->path = ret->text;
		return decode_all(ret);
	}
	*sep = '\0';
	ret->scheme = ret->text;
	sep += 3;
	if (strcmp(ret->scheme, "file") == 0) {
		ret->path = sep;
		return decode_all(ret);
	}
	/* The path keeps its slash: the host moves one byte to the front. */
	slash = strchr(sep, '/');
	if (slash) {
		memmove(sep - 1, sep, (size_t)(slash - sep));
		slash[-1] = '\0';
		ret->path = slash;
		sep--;
	}
	rc = cut_authority(ret, sep);
	if (rc || !*ret->host)
		return rc ? rc : -EINVAL;
	return decode_all(ret);
}
