/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: the keys of ssh servers, as known_hosts files list them.
 * Pure. A line that cannot be honoured never makes a server trusted, and is never passed over in silence.
 */
#ifndef CONF_KNOWN_HOSTS_H
#define CONF_KNOWN_HOSTS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define KNOWN_FILES 6

/* What to look in, and for whom. The texts are known_hosts files (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
struct known_hosts {
	const char *text[KNOWN_FILES];
	size_t len[KNOWN_FILES];
	unsigned n;
	const char *name; /* the host as it was given, or its HostKeyAlias */
	unsigned port;    /* but for 0 and 22 it is [name]:port, or the plain name with the same key */
};

enum known_verdict {
	KNOWN_MATCH,
	KNOWN_NONE,    /* the host has no line */
	KNOWN_CHANGED, /* the host has lines, another key in each */
	KNOWN_REVOKED, /* the key is marked @revoked */
	KNOWN_CA,      /* only an @cert-authority line: certificates of hosts are not supported */
};

/* Compares the N bytes at KEY (RFC 4253, 6.6) with every line that names the host. A @revoked line wins over all. */
enum known_verdict known_hosts_check(const struct known_hosts *k, const void *key, size_t n);

/* known_hosts_check() for struct ssh_target: ARG is a struct known_hosts. 0, or -EACCES with what to do about it. */
int known_hosts_trust(void *arg, const void *key, size_t n, struct err *e);

/*
 * Writes into BUF the host key algorithms for which the host has a line, with commas, best first: what to ask a server
 * for. "" when it has none. -ENAMETOOLONG when N bytes do not do (256 always do).
 */
int known_hosts_algorithms(const struct known_hosts *k, char *buf, size_t n);

#endif
