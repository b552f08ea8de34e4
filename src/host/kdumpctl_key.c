/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the key with which a capture logs in to its server.
 * Made when there is none, brought to the server, and tried.
 */
#include "host/kdumpctl_key.h"

#include "base/fdio.h"
#include "base/str.h"
#include "host/child.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOGIN_LIMIT_MS 300000 /* somebody may be typing a password */

static int run(const char *const *argv, struct err *e)
{
	int rc = child_run(&(struct child_ask){ .argv = argv, .limit_ms = LOGIN_LIMIT_MS, .terminal = true }, e);

	if (rc == -ENOENT)
		return err_set(e, rc, "there is no program %s (package openssh-client or openssh-clients)", argv[0]);
	return rc > 0 ? err_set(e, -EIO, "%s failed, see above", argv[0]) : rc;
}

static int make_key(const struct service *s, const char *key, struct err *e)
{
	const char *const argv[] = { "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "kdump", "-f", key, NULL };
	char dir[HOST_PATH], *slash;
	int rc = str_fmt(dir, sizeof(dir), "%s", key);

	slash = strrchr(dir, '/');
	if (rc || !slash || slash == dir)
		return err_set(e, -EINVAL, "sshkey %s: a whole path is expected", key);
	*slash = '\0';
	rc = dir_make(dir, 0700, e);
	if (rc == 0)
		rc = run(argv, e);
	if (rc == 0)
		host_say(&s->host, HOST_SAY, "made a key: %s", key);
	return rc;
}

static int make_public(const char *key, const char *public, struct err *e)
{
	if (access(public, R_OK) == 0)
		return 0;
	return err_set(e, -ENOENT, "%s is missing: `ssh-keygen -y -f %s >%s` makes it", public, key, public);
}

/* ssh-copy-id keeps its scratch files there and does not make it. */
static int make_home(struct err *e)
{
	const char *home = getenv("HOME");
	char dir[HOST_PATH];
	int rc = str_fmt(dir, sizeof(dir), "%s/.ssh", home && *home ? home : "/root");

	return rc ? err_set(e, rc, "HOME: the path is too long") : dir_make(dir, 0700, e);
}

static int bring(const struct service *s, const struct plan_target *t, const char *key, struct err *e)
{
	char public[HOST_PATH];
	const char *const copy[] = { "ssh-copy-id", "-i", public, t->where, NULL };
	const char *const try[] = { "ssh", "-i", key, "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes",
				    "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=30", t->where, "true",
				    NULL };
	int rc = str_fmt(public, sizeof(public), "%s.pub", key);

	if (rc)
		return err_set(e, rc, "sshkey %s: the path is too long", key);
	rc = make_public(key, public, e);
	if (rc == 0)
		rc = make_home(e);
	if (rc == 0)
		rc = run(copy, e);
	if (rc)
		return rc;
	rc = run(try, e);
	if (rc)
		return err_add(e, rc, "%s does not take the key", t->where);
	host_say(&s->host, HOST_SAY, "%s takes the key %s; `kdumpctl restart` puts it into the image", t->where, key);
	return 0;
}

int service_propagate(struct service *s, struct err *e)
{
	int rc = service_check(s, e), servers = 0;

	if (rc)
		return rc;
	for (unsigned i = 0; rc == 0 && i < s->plan.ntarget; i++) {
		if (s->plan.target[i].kind != TARGET_SSH)
			continue;
		if (servers++ == 0 && access(s->plan.sshkey, R_OK))
			rc = make_key(s, s->plan.sshkey, e);
		if (rc == 0)
			rc = bring(s, &s->plan.target[i], s->plan.sshkey, e);
	}
	if (rc == 0 && !servers)
		return err_set(e, -ENOENT, "%s names no ssh target: there is nobody to bring a key to", s->source.file);
	return rc;
}
