/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the sink of the target that was reached.
 * A directory of a mounted file system, of an NFS server or of an ssh server: the steps that save see no difference.
 */
#include "run/target_sink.h"

#include "base/fdio.h"
#include "base/str.h"
#include "dump/raw_guard.h"
#include "sink/sink_file.h"
#include "sink/sink_flat.h"
#include "sink/sink_raw.h"
#include "version.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#if CRASHBOX_NET
#include "conf/known_hosts.h"
#include "conf/recipe.h"
#include "net/addr.h"
#include "run/network.h"
#include "sink/net_nfs.h"
#include "sink/net_ssh.h"
#endif

#define KNOWN_HOSTS "/etc/crashbox/ssh/known_hosts"
#define SELF_SUM    "/etc/crashbox/self" /* by the image builder, of the program below */
#define SELF        "/bin/crashbox"
#define KNOWN_MAX   ((size_t)1 << 20)

struct target {
	struct sink *sink;
	char dir[512];
#if CRASHBOX_NET
	struct sockaddr_storage addr[NETWORK_ADDRESSES];
	unsigned naddr;
	char where[512]; /* cut into user, host and export */
	struct recipe_ssh how;
	struct known_hosts known;
	char *known_text;
	char hostkeys[256];
	char key[256];
	struct ssh_target ssh;
	struct nfs_target nfs;
#endif
	bool trial;        /* the server is tried, nothing is opened */
	const char *files; /* in front of the paths of keys and known_hosts */
};

const char *target_client(const struct run *r)
{
	const char *client = report_get(&r->rep, "client");

	bool disk = (r->at.kind == TARGET_FS && !r->at.step) || r->at.kind == TARGET_RAW;

	return disk || !*client ? "127.0.0.1" : client;
}

#if CRASHBOX_NET
static void read_addresses(struct target *t, const struct run *r)
{
	char list[NETWORK_ADDRESSES * 64], *cursor = list, *word;

	(void)str_fmt(list, sizeof(list), "%s", report_get(&r->rep, "server"));
	while (t->naddr < NETWORK_ADDRESSES && (word = str_word(&cursor))) {
		struct link_addr a;
		char *percent = strchr(word, '%');
		uint64_t scope = 0;
		unsigned none;

		if (percent) {
			*percent = '\0';
			if (str_u64(percent + 1, UINT32_MAX, &scope))
				continue;
		}
		if (netaddr_parse(word, &a, &none) == 0)
			(void)netaddr_socket(&a, (unsigned)scope, 0, &t->addr[t->naddr++]);
	}
}

/* The sink's own timeout comes before that of the step, so that it can say more. */
static int64_t stall_ms(const struct run *r)
{
	unsigned s = r->args.stall_timeout_s;

	return s > 10 ? (int64_t)(s - 5) * 1000 : (int64_t)s * 1000;
}

static int open_nfs(struct target *t, const struct run *r, bool fresh, struct err *e)
{
	char *host = t->where, *export = strstr(t->where, ":/");
	struct nfs_target *to = &t->nfs;
	int rc;

	if (!export)
		return err_set(e, -EINVAL, "nfs %s: expected HOST:/EXPORT", t->where);
	*export ++ = '\0';
	if (*host == '[') {
		host++;
		host[strcspn(host, "]")] = '\0';
	}
	*to = (struct nfs_target){
		.host = host,
		.addr = t->addr,
		.naddr = t->naddr,
		.export = export,
		.dir = t->dir,
		.fresh = fresh,
		.connect_ms = (int64_t)r->args.connect_timeout_s * 1000,
		.stall_ms = stall_ms(r),
	};
	rc = nfs_options_parse(&to->opt, r->at.options, e);
	if (rc)
		return rc;
	return t->trial ? sink_nfs_try(to, e) : sink_nfs_open(&t->sink, to, e);
}

static int read_known(struct target *t, struct err *e)
{
	char path[256];
	int rc = str_fmt(path, sizeof(path), "%s" KNOWN_HOSTS, t->files);

	if (rc == 0)
		rc = file_read(path, KNOWN_MAX, &t->known_text, &t->known.len[0], e);
	if (rc)
		return rc;
	t->known.text[0] = t->known_text;
	t->known.n = 1;
	rc = known_hosts_algorithms(&t->known, t->hostkeys, sizeof(t->hostkeys));
	return rc ? err_set(e, rc, "%s: too many kinds of keys", KNOWN_HOSTS) : 0;
}

static int open_ssh(struct target *t, const struct run *r, bool fresh, struct err *e)
{
	char *at = strchr(t->where, '@');
	struct ssh_target *to = &t->ssh;
	int rc = r->at.step ? recipe_ssh(r->at.step, &t->how, e) : 0;

	if (rc == 0 && !at)
		rc = err_set(e, -EINVAL, "ssh %s: expected USER@HOST", t->where);
	if (rc == 0)
		rc = str_fmt(t->key, sizeof(t->key), "%s%s", t->files, t->how.key[0] ? t->how.key : r->plan.sshkey);
	if (rc)
		return rc;
	*at++ = '\0';
	*to = (struct ssh_target){
		.host = t->how.server[0] ? t->how.server : at,
		.user = t->where,
		.port = t->how.port,
		.addr = t->addr,
		.naddr = t->naddr,
		.key = { t->key },
		.nkey = 1,
		.dir = t->dir,
		.fresh = fresh,
		.connect_ms = (int64_t)r->args.connect_timeout_s * 1000,
		.stall_ms = stall_ms(r),
		.trust = known_hosts_trust,
		.trust_arg = &t->known,
		.hostkeys = t->hostkeys,
	};
	/* An alias stands for the name and the port. */
	t->known.name = t->how.alias[0] ? t->how.alias : to->host;
	t->known.port = t->how.alias[0] ? 0 : to->port;
	rc = read_known(t, e);
	if (rc)
		return rc;
	return t->trial ? sink_ssh_try(to, e) : sink_ssh_open(&t->sink, to, e);
}

static int open_remote(struct target *t, const struct run *r, bool fresh, struct err *e)
{
	read_addresses(t, r);
	if (str_fmt(t->where, sizeof(t->where), "%s", r->at.where))
		return err_set(e, -ENAMETOOLONG, "%.60s: the name is too long", r->at.where);
	return r->at.kind == TARGET_NFS ? open_nfs(t, r, fresh, e) : open_ssh(t, r, fresh, e);
}

static void free_remote(struct target *t)
{
	free(t->known_text);
}
#else
static int open_remote(struct target *t, const struct run *r, bool fresh, struct err *e)
{
	(void)t;
	(void)fresh;
	return err_set(e, -EOPNOTSUPP, "%s: this build has no networking", r->at.where);
}

static void free_remote(struct target *t)
{
	(void)t;
}
#endif

/* vfat takes no ':' in names; the date keeps its shape with '-' there. */
static int open_local(struct target *t, const struct run *r, bool fresh, struct err *e)
{
	const char *root = r->mounted && str_starts(t->dir, r->mounted) ? r->mounted : "";
	char *dir = t->dir + strlen(root);
	int how = SINK_FILE_ALONE | (fresh ? SINK_FILE_FRESH : 0);
	int rc = sink_file_open_below(&t->sink, root, dir, how, e);

	if (rc == -EINVAL && fresh && strchr(dir, ':')) {
		for (char *p = dir; (p = strchr(p, ':'));)
			*p = '-';
		rc = sink_file_open_below(&t->sink, root, dir, how, e);
	}
	if (rc == 0)
		(void)str_fmt(t->dir, sizeof(t->dir), "%s", t->sink->dir);
	return rc;
}

/* Nothing is written over by a program that damaged memory has changed. */
static int open_raw(struct target *t, const struct run *r, bool fresh, struct err *e)
{
	const char *slash = strrchr(t->dir, '/'), *name = slash ? slash + 1 : t->dir;
	uint64_t crash_time = 0;
	struct raw_dev *d = NULL;
	int rc = raw_guard_self(SELF_SUM, SELF, e);

	if (rc >= 0)
		rc = raw_guard_open(&d, r->at.where, e);
	if (rc)
		return rc;
	if (str_u64(report_get(&r->rep, "crash_time"), INT64_MAX, &crash_time))
		crash_time = 0;
	rc = sink_raw_open(&t->sink, d, name, (int64_t)crash_time, fresh, e);
	if (rc == 0)
		(void)str_fmt(t->sink->dir, sizeof(t->sink->dir), "raw %s, for %.*s%s", r->at.where,
			      (int)(name - t->dir),
			      t->dir, sink_raw_name(t->sink));
	return rc;
}

/* What the sink put behind DIR to make it new. */
static void take_number(struct target *t)
{
	const char *seen = NULL, *at = t->sink->dir;
	size_t n = strlen(t->dir);

	while ((at = strstr(at, t->dir)))
		seen = at++;
	if (seen && seen[n] == '.')
		(void)str_fmt(t->dir + n, sizeof(t->dir) - n, "%s", seen + n);
}

int target_open(struct target **ret, const struct run *r, const char *dir, bool fresh, struct err *e)
{
	struct target *t = calloc(1, sizeof(*t));
	int rc;

	if (!t)
		return err_set(e, -ENOMEM, "target: no memory");
	t->files = "";
	rc = str_fmt(t->dir, sizeof(t->dir), "%s", dir);
	if (rc)
		rc = err_set(e, rc, "target: the path is too long");
	else if (r->at.kind == TARGET_FS)
		rc = open_local(t, r, fresh, e);
	else if (r->at.kind == TARGET_RAW)
		rc = open_raw(t, r, fresh, e);
	else
		rc = open_remote(t, r, fresh, e);
	if (rc) {
		target_free(t);
		return rc;
	}
	take_number(t);
	*ret = t;
	return 0;
}

int target_try(const struct run *r, const char *files, struct err *e)
{
	struct target *t = calloc(1, sizeof(*t));
	int rc;

	if (!t)
		return err_set(e, -ENOMEM, "target: no memory");
	t->files = files;
	t->trial = true;
	rc = open_remote(t, r, false, e);
	target_free(t);
	return rc;
}

void target_free(struct target *t)
{
	if (!t)
		return;
	if (t->sink)
		t->sink->ops->free(t->sink);
	free_remote(t);
	free(t);
}

struct sink *target_sink(struct target *t)
{
	return t->sink;
}

const char *target_dir(const struct target *t)
{
	return t->dir;
}

const char *target_dump_name(struct target *t, const struct run *r)
{
	bool flat = r->at.kind == TARGET_SSH && r->plan.collector.kind == COLLECT_FILTER && r->plan.collector.flat;

	if (!flat && t->sink->ops->caps & SINK_SEEK)
		return "vmcore";
	return sink_flat_wrap(&t->sink, NULL) ? NULL : "vmcore.flat";
}
