/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: block devices by identity.
 * A device is found by what is on it, awaited by the kernel's own events, never by asking again and again.
 */
#ifndef DEV_BLOCK_H
#define DEV_BLOCK_H

#include "base/err.h"
#include "dev/module.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum block_by {
	BLOCK_PATH,
	BLOCK_UUID,
	BLOCK_LABEL,
	BLOCK_PARTUUID,
	BLOCK_PARTLABEL,
};

struct block_spec {
	enum block_by by;
	char value[256]; /* BLOCK_PATH: "/dev/…" */
};

struct block_found {
	char path[160];  /* "/dev/vda1", below ROOT */
	char fstype[32]; /* as libblkid sees it; "" when nothing known is there */
	char uuid[72];
	unsigned more;   /* others with the same identity: a fixed disk comes before a stick, then the name counts */
	char other[160]; /* one of them */
};

/* What block_wait() needs to know. */
struct block_wait {
	const char *root; /* in front of /sys and /dev; "" in real life */
	const char *spec;
	int64_t deadline;       /* as deadline_in() gives; DEADLINE_NEVER: none */
	struct modset *hotplug; /* not NULL: load modules for devices as they appear (generic image) */
	bool fixed;             /* a disk that can be plugged in, a stick, is not the one, whatever its name */
	/* Called about once a second while nothing comes; LEFT_S: -1 without a deadline. May be NULL. */
	void (*tick)(void *ctx, const char *awaited, int64_t left_s);
	void *ctx;
};

/*
 * Reads "/dev/…", "/dev/disk/by-{uuid,label,partuuid,partlabel}/X" (with \xNN), "UUID=", "LABEL=",
 * "PARTUUID=", "PARTLABEL=" (quotes around the value are dropped). Pure. -EINVAL: none of these;
 * -EOPNOTSUPP: a /dev/disk name that only udev could give.
 */
int must_check block_parse(const char *text, struct block_spec *ret, struct err *e);

/*
 * Looks once. 0: *RET is it; 1: not there (yet); or -errno. Missing nodes in ROOT/dev are made.
 * Devices of size 0, ram disks, floppies and unused loop devices are left alone; a device that cannot
 * be read is not there.
 */
int must_check block_find(const char *root, const char *spec, struct block_found *ret, struct err *e);

/* The same for what W says: of it root, spec and fixed count. */
int must_check block_look(const struct block_wait *w, struct block_found *ret, struct err *e);

/* True when OPTIONS, what stands behind the device in a line of the recipe or NULL, has the word `fixed`. */
bool block_fixed(const char *options);

/*
 * As block_find(), but waits until the device appears. On the deadline -ETIMEDOUT with a sentence that
 * names what was awaited and what block devices are there; block_list() has them all.
 */
int must_check block_wait(const struct block_wait *w, struct block_found *ret, struct err *e);

/*
 * Describes the block devices there are, SEP between them, "vda1 4.0 GiB ext4 UUID=…"; cut when BUF is
 * too small. "none" when there are none. Gives BUF.
 */
char *block_list(const char *root, const char *sep, char *buf, size_t n);

#endif
