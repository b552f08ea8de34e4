/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: mount options of NFS.
 * Every option is obeyed, harmless here, or refused by its name; none is swallowed. Names from nfs(5).
 */
#include "sink/net_nfs.h"

#include "base/str.h"

#include <errno.h>
#include <string.h>

#define OPTION_MAX 128

enum take {
	PASS,   /* changes nothing for one writer that stays for minutes */
	KERNEL, /* only the kernel's client can */
	VERS,
	MINOR,
	PORT,
	MOUNTPORT,
	WSIZE,
	TIMEO,
	RETRANS,
	PROTO,
	SEC,
	XPRTSEC,
	READ_ONLY,
};

static const struct nfs_word {
	const char *name;
	enum take take;
} word[] = {
	{ "vers", VERS },
	{ "nfsvers", VERS },
	{ "minorversion", MINOR },
	{ "port", PORT },
	{ "mountport", MOUNTPORT },
	{ "wsize", WSIZE },
	{ "timeo", TIMEO },
	{ "retrans", RETRANS },
	{ "proto", PROTO },
	{ "mountproto", PROTO },
	{ "sec", SEC },
	{ "xprtsec", XPRTSEC },
	{ "ro", READ_ONLY },
	{ "rdma", KERNEL },
	{ "udp", KERNEL },
	{ "mounthost", KERNEL },
	{ "mountaddr", KERNEL },
	{ "migration", KERNEL },
};

/* Words whose whole effect is on caches, locks, retries of mount(8) or the running system. */
static const char *const passed[] = {
	"rw", "defaults", "soft", "hard", "softerr", "softreval", "nosoftreval", "bg", "fg", "intr", "nointr", "lock",
	"nolock", "ac", "noac", "cto", "nocto", "acl", "noacl", "rdirplus", "nordirplus", "sharecache",
	"nosharecache", "resvport", "noresvport", "retry", "rsize", "actimeo", "acregmin", "acregmax", "acdirmin",
	"acdirmax", "lookupcache", "local_lock", "namlen", "mountvers", "clientaddr", "nconnect", "max_connect",
	"trunkdiscovery", "notrunkdiscovery", "fsc", "nofsc", "tcp", "nomigration", "_netdev", "auto", "noauto",
	"nofail",
	"user", "users", "nouser", "owner", "group", "noatime", "atime", "relatime", "norelatime", "strictatime",
	"diratime", "nodiratime", "lazytime", "nolazytime", "dev", "nodev", "suid", "nosuid", "exec", "noexec", "async",
	"sync", "dirsync", "context", "fscontext", "defcontext", "rootcontext", "posix", "noposix", "write"
};

struct reading {
	struct nfs_options o;
	uint64_t timeo, retrans; /* tenths of a second; times */
	bool waits;              /* one of them was said */
	unsigned minor;
};

static int no_kernel(const char *name, const char *value, struct err *e)
{
	/* A ticket to be renewed, a TLS handshake: rpc.gssd(8), tlshd(8). */
	bool daemon = str_ends(name, "sec");

	return err_set(e, -ENOTSUP, "mount option %s%s%s: only the kernel's NFS client can do that%s", name,
		       value ? "=" : "", value ? value : "",
		       daemon ? ", with a program that no capture kernel has" : " (--with-kernel-nfs)");
}

static int bad_value(const char *name, const char *value, struct err *e)
{
	return err_set(e, -EINVAL, "mount option %s: '%s' is no value for it", name, value ? value : "");
}

static int take_number(const char *name, const char *value, uint64_t min, uint64_t max, uint64_t *ret, struct err *e)
{
	uint64_t n;

	if (!value || str_u64(value, max, &n) || n < min)
		return bad_value(name, value, e);
	*ret = n;
	return 0;
}

/* "3", "4", "4.0", "4.1", "4.2". */
static int take_vers(struct reading *r, const char *name, const char *value, struct err *e)
{
	if (!value)
		return bad_value(name, value, e);
	if (strcmp(value, "2") == 0)
		return err_set(e, -ENOTSUP, "mount option %s=2: NFS version 2 is gone; 3 and 4 are spoken", name);
	if (strcmp(value, "3") == 0) {
		r->o.vers = 3;
		return 0;
	}
	if (*value != '4' || (value[1] && (value[1] != '.' || value[2] < '0' || value[2] > '2' || value[3])))
		return bad_value(name, value, e);
	r->o.vers = 4;
	r->minor = value[1] ? (unsigned)(value[2] - '0') : 0;
	return 0;
}

static int take_proto(const char *name, const char *value, struct err *e)
{
	if (!value)
		return bad_value(name, value, e);
	if (strcmp(value, "tcp") == 0 || strcmp(value, "tcp6") == 0)
		return 0;
	if (strcmp(name, "mountproto") == 0 && str_starts(value, "udp"))
		return 0; /* mountd answers over TCP as well */
	return no_kernel(name, value, e);
}

/* A list of flavours with colons: one of them has to be ours. */
static int take_sec(const char *name, const char *value, struct err *e)
{
	for (const char *s = value; s && *s; s += strcspn(s, ":"), s += *s == ':')
		if (strcspn(s, ":") == 3 && strncmp(s, "sys", 3) == 0)
			return 0;
	return value && *value ? no_kernel(name, value, e) : bad_value(name, value, e);
}

static int take_word(struct reading *r, enum take take, const char *name, const char *value, struct err *e)
{
	uint64_t n = 0;
	int rc;

	switch (take) {
	case VERS: return take_vers(r, name, value, e);
	case PROTO: return take_proto(name, value, e);
	case SEC: return take_sec(name, value, e);
	case XPRTSEC: return value && strcmp(value, "none") == 0 ? 0 : no_kernel(name, value, e);
	case KERNEL: return no_kernel(name, value, e);
	case READ_ONLY: return err_set(e, -EINVAL, "mount option ro: nothing could be written");
	case PASS: return 0;
	case MINOR:
		rc = take_number(name, value, 0, 2, &n, e);
		r->o.vers = 4;
		r->minor = (unsigned)n;
		return rc;
	case PORT:
		rc = take_number(name, value, 0, 65535, &n, e);
		r->o.port = (unsigned)n;
		return rc;
	case MOUNTPORT:
		rc = take_number(name, value, 0, 65535, &n, e);
		r->o.mountport = (unsigned)n;
		return rc;
	case WSIZE:
		rc = take_number(name, value, 1024, UINT32_MAX, &n, e);
		r->o.wsize = n < NFS_BLOCK_MAX ? (unsigned)n : NFS_BLOCK_MAX;
		return rc;
	case TIMEO:
		r->waits = true;
		return take_number(name, value, 1, 36000, &r->timeo, e);
	case RETRANS:
		r->waits = true;
		return take_number(name, value, 0, 1000, &r->retrans, e);
	}
	return 0;
}

/* "v3", "v4", "v4.1": as mount.nfs(8) takes them too. */
static bool is_short_vers(const char *name)
{
	return name[0] == 'v' && (name[1] == '3' || name[1] == '4') && (!name[2] || name[2] == '.');
}

static int take_option(struct reading *r, char *name, struct err *e)
{
	char *value = strchr(name, '=');

	if (value)
		*value++ = '\0';
	for (unsigned i = 0; i < ARRAY_LEN(word); i++)
		if (strcmp(word[i].name, name) == 0)
			return take_word(r, word[i].take, name, value, e);
	for (unsigned i = 0; i < ARRAY_LEN(passed); i++)
		if (strcmp(passed[i], name) == 0)
			return 0;
	if (str_starts(name, "x-") || str_starts(name, "comment"))
		return 0;
	if (is_short_vers(name) && !value)
		return take_vers(r, name, name + 1, e);
	return err_set(e, -EINVAL, "mount option %s: NFS has no such option", name);
}

int nfs_options_parse(struct nfs_options *o, const char *text, struct err *e)
{
	struct reading r = { .timeo = 600, .retrans = 2 };
	char one[OPTION_MAX];

	for (const char *s = text ? text : ""; *s; s += strcspn(s, ","), s += *s == ',') {
		int n = (int)strcspn(s, ","), rc;

		if (n == 0)
			continue;
		if (str_fmt(one, sizeof(one), "%.*s", n, s))
			return err_set(e, -EINVAL, "mount option of %d bytes: too long", n);
		rc = take_option(&r, one, e);
		if (rc)
			return rc;
	}
	if (r.minor)
		(void)str_fmt(r.o.note, sizeof(r.o.note), "NFS 4.%u was asked for, 4.0 is spoken", r.minor);
	if (r.waits)
		r.o.stall_ms = (int64_t)(r.timeo * 100 * (r.retrans + 1));
	*o = r.o;
	return 0;
}
