/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a directory of an ssh server.
 * Nobody is trusted and nothing is sent before the server's key was found right; every wait has an end.
 */
#ifndef SINK_NET_SSH_H
#define SINK_NET_SSH_H

#include "base/err.h"
#include "iface/sink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define SSH_KEYS 8

/* How files get to the server. */
enum ssh_way {
	SSH_ANY,  /* SFTP, and a shell where the server has no SFTP */
	SSH_SFTP, /* SFTP or nothing */
	SSH_EXEC, /* commands of the server's shell: mkdir, cat, mv, wc */
};

/* Whom to reach and how. What it points to belongs to the caller and must outlive the sink. */
struct ssh_target {
	const char *host; /* as the administrator wrote it, without brackets */
	const char *user;
	unsigned port;                       /* 0: 22 */
	const struct sockaddr_storage *addr; /* tried in this order; their ports do not count */
	unsigned naddr;                      /* 0: HOST is an address */
	const char *key[SSH_KEYS];           /* files of private keys, tried in this order */
	unsigned nkey;
	const char *dir; /* on the server; made with its parents (umask 0077 holds for files only) */
	bool fresh;      /* DIR must be new: ".1", ".2", … is added until it is */
	enum ssh_way way;
	int64_t connect_ms; /* until logged in, all addresses together; 0: 30 s */
	int64_t stall_ms;   /* without a byte in either direction, and for connecting again; 0: 60 s */
	/*
	 * Says whether the N bytes at KEY, a public key as ssh sends it, are the server's: 0 or why not.
	 * known_hosts_trust() of conf/known_hosts.h is one.
	 */
	int (*trust)(void *arg, const void *key, size_t n, struct err *e);
	void *trust_arg;
	const char *hostkeys; /* algorithms of host keys to ask for, best first, with commas; NULL: any */
};

/*
 * Connects, checks the server's key, logs in, makes the directory. (*RET)->dir is "user@host:directory". Over SFTP the
 * sink takes writes at any offset; over commands only ascending ones: wrap it with sink_flat_wrap() for a dump
 * then (no SINK_SEEK in caps) and name the file vmcore.flat. One thread at a time. Memory: some 4 MiB, over a long way
 * and where there is plenty 10 MiB. Over SFTP a connection that broke is made anew, and what had no answer is sent
 * again, as long as the server's kernel is the same.
 * -EACCES: the server or the key was refused; -ETIMEDOUT, -ECONNREFUSED, …: not reached. The caller frees.
 */
int must_check sink_ssh_open(struct sink **ret, const struct ssh_target *to, struct err *e);

/* The same as far as the login, and the connection ends: whether the server takes this machine. */
int must_check sink_ssh_try(const struct ssh_target *to, struct err *e);

#endif
