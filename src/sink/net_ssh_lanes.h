/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: several channels for one file.
 * OpenSSH's server lets a channel have 2 MiB unread: over a long way that is what limits it, whatever the link can do.
 * A connection may have several channels, each with an SFTP server that has the file open.
 */
#ifndef SINK_NET_SSH_LANES_H
#define SINK_NET_SSH_LANES_H

#include "sink/net_ssh_client.h"

/*
 * How many lanes are of use, 1 to SFTP_LANES, when an answer takes RTT_US microseconds. MEMORY bytes are free; 0 means
 * that nobody knows.
 */
unsigned sftp_lanes_for(int64_t rtt_us, uint64_t memory);

/*
 * The lane of those of the N writes at W that have a byte in common with the LEN bytes at OFF: what is sent after them
 * there, arrives after them. SFTP_LANES: there is none, SFTP_LANES + 1: they are in more than one lane.
 */
unsigned sftp_overlap(const struct flight *w, unsigned n, uint64_t off, uint32_t len);

/* Opens f->temp over lane L. FLAGS go beside SFTP_OPEN_WRITE. */
int must_check sftp_open_file(struct sftp *f, struct lane *l, uint32_t flags, struct err *e);

/* Closes the file on lane L. It counts as closed even when the server does not like it. */
int must_check sftp_close_file(struct sftp *f, struct lane *l, struct err *e);

/* Closes the file on all lanes but the first. */
int must_check sftp_close_lanes(struct sftp *f, struct err *e);

/* The channels are no more, or about to be: nothing is said to the server. */
void sftp_forget_lanes(struct sftp *f);

/* The lane for N bytes at OFF; NULL: they have to wait. */
struct lane *sftp_pick_lane(struct sftp *f, uint64_t off, uint32_t n);

/* Whether it is time for sftp_widen(), now that a write has to wait. */
bool sftp_narrow(const struct sftp *f);

/*
 * Opens more lanes, once for a file. What the server refuses, or this machine has no memory for, is done without: only
 * a connection that broke is an error.
 */
int must_check sftp_widen(struct sftp *f, struct err *e);

/* Keeps the bytes of a write, and sends the head of one; the bytes follow. */
void sftp_keep(struct sftp *f, const void *buf, uint32_t n);
int must_check sftp_send_head(struct sftp *f, const struct flight *w, struct err *e);

/* Sends write W once more, with the bytes that were kept. */
int must_check sftp_send_again(struct sftp *f, const struct flight *w, struct err *e);

#endif
