/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: the part of ssh_config(5) that says how a server is reached.
 * Pure. The first value wins, as with ssh; what would change the meaning and is not understood is told.
 */
#ifndef CONF_SSH_CONFIG_H
#define CONF_SSH_CONFIG_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define SSH_CONFIG_KEYS  8
#define SSH_CONFIG_KNOWN 3 /* files of one kind */
#define SSH_CONFIG_TEXT  256

struct ssh_config {
	/* set by the caller */
	const char *host; /* as it was typed: Host lines are compared with it */
	const char *home; /* stands for ~ and %d; NULL: "/root" */
	/* "" and 0: the files do not say */
	char hostname[SSH_CONFIG_TEXT]; /* %h is HOST */
	char user[SSH_CONFIG_TEXT];
	char alias[SSH_CONFIG_TEXT]; /* HostKeyAlias */
	unsigned port;
	char key[SSH_CONFIG_KEYS][SSH_CONFIG_TEXT]; /* IdentityFile, all of them */
	unsigned nkey;
	char known_user[SSH_CONFIG_KNOWN][SSH_CONFIG_TEXT]; /* UserKnownHostsFile */
	unsigned nknown_user;
	char known_global[SSH_CONFIG_KNOWN][SSH_CONFIG_TEXT]; /* GlobalKnownHostsFile */
	unsigned nknown_global;
	bool no_jump, no_command; /* the first ProxyJump, ProxyCommand was `none`: none counts behind it */
	/* what was passed over: the line of the first, 0: none */
	unsigned match, include, proxy, bad;
	unsigned unseen;        /* the line of the first keyword with a character that is not seen: ssh refuses it */
	const char *unseen_why; /* static */
};

/*
 * Adds what the LEN bytes of TEXT say of C->host. To be called for the user's file, then for the system's. Match (but
 * for `Match all`), Include, ProxyJump and ProxyCommand are noted in C and passed over; so are lines that cannot be
 * read or are too long (`bad`).
 */
void ssh_config_read(struct ssh_config *c, const char *text, size_t len);

/* The first thing that was passed over, as a sentence about FILE; false: nothing was. */
bool ssh_config_doubt(const struct ssh_config *c, const char *file, char *buf, size_t n);

#endif
