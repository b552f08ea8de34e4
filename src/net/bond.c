/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: the options of a bond and of a bridge.
 * By the names and values that the kernel's own documentation has: it takes them as text, so it knows them all.
 */
#include "net/link.h"

#include "base/fdio.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

/*
 * Documentation/networking/bonding.rst, v6.1: files of /sys/class/net/NAME/bonding. Those that name a member
 * come after it is one.
 */
static const char *const late[] = { "primary", "active_slave", "queue_id" };

/* Lists: one write of "+VALUE" for each. In our text ';' parts them, as ',' parts the options. */
static const char *const list[] = { "arp_ip_target", "ns_ip6_target" };

static bool one_of(const char *const *v, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i], word) == 0)
			return true;
	return false;
}

static int set_values(const char *path, const char *option, char *value, struct err *e)
{
	char entry[64];
	int rc = 0;

	if (!one_of(list, ARRAY_LEN(list), option))
		return file_put(path, value, e);
	while (rc == 0 && value) {
		char *next = strchr(value, ';');

		if (next)
			*next++ = '\0';
		rc = str_fmt(entry, sizeof(entry), "+%s", value);
		if (rc == 0)
			rc = file_put(path, entry, e);
		value = next;
	}
	return rc;
}

/* "OPTION=VALUE" of NAME, a bond or a bridge as KIND says, cut in place. */
static int set_option(const char *kind, const char *name, char *option, struct err *e)
{
	char path[128], *value = strchr(option, '=');
	int rc;

	if (!value)
		return err_set(e, -EINVAL, "%s %s: option '%s' has no value", kind, name, option);
	*value++ = '\0';
	rc = str_fmt(path, sizeof(path), "/sys/class/net/%s/%s/%s", name,
		     strcmp(kind, "bond") == 0 ? "bonding" : kind, option);
	if (rc)
		return err_set(e, -EINVAL, "%s %s: option '%.40s' is too long", kind, name, option);
	rc = set_values(path, option, value, e);
	return rc ? err_add(e, rc, "%s %s: option %s", kind, name, option) : 0;
}

enum phase {
	FIRST, /* the mode: what else may be set hangs on it */
	EARLY, /* before there are members */
	LATE,  /* what names a member */
	ANY,   /* of a bridge */
};

static enum phase phase_of(const char *option)
{
	char word[32];

	if (str_fmt(word, sizeof(word), "%.*s", (int)strcspn(option, "="), option))
		return EARLY;
	if (strcmp(word, "mode") == 0)
		return FIRST;
	return one_of(late, ARRAY_LEN(late), word) ? LATE : EARLY;
}

static int set_all(const char *kind, const char *name, const char *options, enum phase phase, struct err *e)
{
	char text[LINK_TEXT], *at = text;
	int rc = str_fmt(text, sizeof(text), "%s", options);

	while (rc == 0 && at && *at) {
		char *next = strchr(at, ',');

		if (next)
			*next++ = '\0';
		if (phase == ANY || phase_of(at) == phase)
			rc = set_option(kind, name, at, e);
		at = next;
	}
	return rc;
}

/* True when bond NAME has members: somebody has set it up. */
static bool has_members(const char *name)
{
	char path[96], line[64];

	return str_fmt(path, sizeof(path), "/sys/class/net/%s/bonding/slaves", name) == 0 &&
	       file_line(path, line, sizeof(line), NULL) == 0 && *line;
}

int netif_bond_early(const char *name, const char *options, struct err *e)
{
	int rc;

	if (has_members(name))
		return 0;
	rc = set_all("bond", name, options, FIRST, e);
	return rc ? rc : set_all("bond", name, options, EARLY, e);
}

int netif_bond_late(const char *name, const char *options, struct err *e)
{
	return set_all("bond", name, options, LATE, e);
}

int netif_bridge_set(const char *name, const char *options, struct err *e)
{
	return set_all("bridge", name, options, ANY, e);
}
