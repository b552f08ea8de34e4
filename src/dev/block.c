/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: block devices by identity.
 * A device is found by what is on it, awaited by the kernel's own events, never by asking again and again.
 */
#include "dev/block.h"

#include "base/str.h"
#include "dev/probe.h"
#include "dev/sysblock.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static const struct {
	const char *prefix;
	enum block_by by;
	bool link; /* a udev link: '\x20' stands for a blank */
} form[] = {
	{ "UUID=", BLOCK_UUID, false },
	{ "LABEL=", BLOCK_LABEL, false },
	{ "PARTUUID=", BLOCK_PARTUUID, false },
	{ "PARTLABEL=", BLOCK_PARTLABEL, false },
	{ "/dev/disk/by-uuid/", BLOCK_UUID, true },
	{ "/dev/disk/by-label/", BLOCK_LABEL, true },
	{ "/dev/disk/by-partuuid/", BLOCK_PARTUUID, true },
	{ "/dev/disk/by-partlabel/", BLOCK_PARTLABEL, true },
};

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

/* '\x2f' -> '/', in place. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] == 'x' && hex(s[2]) >= 0 && hex(s[3]) >= 0) {
			*to++ = (char)(hex(s[2]) * 16 + hex(s[3]));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

static void strip_quotes(char *s)
{
	size_t n = strlen(s);

	if (n < 2 || (s[0] != '"' && s[0] != '\'') || s[n - 1] != s[0])
		return;
	memmove(s, s + 1, n - 2);
	s[n - 2] = '\0';
}

int block_parse(const char *text, struct block_spec *ret, struct err *e)
{
	struct block_spec spec = { .by = BLOCK_PATH };
	const char *value = text;
	bool link = false;

	for (size_t i = 0; i < ARRAY_LEN(form); i++)
		if (str_starts(text, form[i].prefix)) {
			value = text + strlen(form[i].prefix);
			spec.by = form[i].by;
			link = form[i].link;
		}
	if (spec.by == BLOCK_PATH && !str_starts(text, "/dev/"))
		return err_set(e, -EINVAL, "%.100s: not a device: /dev/… UUID= LABEL= PARTUUID= PARTLABEL=",
			       text);
	if (spec.by == BLOCK_PATH && str_starts(text, "/dev/disk/"))
		return err_set(e, -EOPNOTSUPP, "%.100s: a name that only udev gives, use UUID=", text);
	if (str_fmt(spec.value, sizeof(spec.value), "%s", value))
		return err_set(e, -ENAMETOOLONG, "%.100s…: name too long", text);
	strip_quotes(spec.value);
	if (link)
		unescape(spec.value);
	if (!spec.value[0])
		return err_set(e, -EINVAL, "%s: nothing behind the '='", text);
	*ret = spec;
	return 0;
}

static bool by_content(const struct block_spec *spec)
{
	return spec->by == BLOCK_UUID || spec->by == BLOCK_LABEL;
}

static bool has_content(const struct block_spec *spec, const struct probe_fs *fs)
{
	return spec->by == BLOCK_UUID ? strcasecmp(fs->uuid, spec->value) == 0
				      : strcmp(fs->label, spec->value) == 0;
}

/* Does the table of NAME's disk give it the identity? What cannot be read has none. */
static bool has_entry(const char *root, const struct block_spec *spec, const char *name)
{
	struct probe_part part;
	char disk[SYSBLOCK_NAME], node[160];
	unsigned number;

	sysblock_parent(root, name, disk, &number);
	if (!number || sysblock_node(root, disk, node, sizeof(node), NULL) ||
	    probe_part(node, number, &part, NULL))
		return false;
	return spec->by == BLOCK_PARTUUID ? strcasecmp(part.uuid, spec->value) == 0
					  : strcmp(part.name, spec->value) == 0;
}

/* "/dev/NAME" by its sysfs name, "/dev/mapper/NAME" by the name device-mapper gives it. */
static bool has_path(const char *root, const struct block_spec *spec, const char *name)
{
	char text[PATH_MAX];
	const char *want = spec->value + strlen("/dev/");

	if (str_starts(want, "mapper/"))
		return sysblock_attr(root, name, "dm/name", text, sizeof(text)) &&
		       strcmp(text, want + strlen("mapper/")) == 0;
	for (; *name && *want; name++, want++)
		if (*name != *want && !(*name == '!' && *want == '/'))
			return false;
	return *name == *want;
}

/* 0: device NAME is it; 1: it is not. */
static int try_name(const char *root, const struct block_spec *spec, const char *name,
		    struct block_found *ret)
{
	struct block_found found = { .more = 0 };
	struct probe_fs fs;
	uint64_t size;

	if (spec->by == BLOCK_PATH && !has_path(root, spec, name))
		return 1;
	if (!sysblock_usable(root, name, &size))
		return 1;
	if (sysblock_node(root, name, found.path, sizeof(found.path), NULL))
		return 1;
	if (spec->by != BLOCK_PATH && !by_content(spec) && !has_entry(root, spec, name))
		return 1;
	if (probe_fs(found.path, &fs, NULL))
		memset(&fs, 0, sizeof(fs));
	if (by_content(spec) && !has_content(spec, &fs))
		return 1;
	(void)str_fmt(found.fstype, sizeof(found.fstype), "%s", fs.type);
	(void)str_fmt(found.uuid, sizeof(found.uuid), "%s", fs.uuid);
	*ret = found;
	return 0;
}

/* A name that sysfs does not know but somebody made a node or a link for. */
static int try_node(const char *root, const struct block_spec *spec, struct block_found *ret)
{
	struct block_found found = { .more = 0 };
	struct probe_fs fs;
	struct stat st;

	if (str_fmt(found.path, sizeof(found.path), "%s%s", root, spec->value) || stat(found.path, &st) ||
	    !S_ISBLK(st.st_mode) || probe_fs(found.path, &fs, NULL))
		return 1;
	(void)str_fmt(found.fstype, sizeof(found.fstype), "%s", fs.type);
	(void)str_fmt(found.uuid, sizeof(found.uuid), "%s", fs.uuid);
	*ret = found;
	return 0;
}

/* AGAIN is the device as well: RET becomes the better of the two and names the other one. */
static void keep_better(struct block_found *ret, const struct block_found *again, bool better)
{
	const struct block_found *lost = better ? ret : again;
	struct block_found won = better ? *again : *ret;

	if (ret->more == 0 || better)
		(void)str_fmt(won.other, sizeof(won.other), "%s", lost->path);
	won.more = ret->more + 1;
	*ret = won;
}

static int look(const char *root, const struct block_spec *spec, bool fixed, struct block_found *ret, struct err *e)
{
	struct sysblock_names names;
	struct block_found found, again;
	bool have = false, plugged = false;
	int rc = sysblock_names(root, &names, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < names.n; i++) {
		bool stick;

		if (try_name(root, spec, names.name[i], &again))
			continue;
		stick = sysblock_pluggable(root, names.name[i]);
		if (stick && fixed)
			continue;
		if (have)
			keep_better(&found, &again, plugged && !stick);
		else
			found = again;
		plugged = have ? plugged && stick : stick;
		have = true;
	}
	sysblock_free(&names);
	if (!have && (spec->by != BLOCK_PATH || fixed || try_node(root, spec, &found)))
		return 1;
	*ret = found;
	return 0;
}

int block_find(const char *root, const char *text, struct block_found *ret, struct err *e)
{
	const struct block_wait w = { .root = root, .spec = text };

	return block_look(&w, ret, e);
}

int block_look(const struct block_wait *w, struct block_found *ret, struct err *e)
{
	struct block_spec spec;
	int rc = block_parse(w->spec, &spec, e);

	return rc ? rc : look(w->root, &spec, w->fixed, ret, e);
}

bool block_fixed(const char *options)
{
	const char *s = options ? options : "";

	while (*s) {
		size_t n = strcspn(s, " \t");

		if (n == strlen("fixed") && strncmp(s, "fixed", n) == 0)
			return true;
		s += n;
		s += strspn(s, " \t");
	}
	return false;
}

static size_t describe(const char *root, const char *name, char *buf, size_t n)
{
	struct probe_fs fs = { .type = "" };
	char path[160], amount[32], safe[72];
	uint64_t size;

	if (!sysblock_usable(root, name, &size))
		return 0;
	if (sysblock_node(root, name, path, sizeof(path), NULL) || probe_fs(path, &fs, NULL))
		(void)str_fmt(fs.type, sizeof(fs.type), "unreadable");
	str_safe(safe, sizeof(safe), fs.uuid);
	(void)str_fmt(buf, n, "%s %s %s%s%s", name, str_size(amount, sizeof(amount), size),
		      *fs.type ? fs.type : "-", *safe ? " UUID=" : "", safe);
	return strlen(buf);
}

char *block_list(const char *root, const char *sep, char *buf, size_t n)
{
	struct sysblock_names names;
	size_t used = 0, room = strlen(sep);

	(void)str_fmt(buf, n, "none");
	if (sysblock_names(root, &names, NULL))
		return buf;
	for (size_t i = 0; i < names.n && used + room + 1 < n; i++) {
		size_t at = used ? used + room : 0, len;

		len = describe(root, names.name[i], buf + at, n - at);
		if (!len)
			continue;
		if (used)
			memcpy(buf + used, sep, room);
		used = at + len;
	}
	if (used)
		buf[used] = '\0';
	sysblock_free(&names);
	return buf;
}
