/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: which old dumps stay and which go.
 * Never the newest one, nor the newest whole one, nor the one being written, nor what is not provably a dump of ours. A
 * newer file that is only called vmcore never costs the newest dump that is whole by what it holds.
 */
#ifndef DUMP_RETAIN_H
#define DUMP_RETAIN_H

#include "base/err.h"
#include "iface/retain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RETAIN_NAME 64 /* bytes of a directory's name, its NUL included */

enum retain_verdict {
	RETAIN_KEEP,
	RETAIN_THIN, /* its vmcore goes, log and report stay */
	RETAIN_REMOVE,
};

enum retain_why {
	RETAIN_NO_RULE,
	RETAIN_NUMBER,
	RETAIN_AGE,
	RETAIN_ROOM,
	RETAIN_LOOP,
};

struct retain_dump {
	char name[RETAIN_NAME];
	int64_t when;        /* of the crash, seconds since 1970 */
	uint64_t bytes;      /* that it takes on the disk */
	uint64_t core_bytes; /* of them in its vmcore, whole or not */
	bool whole;          /* there is a vmcore under its final name */
	bool proven;         /* the newest dump whose vmcore is whole by what it holds, not by its name */
	bool current;        /* is being written */
	bool foreign;        /* another program left it here, see retain_foreign_time() */
	uint64_t inode;      /* of the directory that was looked at */
	enum retain_verdict verdict;
	enum retain_why why;
};

struct retain_now {
	int64_t now;         /* seconds since 1970 */
	uint64_t free_bytes; /* on the file system */
	/*
	 * Room that a dump which is about to be written would like, or 0. Then dumps go only as far as that takes,
	 * the oldest first, and only those that a rule would take after it.
	 */
	uint64_t need;
};

/*
 * Sorts the N dumps of D, newest first, and sets verdict and why of each. Pure.
 * Age and number count from the newest; a boot loop is four or more dumps, each at most loop_min minutes behind
 * the one before: the first and the last stay whole, of the others the logs, of at most RETAIN_LOGS of them.
 */
#define RETAIN_LOGS 32
void retain_choose(struct retain_dump *d, unsigned n, const struct retain_rules *rules, const struct retain_now *at);

/*
 * The time in NAME, "127.0.0.1-YYYY-MM-DD-HH:MM:SS" in local time ('-' for ':' where the file system takes none,
 * ".N" behind it when there were several): the names of crashbox and kdump-utils for dumps of this machine.
 * -EINVAL: it is none.
 */
int must_check retain_time(const char *name, int64_t *ret);

/*
 * The time in NAME as other programs call the directories of their dumps on this machine: YYYYMMDDHHMM (kdump-tools) or
 * YYYY-MM-DD-HH:MM (SUSE), either with seconds too; local time. -EINVAL: it is none.
 */
int must_check retain_foreign_time(const char *name, int64_t *ret);

struct retain_ask {
	const char *current; /* name of the directory that is being written, or NULL */
	uint64_t need;       /* as in struct retain_now */
	bool dry;            /* nothing is deleted */
	/* Called for each dump that does not stay as it is, before it goes; may be NULL. */
	void (*tell)(void *arg, const struct retain_dump *d);
	/*
	 * True when the dump FD, called FILE, can be opened and misses nothing; closes FD. Called, newest first and
	 * only when a dump would go, up to the first that is whole. NULL, or never true: names alone decide.
	 */
	bool (*judge)(void *arg, int fd, const char *file);
	void *arg;
};

struct retain_done {
	unsigned kept, thinned, removed;
	uint64_t freed;   /* bytes */
	unsigned foreign; /* dumps of other programs that were not looked at further: no rule takes them */
	uint64_t foreign_bytes;
};

/*
 * Applies RULES to the dumps in directory BASE. A dump of ours is a directory there, not a link, on the same file
 * system, of our own user and writable by no other, with a name of retain_time() and nothing in it but regular files
 * with names of dump/dump_names.h: with any other file it is not ours. The dumps of other programs are only counted.
 * When RULES takes them, the same holds for them, and the stamps of their files are that of the directory. -EOPNOTSUPP:
 * BASE is on a file system that machines share, where the name does not tell whose dump it is. -ENOENT: there is no
 * BASE. What could not be deleted stays and is the error; the others go all the same.
 */
int must_check retain_run(struct retain_done *ret, const char *base, const struct retain_rules *rules,
			  const struct retain_ask *ask, struct err *e);

#endif
