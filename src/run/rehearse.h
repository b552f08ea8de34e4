/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: what the image would do after a crash, tried on the running system.
 * The same plan, recipe and keys out of the image, the same sinks; this system's modules and links stay as they are.
 */
#ifndef RUN_REHEARSE_H
#define RUN_REHEARSE_H

#include "run/run.h"

#include <stdbool.h>

#define REHEARSE_SAID 6

/* Sentences for the administrator; those that do not fit are counted. */
struct rehearse_said {
	char text[REHEARSE_SAID][256];
	unsigned n;
};

/* What a dump would take, as the system is now, in bytes. */
struct rehearse_need {
	uint64_t dump; /* every page that the dump level keeps, not compressed: more it cannot be */
	uint64_t log;  /* the kernel log, and what stands beside it */
};

/* What does not hang on a single target. */
struct rehearse_image {
	char kernel[96]; /* of its modules; "" when it has none */
	unsigned level;  /* the dump level that is tried first */
	struct rehearse_need need;
	struct rehearse_said failed; /* no capture with this image will be as it should */
	struct rehearse_said warned;
};

/* How it went with one target. */
struct rehearsal {
	char target[160];
	bool ok;
	char where[512]; /* the directory or device that was reached, or "" */
	bool space_known;
	uint64_t space;   /* bytes that are free */
	uint64_t bytes;   /* of the probe; 0: none was written */
	uint64_t seen;    /* bytes of the probe that were read back and were right */
	int64_t open_ms;  /* until the directory was there */
	int64_t write_us; /* until the probe had its name and was durable */
	int64_t read_us;
	char why[512]; /* the sentence of the failure, or "" */
	struct rehearse_said warned;
};

/*
 * Makes the files of IMAGE the root of this process, in a mount namespace of its own that ends with it; fills R with
 * plan and recipe, and RET. The process must be root's, and end soon after. 0 or -errno.
 */
int must_check rehearse_enter(struct run *r, const char *image, struct rehearse_image *ret, struct err *e);

/*
 * Target INDEX as in struct recipe_target, in a child that ends after LIMIT_MS whatever hangs. The links and modules of
 * the recipe are left alone. RET must be in memory that children share.
 */
void rehearse_target(struct run *r, int index, const struct rehearse_need *need, int64_t limit_ms,
		     struct rehearsal *ret);

/* What became of trying a server. */
enum reach {
	REACH_FINE,
	REACH_REFUSED,
	REACH_UNTRIED, /* it was not reached: whether it takes a dump is not known */
	REACH_KERNEL,  /* its NFS is newer than this program's: only the kernel's own client speaks it */
};

/*
 * Whether the server of target INDEX takes this machine: connection, key, login, version, mount; nothing is written.
 * In a child that ends after LIMIT_MS and a second. FILES stands in front of the paths of keys and known_hosts, "" for
 * none. The sentence of what is not REACH_FINE is in E. A target that is no server is REACH_FINE.
 */
enum reach rehearse_reach(struct run *r, int index, const char *files, int64_t limit_ms, struct err *e);

/* ---- the parts ---- */

/* step_run() for a child that shows nothing: what came of it is in memory that is shared, or in E. */
int must_check rehearse_step(const struct step *s, struct err *e);

void rehearse_say(struct rehearse_said *to, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* From the text of /proc/meminfo, for dump level LEVEL. Pure. What the text does not tell is not subtracted. */
uint64_t rehearse_keeps(const char *meminfo, unsigned level);

/* Looks at the files of the image, which are the root by now: kernel, modules, programs; fills RET. */
void rehearse_look(const struct run *r, struct rehearse_image *ret);

/* The same for target INDEX: its modules, and of an ssh target its keys. -ENOENT with a sentence. */
int must_check rehearse_look_target(const struct run *r, int index, struct err *e);

struct sink;

/* Writes a probe to the new directory of OUT, as large as is sensible, reads it back, removes both; fills RET. */
int must_check rehearse_probe(struct sink *out, const struct rehearse_need *need, struct rehearsal *ret,
			      struct err *e);

#endif
