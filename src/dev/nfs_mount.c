/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: an NFS export, mounted by the kernel's own client.
 * What mount.nfs(8) works out for the kernel is worked out here: addresses, the version, no locks.
 */
#include "dev/nfs_mount.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Words that the kernel does not take or that this machine knows better; a '=' at the end takes any value. */
static const char *const dropped[] = { "bg", "fg", "retry=", "addr=", "clientaddr=", "mountaddr=", "namlen=" };

/* True when WORD is one of the words of the list in data. */
static bool has_word(const char *data, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = data; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (strncmp(p, word, n) == 0 && (word[n - 1] == '=' || !p[n] || p[n] == ','))
			return true;
	}
	return false;
}

static bool names_version(const char *data)
{
	static const char *const word[] = { "vers=", "nfsvers=", "v3", "v4", "v4.0", "v4.1", "v4.2", "minorversion=" };

	for (unsigned i = 0; i < ARRAY_LEN(word); i++)
		if (has_word(data, word[i]))
			return true;
	return false;
}

static int add(struct mount_options *o, const char *fmt, const char *value)
{
	size_t n = strlen(o->data);

	if (n && str_fmt(o->data + n, sizeof(o->data) - n, ","))
		return -E2BIG;
	n = strlen(o->data);
	return str_fmt(o->data + n, sizeof(o->data) - n, fmt, value) ? -E2BIG : 0;
}

/* One word of the options. The kernel compares the family of the address with that of the transport. */
static int add_word(struct mount_options *o, const char *word, bool v6)
{
	const char *value = strchr(word, '=');

	for (unsigned i = 0; i < ARRAY_LEN(dropped); i++) {
		const char *d = dropped[i];

		if (d[strlen(d) - 1] == '=' ? str_starts(word, d) : strcmp(word, d) == 0)
			return 0;
	}
	if (v6 && (str_starts(word, "proto=") || str_starts(word, "mountproto=")) && !str_ends(value, "6")) {
		int rc = add(o, "%s", word);

		return rc || str_fmt(o->data + strlen(o->data), 2, "6") ? -E2BIG : 0;
	}
	return add(o, "%s", word);
}

int nfs_mount_data(const char *options, const char *addr, const char *vers, struct mount_options *ret, struct err *e)
{
	struct mount_options given, o = { .flags = 0 };
	bool v6 = strchr(addr, ':');
	char *rest, *word;
	int rc = mount_options(options, &given, e);

	if (rc)
		return rc;
	o.flags = given.flags;
	if (!names_version(given.data))
		rc = add(&o, "vers=%s", vers);
	rest = given.data;
	while (rc == 0 && (word = strsep(&rest, ",")))
		rc = *word ? add_word(&o, word, v6) : 0;
	/* A lock manager is a program of its own, and nobody shares the files of a dump. */
	if (rc == 0 && (has_word(o.data, "vers=3") || has_word(o.data, "nfsvers=3") || has_word(o.data, "v3")) &&
	    !has_word(o.data, "nolock") && !has_word(o.data, "lock") && !has_word(o.data, "local_lock="))
		rc = add(&o, "%s", "nolock");
	if (rc == 0 && !has_word(o.data, "hard") && !has_word(o.data, "soft") && !has_word(o.data, "softerr"))
		rc = add(&o, "%s", "soft");
	if (rc == 0)
		rc = add(&o, "addr=%s", addr);
	if (rc)
		return err_set(e, -E2BIG, "mount options: more than %d bytes", MOUNT_DATA_MAX);
	*ret = o;
	return 0;
}

/* To a server two machines that crashed would be one client that started anew: fs/nfs/nfs4client.c v6.1. */
static void take_name(void)
{
	char name[32];
	struct utsname u;
	uint32_t r = 0;

	if (uname(&u) || (u.nodename[0] && strcmp(u.nodename, "(none)") != 0))
		return;
	if (getrandom(&r, sizeof(r), GRND_NONBLOCK) != sizeof(r))
		r = (uint32_t)clock_us();
	(void)str_fmt(name, sizeof(name), "crashbox-%08x", r ^ (uint32_t)clock_us());
	(void)!sethostname(name, strlen(name));
}

/* Another version of the protocol helps against no answer as little as another try. */
static bool is_about_version(int cause)
{
	return cause != ETIMEDOUT && cause != EHOSTUNREACH && cause != ENETUNREACH && cause != EACCES &&
	       cause != ENODEV && cause != ECONNRESET;
}

/* errno of mounting from one address, every version; 0: it is mounted. */
static int mount_from(const char *where, const char *options, const char *addr, const char *dir, struct err *e)
{
	static const char *const vers[] = { "4.2", "4.1", "4.0", "3" };
	struct mount_options o;
	int rc = -EINVAL;

	for (unsigned i = 0; i < ARRAY_LEN(vers); i++) {
		rc = nfs_mount_data(options, addr, vers[i], &o, e);
		if (rc)
			return rc;
		if (mount(where, dir, "nfs", o.flags, o.data) == 0)
			return 0;
		if (errno == ENODEV)
			rc = err_set(e, -ENODEV, "this kernel has no NFS client: module nfs not in the image?");
		else
			rc = err_sys(e, "%s", o.data);
		if (!is_about_version(-rc) || (options && names_version(options)))
			break;
	}
	return rc;
}

int nfs_mount(const char *where, const char *options, const char *addrs, const char *dir, struct err *e)
{
	char list[512], *cursor = list, *addr;
	int rc = dir_make(dir, 0755, e);

	if (rc)
		return rc;
	take_name();
	(void)str_fmt(list, sizeof(list), "%s", addrs);
	rc = err_set(e, -EADDRNOTAVAIL, "the server has no address");
	while (rc && (addr = str_word(&cursor)))
		rc = mount_from(where, options, addr, dir, e);
	return rc ? err_add(e, rc, "mount nfs %s", where) : 0;
}
