/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: targets.
 * Each line is one target; several are tried in file order.
 */
#include "base/str.h"
#include "conf/ctx.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static const char *const kind_name[] = {
	[TARGET_FS] = "fs",
	[TARGET_RAW] = "raw",
	[TARGET_NFS] = "nfs",
	[TARGET_SSH] = "ssh",
};

static const char *const tag[] = { "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=" };

const char *conf_target_name(enum plan_target_kind k)
{
	return kind_name[k];
}

int conf_add_target(struct conf_ctx *c, const struct plan_target *t)
{
	struct plan *p = c->plan;

	for (unsigned i = 0; i < p->ntarget; i++)
		if (p->target[i].kind == t->kind && strcmp(p->target[i].where, t->where) == 0)
			return conf_refuse(c, "target '%.60s' is already given on line %u",
					   t->where, p->target[i].line);
	if (p->ntarget == PLAN_TARGETS)
		return conf_refuse(c, "more than %u targets", PLAN_TARGETS);
	if (p->ntarget > 0)
		conf_note(c,
			  "target %u: tried when those before it failed; Fedora and RHEL take one "
			  "target only",
			  p->ntarget + 1);
	if (t->fstype && strcmp(t->fstype, "vfat") == 0)
		conf_warn(
			c,
			"vfat holds no file of 4 GiB or more: a larger vmcore will be incomplete");
	p->target[p->ntarget] = *t;
	p->target[p->ntarget++].line = c->line;
	return 0;
}

/* Removes every double quote of S in place: UUID="..." */
static void unquote(char *s)
{
	char *to = s;

	for (; *s; s++)
		if (*s != '"')
			*to++ = *s;
	*to = '\0';
}

/* 8-4-4-4-12 hexadecimal digits, what blkid prints for most file systems. */
static bool is_uuid(const char *s)
{
	if (strlen(s) != 36)
		return false;
	for (unsigned i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s[i] != '-' : !isxdigit((unsigned char)s[i]))
			return false;
	}
	return true;
}

static bool has_tag(const char *where)
{
	for (unsigned i = 0; i < ARRAY_LEN(tag); i++)
		if (str_starts(where, tag[i]))
			return where[strlen(tag[i])] != '\0';
	return false;
}

int conf_check_device(struct conf_ctx *c, const char *name, const char *where)
{
	if (has_tag(where) || (str_starts(where, "/dev/") && where[5]))
		return 0;
	return conf_refuse(
		c,
		"'%s %.60s': expected /dev/..., UUID=..., LABEL=..., PARTUUID=... or PARTLABEL=...",
		name, where);
}

int conf_target_more(struct conf_ctx *c, const struct conf_key *k, const char *where, const char *word)
{
	bool option = strchr(word, '=') || strchr(word, ',');

	if (k->take == take_ssh && (*where == '-' || *word == '-'))
		return conf_refuse(c, "'%s' takes no options: a port, a user or a jump host of ssh is a line of "
				      "/root/.ssh/config, see ssh_config(5)",
				   k->name);
	if (k->take != take_nfs && k->take != take_fs)
		return 0;
	if (option)
		return conf_refuse(c,
				   "'%s' takes no mount options: write 'dracut_args --mount \"%.60s /mnt %s %.40s\"'",
				   k->name, where, k->take == take_nfs ? "nfs" : k->name, word);
	if (*word == '/')
		return conf_refuse(c,
				   "'%s' takes no mount point, found '%.60s': remove it; the directory is the line "
				   "'path'",
				   k->name, word);
	return 0;
}

int take_fs(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	struct plan_target t = { .kind = TARGET_FS, .fstype = k->name, .where = l->value };

	unquote(l->value);
	if (is_uuid(l->value)) {
		t.where = conf_dup(c, "UUID=", l->value, strlen(l->value));
		conf_warn(c, "'%s %s': taken as '%s %s'", k->name, l->value, k->name, t.where);
	}
	if (strcmp(k->name, "virtiofs") != 0 && conf_check_device(c, k->name, t.where))
		return -EINVAL;
	if (strcmp(k->name, "virtiofs") == 0 && (str_starts(t.where, "/dev/") || has_tag(t.where)))
		conf_warn(c, "'%s %.60s': taken as the tag of a shared directory, which no device is", k->name,
			  t.where);
	return conf_add_target(c, &t);
}

int take_raw(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	struct plan_target t = { .kind = TARGET_RAW, .where = l->value };

	unquote(l->value);
	if (str_starts(l->value, "UUID=") || str_starts(l->value, "LABEL="))
		return conf_refuse(
			c,
			"'raw %.60s': a raw partition has no file system that bears this name, "
			"expected /dev/..., PARTUUID=... or PARTLABEL=...",
			l->value);
	if (conf_check_device(c, k->name, l->value))
		return -EINVAL;
	return conf_add_target(c, &t);
}

/* An IPv6 address: two colons or more, hexadecimal digits, maybe %INTERFACE. */
static bool is_v6(const char *s, size_t n)
{
	unsigned colons = 0;
	size_t i = 0;

	for (; i < n && (isxdigit((unsigned char)s[i]) || s[i] == ':' || s[i] == '.'); i++)
		colons += s[i] == ':';
	return colons >= 2 && (i == n || s[i] == '%');
}

static bool is_host(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && (isalnum((unsigned char)s[i]) || strchr("._-", s[i])))
		i++;
	return n > 0 && i == n && s[0] != '-' && s[0] != '.';
}

/* "host:2049:/export": the line that is meant. */
static int check_port(struct conf_ctx *c, const char *name, const char *where, size_t n, const char *slash)
{
	size_t digits = 0;

	while (digits < n && isdigit((unsigned char)where[n - 1 - digits]))
		digits++;
	if (!digits || digits + 1 >= n || where[n - 1 - digits] != ':')
		return 0;
	n -= digits + 1;
	if (!is_host(where, n) && !(where[0] == '[' && where[n - 1] == ']'))
		return 0;
	return conf_refuse(c,
			   "'%s %.60s': no port is taken here: write 'dracut_args --mount \"%.*s%.60s /mnt nfs "
			   "port=%.*s\"'",
			   name, where, (int)n, where, slash, (int)digits, where + n + 1);
}

/* What is no export but a URL, or an export with mount options: refused with the line that is meant. */
static int check_spelling(struct conf_ctx *c, const char *name, const char *where)
{
	const char *url = strstr(where, "://"), *comma = strchr(where, ','), *rest;
	size_t n;

	if (url) {
		rest = url + 3;
		n = strcspn(rest, "/");
		return conf_refuse(c, "'%s %.60s': a URL is not taken here: write '%s %.*s%s%.60s'", name, where, name,
				   (int)n, rest, n && rest[n - 1] == ':' ? "" : ":", rest[n] ? rest + n : "/EXPORT");
	}
	if (!comma || !strchr(comma, '='))
		return 0;
	return conf_refuse(c,
			   "'%s %.60s': mount options are not part of the export: write '%s %.*s', or "
			   "'dracut_args --mount \"%.*s /mnt nfs %.40s\"'",
			   name, where, name, (int)(comma - where), where, (int)(comma - where), where, comma + 1);
}

int conf_check_export(struct conf_ctx *c, const char *name, const char *where)
{
	const char *host = where, *slash = strstr(where, ":/");
	size_t n = slash ? (size_t)(slash - where) : 0;
	bool ok;

	if (check_spelling(c, name, where) || check_port(c, name, where, n, slash))
		return -EINVAL;
	if (*where == '[' && n >= 2 && where[n - 1] == ']')
		ok = is_v6(host + 1, n - 2);
	else if (n && is_v6(host, n))
		return conf_refuse(c, "'%s %.60s': write an IPv6 address in brackets: [%.*s]%.40s",
				   name, where, (int)n, host, slash);
	else
		ok = n && is_host(host, n);
	if (ok)
		return 0;
	return conf_refuse(c, "'%s %.60s': expected HOST:/EXPORT", name, where);
}

int take_nfs(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	struct plan_target t = { .kind = TARGET_NFS, .fstype = k->name, .where = l->value };

	if (conf_check_export(c, "nfs", l->value)) /* nfs4 is an old form */
		return -EINVAL;
	return conf_add_target(c, &t);
}

/* "ssh://root@host:22/dir": the lines that are meant. */
static int refuse_ssh_url(struct conf_ctx *c, const char *name, const char *value)
{
	const char *rest = strstr(value, "://") + 3, *dir = strchr(rest, '/');
	size_t n = strcspn(rest, ":/[");

	if (!memchr(rest, '@', n) || rest[n] == '[')
		return conf_refuse(c, "'%s': a URL is not taken here, expected USER@HOST", name);
	return conf_refuse(c, "'%s %.60s': a URL is not taken here: write '%s %.*s'%s%.60s%s", name, value, name,
			   (int)n, rest, dir ? " and 'path " : "", dir ? dir : "", dir ? "'" : "");
}

static int refuse_ssh(struct conf_ctx *c, const char *name, const char *value, const char *host)
{
	const char *colon = memchr(value, ':', (size_t)(host - value));
	size_t n = strcspn(host, ":");

	if (strstr(value, "://"))
		return refuse_ssh_url(c, name, value);
	if (colon)
		return conf_refuse(c,
				   "'%s %.*s:...': no password is taken here, the key that 'sshkey' names logs in: "
				   "write '%s %.*s@%.60s'",
				   name, (int)(colon - value), value, name, (int)(colon - value), value, host);
	if (*host == '[')
		return conf_refuse(c, "'%s %.60s': write an IPv6 address without brackets", name,
				   value);
	if (host[n] == ':' && is_host(host, n) && (host[n + 1] == '/' || host[n + 1] == '~'))
		return conf_refuse(
			c,
			"'%s %.60s': the directory is a line of its own: '%s %.*s' and 'path %s'",
			name, value, name, (int)((size_t)(host - value) + n), value, host + n + 1);
	if (host[n] == ':' && is_host(host, n))
		return conf_refuse(c, "'%s %.60s': no port is taken here, expected USER@HOST; a port is a line of "
				      "/root/.ssh/config, see ssh_config(5)",
				   name, value);
	return conf_refuse(c, "'%s %.60s': expected USER@HOST", name, value);
}

int take_ssh(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	struct plan_target t = { .kind = TARGET_SSH, .where = l->value };
	const char *at = strchr(l->value, '@'), *host = at ? at + 1 : l->value;
	size_t n = strlen(host);

	if (!at && is_host(host, n))
		return conf_refuse(c, "'%s %.60s': the user is missing, expected USER@HOST",
				   k->name, l->value);
	if (!at || !is_host(l->value, (size_t)(at - l->value)) ||
	    !(is_host(host, n) || is_v6(host, n)))
		return refuse_ssh(c, k->name, l->value, host);
	return conf_add_target(c, &t);
}

/* RHEL5 and RHEL6: an '@' makes it ssh, anything else is NFS. */
int take_net(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l)
{
	const char *now = strchr(l->value, '@') ? "ssh" : "nfs";
	int rc;

	rc = *now == 's' ? take_ssh(c, k, l) : take_nfs(c, conf_key("nfs"), l);
	if (rc == 0)
		conf_warn(c, "'net' is an old form: write '%s %.60s'", now, l->value);
	return rc;
}
