/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the dumps on this machine.
 * What each is of and whether it is whole, in a child of its own that has no privileges: a directory of dumps may hold
 * what another user put there. Pages are read where that is quick; a dump of which they were not is not called whole.
 */
#ifndef HOST_LIST_H
#define HOST_LIST_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dump_state {
	DUMP_WHOLE,      /* all of its pages were read */
	DUMP_UNREAD,     /* nothing that its headers name is missing; not all pages were read */
	DUMP_FLAT,       /* as one of both above, but a stream: vmcore.flat, dump.STAMP of kdump-tools */
	DUMP_INCOMPLETE, /* cut off or damaged, or it says so of itself */
	DUMP_PACKED,     /* packed as a file (.gz): what is in it is not known */
	DUMP_LOG,        /* only the log */
	DUMP_BAD,        /* cannot be opened */
};

struct dump_entry {
	char name[256]; /* of its directory */
	enum dump_state state;
	int64_t when;                /* of the crash, seconds since 1970; without a report: when the file was written */
	uint64_t bytes;              /* that its files take on the disk */
	char kernel[96], panic[208]; /* printable; "": not known */
	char test_id[72];            /* of `kdumpctl test`, else "" */
	char why[256];               /* a sentence or "": what is wrong, or was not looked at */
};

struct dump_entries {
	struct dump_entry *v; /* newest first */
	size_t n;
};

/* Looks into every directory below DIR that holds a file of a dump. -errno; freed with dump_list_free(). */
int must_check dump_list(const char *dir, struct dump_entries *ret, struct err *e);
void dump_list_free(struct dump_entries *l);

/*
 * True when the dump FD, called NAME, can be opened and misses nothing; closes FD. A child without privileges looks,
 * for 10 s at most. For `judge` of struct retain_ask: ARG is not used.
 */
bool dump_is_whole(void *arg, int fd, const char *name);

/* "whole", "unchecked", "flattened", "INCOMPLETE", "packed", "log only", "UNREADABLE". */
const char *dump_state_name(enum dump_state s);

#endif
