/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: what the image would do after a crash, tried on the running system.
 * The same plan, recipe and keys out of the image, the same sinks; this system's modules and links stay as they are.
 */
#ifndef RUN_REHEARSE_H
#define RUN_REHEARSE_H

#include "run/run.h"

#include <stdbool.h>

/* How it went with one target. */
struct rehearsal {
	char target[160];
	bool ok;
	char missing[64]; /* a module of the recipe that is not in the image, or "" */
	char where[512];  /* the directory that was written to */
	uint64_t space;   /* bytes that are free; 0: not told */
	uint64_t bytes;   /* of the probe */
	int64_t open_ms;  /* until the directory was there */
	int64_t write_ms; /* until the probe had its name and was durable */
	char why[512];    /* the sentence of the failure, or "" */
	bool left;        /* an empty file is left on the server: it takes no request to remove one */
};

/*
 * Makes the files of IMAGE the root of this process, in a mount namespace of its own that ends with it; fills R with
 * plan and recipe. The process must be root's, and end soon after. 0 or -errno.
 */
int must_check rehearse_enter(struct run *r, const char *image, struct err *e);

/* Target INDEX as in struct recipe_target. The links and modules of the recipe are left alone. */
void rehearse_target(struct run *r, int index, struct rehearsal *ret);

#endif
