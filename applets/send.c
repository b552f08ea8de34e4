/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: send.
 * Standard input or a file goes to a directory somewhere: the sinks of a capture, from the command line and from hooks.
 */
#include "applet.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/meminfo.h"
#include "base/str.h"
#include "conf/known_hosts.h"
#include "conf/ssh_config.h"
#include "net/net.h"
#include "sink/net_nfs.h"
#include "sink/net_ssh.h"
#include "sink/sink_copy.h"
#include "sink/sink_file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

extern const struct applet applet_send;

#define TEXT      512
#define FILE_MAX  ((size_t)4 << 20) /* of a known_hosts or ssh_config file */
#define KDUMP_KEY "/root/.ssh/kdump_id_rsa"

enum where { TO_DIR,
	     TO_SSH,
	     TO_SFTP,
	     TO_NFS };

struct ssh_job;

struct job {
	struct ssh_job *ssh; /* what a sink of ssh goes on using */
	const char *name, *file, *key, *known, *options, *dir;
	int64_t limit_ms;
	bool quiet;
	enum where where;
	char user[TEXT], host[TEXT], path[TEXT];
	unsigned port;
};

/* ---- the target ---- */

/* "[v6]:port", "host:port", "host", up to END; the port is where ':' is allowed to begin one. */
static int take_host(struct job *j, const char *s, const char *end, bool with_port, struct err *e)
{
	const char *at = memchr(s, '@', (size_t)(end - s)), *stop = end, *colon;
	uint64_t port;
	char text[8];

	if (at) {
		if (str_fmt(j->user, sizeof(j->user), "%.*s", (int)(at - s), s))
			return err_set(e, -EINVAL, "the user's name is too long");
		s = at + 1;
	}
	if (*s == '[') {
		stop = memchr(s, ']', (size_t)(end - s));
		if (!stop)
			return err_set(e, -EINVAL, "an address has '[' and no ']'");
		s++;
	} else if (with_port && (colon = memchr(s, ':', (size_t)(end - s)))) {
		stop = colon;
	}
	if (stop == s || str_fmt(j->host, sizeof(j->host), "%.*s", (int)(stop - s), s))
		return err_set(e, -EINVAL, "the target has no host, or a long one");
	stop += *stop == ']';
	if (stop == end)
		return 0;
	if (*stop != ':' || str_fmt(text, sizeof(text), "%.*s", (int)(end - stop - 1), stop + 1) ||
	    str_u64(text, 65535, &port) || !port)
		return err_set(e, -EINVAL, "the port is no number from 1 to 65535");
	j->port = (unsigned)port;
	return 0;
}

static int take_path(struct job *j, const char *path, struct err *e)
{
	return str_fmt(j->path, sizeof(j->path), "%s", path) ? err_set(e, -ENAMETOOLONG, "the path is too long") : 0;
}

/* scheme://[user@]host[:port][/path] */
static int take_url(struct job *j, const char *rest, struct err *e)
{
	const char *slash = strchrnul(rest, '/');
	int rc = take_host(j, rest, slash, true, e);

	return rc ? rc : take_path(j, *slash ? slash : ".", e);
}

/* The ':' of "host:/path" and "[v6]:/path", NULL when S is a local path. */
static const char *remote_colon(const char *s)
{
	const char *at = strchr(s, '@'), *host = at ? at + 1 : s, *close;

	if (strchr(s, '/') && strchr(s, '/') < host)
		return NULL;
	close = *host == '[' ? strchr(host, ']') : NULL;
	host = strchr(close ? close : host, ':');
	return host && (!strchr(s, '/') || host < strchr(s, '/')) ? host : NULL;
}

static int take_target(struct job *j, const char *s, struct err *e)
{
	static const struct {
		const char *scheme;
		enum where where;
	} known[] = { { "ssh://", TO_SSH }, { "scp://", TO_SSH }, { "sftp://", TO_SFTP }, { "nfs://", TO_NFS } };
	const char *colon;
	int rc;

	for (unsigned i = 0; i < ARRAY_LEN(known); i++) {
		if (!str_starts(s, known[i].scheme))
			continue;
		j->where = known[i].where;
		return take_url(j, s + strlen(known[i].scheme), e);
	}
	if (str_starts(s, "nfs ")) {
		j->where = TO_NFS;
		s += strspn(s + 3, " ") + 3;
	} else if (str_starts(s, "ssh ")) {
		j->where = TO_SSH;
		s += strspn(s + 3, " ") + 3;
	}
	colon = remote_colon(s);
	if (j->where == TO_DIR && colon)
		j->where = memchr(s, '@', (size_t)(colon - s)) ? TO_SSH : TO_NFS;
	if (j->where == TO_DIR)
		return take_path(j, s, e);
	if (!colon)
		colon = s + strlen(s);
	rc = take_host(j, s, colon, false, e);
	return rc ? rc : take_path(j, *colon && colon[1] ? colon + 1 : ".", e);
}

/* ---- names ---- */

struct addresses {
	struct sockaddr_storage v[NET_FOUND];
	unsigned n;
};

static int resolve(struct addresses *a, const char *host, int64_t deadline, struct err *e)
{
	struct net_found found = { 0 };
	int rc = net_resolve(NULL, host, deadline, &found, e);

	for (unsigned i = 0; rc == 0 && i < found.n; i++) {
		struct sockaddr_storage *s = &a->v[a->n++];

		memset(s, 0, sizeof(*s));
		s->ss_family = found.addr[i].family;
		if (s->ss_family == AF_INET) {
			memcpy(&((struct sockaddr_in *)s)->sin_addr, found.addr[i].b, 4);
			continue;
		}
		memcpy(&((struct sockaddr_in6 *)s)->sin6_addr, found.addr[i].b, 16);
		((struct sockaddr_in6 *)s)->sin6_scope_id = found.scope[i];
	}
	return rc;
}

/* ---- ssh ---- */

struct ssh_job {
	struct ssh_config conf;
	struct known_hosts known;
	char *text[KNOWN_FILES];
	char own[4][TEXT]; /* the user's keys where no file names any */
	char hostkeys[256];
	struct addresses addr;
	struct ssh_target to;
};

static int read_config(struct ssh_config *c, const char *path, struct err *e)
{
	char *text = NULL, doubt[TEXT];
	size_t len;
	struct ssh_config before;

	if (access(path, R_OK) || file_read(path, FILE_MAX, &text, &len, NULL))
		return 0;
	c->match = c->include = c->proxy = c->bad = 0;
	before = *c;
	ssh_config_read(c, text, len);
	/* the system's file of every distribution has an Include that is of no concern here */
	if (strcmp(path, "/etc/ssh/ssh_config") == 0)
		c->include = before.include;
	free(text);
	if (c->proxy)
		return err_set(e, -EOPNOTSUPP,
			       "%s:%u: %s is reached through another server, which is not supported: if this machine "
			       "reaches it without, write 'Host %s' and 'ProxyJump none' at the top of that file",
			       path, c->proxy, c->host, c->host);
	if (ssh_config_doubt(c, path, doubt, sizeof(doubt)))
		applet_print(stderr, "send: %s\n", doubt);
	return 0;
}

static int add_known(struct ssh_job *s, const char *path, bool must, struct err *e)
{
	unsigned i = s->known.n;
	int rc;

	if (i == KNOWN_FILES || (!must && access(path, F_OK)))
		return 0;
	rc = file_read(path, FILE_MAX, &s->text[i], &s->known.len[i], e);
	if (rc)
		return rc;
	s->known.text[i] = s->text[i];
	s->known.n++;
	return 0;
}

static int find_known(struct ssh_job *s, const struct job *j, const char *home, struct err *e)
{
	char path[TEXT];
	int rc = 0;

	if (j->known)
		return add_known(s, j->known, true, e);
	for (unsigned i = 0; rc == 0 && i < s->conf.nknown_user; i++)
		rc = add_known(s, s->conf.known_user[i], false, e);
	if (rc == 0 && !s->conf.nknown_user) {
		(void)str_fmt(path, sizeof(path), "%s/.ssh/known_hosts", home);
		rc = add_known(s, path, false, e);
	}
	for (unsigned i = 0; rc == 0 && i < s->conf.nknown_global; i++)
		rc = add_known(s, s->conf.known_global[i], false, e);
	if (rc == 0 && !s->conf.nknown_global)
		rc = add_known(s, "/etc/ssh/ssh_known_hosts", false, e);
	return rc;
}

static void find_keys(struct ssh_job *s, const struct job *j, const char *home)
{
	static const char *const usual[] = { "id_ed25519", "id_ecdsa", "id_rsa" };

	if (j->key) {
		s->to.key[s->to.nkey++] = j->key;
		return;
	}
	for (unsigned i = 0; i < s->conf.nkey && s->to.nkey < SSH_KEYS; i++)
		s->to.key[s->to.nkey++] = s->conf.key[i];
	if (s->to.nkey)
		return;
	if (access(KDUMP_KEY, R_OK) == 0)
		s->to.key[s->to.nkey++] = KDUMP_KEY;
	for (unsigned i = 0; i < ARRAY_LEN(usual); i++) {
		(void)str_fmt(s->own[i], sizeof(s->own[i]), "%s/.ssh/%s", home, usual[i]);
		if (access(s->own[i], R_OK) == 0)
			s->to.key[s->to.nkey++] = s->own[i];
	}
}

static int ssh_fill(struct ssh_job *s, const struct job *j, struct err *e)
{
	const char *home = getenv("HOME") ? getenv("HOME") : "/root", *host;
	char path[TEXT];
	int rc;

	s->conf.host = j->host;
	s->conf.home = home;
	(void)str_fmt(path, sizeof(path), "%s/.ssh/config", home);
	rc = read_config(&s->conf, path, e);
	if (rc == 0)
		rc = read_config(&s->conf, "/etc/ssh/ssh_config", e);
	if (rc)
		return rc;
	host = s->conf.hostname[0] ? s->conf.hostname : j->host;
	s->to.host = host;
	s->to.user = j->user[0] ? j->user : s->conf.user[0] ? s->conf.user
							    : "root";
	s->to.port = j->port ? j->port : s->conf.port;
	s->to.dir = j->path;
	s->to.way = j->where == TO_SFTP ? SSH_SFTP : SSH_ANY;
	s->to.connect_ms = s->to.stall_ms = j->limit_ms;
	find_keys(s, j, home);
	/* an alias stands for the name and the port */
	s->known.name = s->conf.alias[0] ? s->conf.alias : host;
	s->known.port = s->conf.alias[0] ? 0 : s->to.port;
	rc = find_known(s, j, home, e);
	if (rc == 0)
		rc = known_hosts_algorithms(&s->known, s->hostkeys, sizeof(s->hostkeys));
	if (rc)
		return rc;
	s->to.trust = known_hosts_trust;
	s->to.trust_arg = &s->known;
	s->to.hostkeys = s->hostkeys;
	rc = resolve(&s->addr, host, deadline_in(j->limit_ms), e);
	s->to.addr = s->addr.v;
	s->to.naddr = s->addr.n;
	return rc;
}

static int open_ssh(struct sink **ret, struct job *j, struct err *e)
{
	int rc;

	j->ssh = calloc(1, sizeof(*j->ssh));
	if (!j->ssh)
		return err_set(e, -ENOMEM, "no memory");
	rc = ssh_fill(j->ssh, j, e);
	return rc ? rc : sink_ssh_open(ret, &j->ssh->to, e);
}

static void ssh_job_free(struct ssh_job *s)
{
	for (unsigned i = 0; s && i < KNOWN_FILES; i++)
		free(s->text[i]);
	free(s);
}

/* ---- NFS ---- */

/* The export is the path; a directory below it has an option of its own, as in mount(8) and `path` of kdump.conf. */
static int open_nfs(struct sink **ret, const struct job *j, struct err *e)
{
	struct nfs_target to = { .host = j->host, .export = j->path, .dir = j->dir, .uid = getuid(), .gid = getgid() };
	struct addresses a = { .n = 0 };
	int rc = nfs_options_parse(&to.opt, j->options, e);

	if (rc == 0)
		rc = resolve(&a, j->host, deadline_in(j->limit_ms), e);
	if (rc)
		return rc;
	if (j->port)
		to.opt.port = j->port;
	if (to.opt.note[0])
		applet_print(stderr, "send: %s\n", to.opt.note);
	to.addr = a.v;
	to.naddr = a.n;
	to.connect_ms = j->limit_ms;
	to.stall_ms = to.opt.stall_ms ? to.opt.stall_ms : j->limit_ms;
	return sink_nfs_open(ret, &to, e);
}

static int open_remote(struct sink **ret, struct job *j, struct err *e)
{
	return j->where == TO_NFS ? open_nfs(ret, j, e) : open_ssh(ret, j, e);
}

/* ---- the bytes ---- */

static int transfer(const struct job *j, struct sink *out, int fd, struct err *e)
{
	char temp[TEXT], size[24];
	uint64_t total = 0;
	int64_t began = clock_ms(), took;
	int rc;

	if (str_fmt(temp, sizeof(temp), "%s-incomplete", j->name))
		return err_set(e, -ENAMETOOLONG, "the name is too long");
	rc = out->ops->begin(out, temp, j->name, e);
	if (rc)
		return rc;
	/* what an earlier attempt left under that name is not part of this file */
	if (out->ops->empty)
		rc = out->ops->empty(out, e);
	if (rc == 0)
		rc = sink_copy(out, fd, true, &total, e);
	if (rc) {
		(void)out->ops->abandon(out, NULL);
		return rc;
	}
	rc = out->ops->commit(out, total, e);
	took = clock_ms() - began;
	if (rc == 0 && !j->quiet)
		applet_print(stdout, "%s/%s: %s in %lld.%03lld s\n", out->dir, j->name,
			     str_size(size, sizeof(size), total), (long long)(took / 1000), (long long)(took % 1000));
	return rc;
}

static int run(struct job *j, struct err *e)
{
	struct sink *out = NULL;
	int fd = STDIN_FILENO, rc;

	if (j->file && strcmp(j->file, "-") != 0)
		fd = file_open(j->file, e);
	if (fd < 0)
		return fd;
	rc = j->where == TO_DIR ? sink_file_open(&out, j->path, 0, e) : open_remote(&out, j, e);
	if (rc == 0)
		rc = transfer(j, out, fd, e);
	if (out)
		out->ops->free(out);
	ssh_job_free(j->ssh);
	if (fd != STDIN_FILENO)
		close(fd);
	return rc;
}

/* ---- the command line ---- */

static int options(struct job *j, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "sshkey", required_argument, NULL, 'i' },
		{ "known-hosts", required_argument, NULL, 'k' },
		{ "options", required_argument, NULL, 'o' },
		{ "directory", required_argument, NULL, 'd' },
		{ "deadline", required_argument, NULL, 't' },
		{ "quiet", no_argument, NULL, 'q' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t seconds;
	int c;

	while ((c = getopt_long(argc, argv, "+n:i:k:o:d:t:q", longs, NULL)) != -1) {
		if (c == 'n')
			j->name = optarg;
		else if (c == 'i')
			j->key = optarg;
		else if (c == 'k')
			j->known = optarg;
		else if (c == 'o')
			j->options = optarg;
		else if (c == 'd')
			j->dir = optarg;
		else if (c == 'q')
			j->quiet = true;
		else if (c == 't' && str_u64(optarg, 86400, &seconds) == 0 && seconds)
			j->limit_ms = (int64_t)seconds * 1000;
		else
			return -EINVAL;
	}
	return argc - optind == 1 || argc - optind == 2 ? 0 : -EINVAL;
}

static int send_main(int argc, char **argv)
{
	struct job j = { .limit_ms = 60000 };
	struct err e = { 0 };
	char copy[TEXT];

	if (options(&j, argc, argv))
		return applet_usage(&applet_send);
	memory_confine(MEMORY_PEERS);
	j.file = argv[optind + 1];
	if (!j.name) {
		(void)str_fmt(copy, sizeof(copy), "%s", j.file ? j.file : "stdin");
		j.name = strcmp(copy, "-") == 0 ? "stdin" : basename(copy);
	}
	if (strchr(j.name, '/') || !*j.name) {
		applet_print(stderr, "send: the name %s is no name of a file\n", j.name);
		return EXIT_USAGE;
	}
	if (take_target(&j, argv[optind], &e)) {
		fprintf(stderr, "send: %s: %s\n", argv[optind], e.text);
		return EXIT_USAGE;
	}
	if (run(&j, &e) < 0) {
		fprintf(stderr, "send: %s\n", e.text);
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

const struct applet applet_send = {
	.name = "send",
	.synopsis = "[OPTION…] TARGET [FILE]",
	.help = "sends a file, or standard input, to a directory here or on a server\n"
		"TARGET: a directory; USER@HOST:DIR; ssh://, sftp://, scp://[USER@]HOST[:PORT]/DIR; HOST:/EXPORT;\n"
		"        nfs://HOST[:PORT]/EXPORT. The file has its name only when all of it is there.\n"
		"  -n, --name NAME           its name there (default: that of FILE, or stdin)\n"
		"  -i, --sshkey FILE         private key for ssh (default: as ssh_config says, kdump's, the user's)\n"
		"  -k, --known-hosts FILE    where the server's key must be (default: as ssh does)\n"
		"  -o, --options OPTIONS     mount options for NFS\n"
		"  -d, --directory DIR       below the export of NFS, made with its parents\n"
		"  -t, --deadline SECONDS    for connecting, and without any progress (default: 60)\n"
		"  -q, --quiet               says nothing of success\n",
	.main = send_main,
};
