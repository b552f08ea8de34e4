/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: an open descriptor.
 * A pipe, a socket, standard output: bytes in ascending order. A reader that went away is an error.
 */
#ifndef SINK_SINK_STREAM_H
#define SINK_SINK_STREAM_H

#include "base/err.h"
#include "iface/sink.h"

/*
 * A sink over FD, which stays the caller's and open; NAME is for people ("standard output"). It takes one
 * file. No SIGPIPE reaches the process; a descriptor that does not block is waited for. commit() syncs where
 * FD is a file. The caller frees with s->ops->free(s).
 */
int must_check sink_stream_open(struct sink **ret, int fd, const char *name, struct err *e);

#endif
