/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the sink of the target that was reached.
 * A directory of a mounted file system, of an NFS server or of an ssh server: the steps that save see no difference.
 */
#ifndef RUN_TARGET_SINK_H
#define RUN_TARGET_SINK_H

#include "iface/sink.h"
#include "run/run.h"

#include <stdbool.h>

struct target;

/*
 * In the child of a step: opens directory DIR of the target r->at. FRESH: it must be new, a number is added until it
 * is. target_sink() writes to it. The caller ends with target_free(). Errors are those of the sink.
 */
int must_check target_open(struct target **ret, const struct run *r, const char *dir, bool fresh, struct err *e);

/*
 * Whether server r->at takes this machine, found out as target_open() does, up to the login or the mount; nothing is
 * written there. FILES stands in front of the paths of keys and known_hosts. -EPROTONOSUPPORT: its NFS is newer than
 * what is spoken here.
 */
int must_check target_try(const struct run *r, const char *files, struct err *e);
void target_free(struct target *t);

struct sink *target_sink(struct target *t);

/* The directory in use as target_open() takes it again: DIR, or with a number. */
const char *target_dir(const struct target *t);

/*
 * Makes the sink one for a dump: flattened where the administrator wants that of an ssh server (-F), or where
 * the server takes a stream only. Gives the name of the file: "vmcore" or "vmcore.flat"; NULL: no memory.
 */
const char *target_dump_name(struct target *t, const struct run *r);

/* The first half of the directory's name: "127.0.0.1" on a disk, our own address towards a server. */
const char *target_client(const struct run *r);

#endif
