/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: the label of a raw partition.
 * Pure: bytes become a label or nothing, a label says where the next dump goes; no device is touched here.
 */
#ifndef SINK_RAW_LABEL_H
#define SINK_RAW_LABEL_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RAW_LABEL_SIZE 16384u
#define RAW_LABEL_ROOM (1u << 20) /* at the end of the partition; both copies lie in it */
#define RAW_BLOCK      4096u      /* everything begins and ends on such a block */
#define RAW_HEAD       (1u << 20) /* bytes at the start whose checksum the label keeps */
#define RAW_MIN        (8u << 20) /* bytes of the smallest partition that is taken */
#define RAW_DUMPS      32
#define RAW_NAME       64

enum raw_kind {
	RAW_LOG,     /* vmcore-dmesg.txt */
	RAW_VMCORE,  /* the flattened dump */
	RAW_REPORT,  /* crashbox-report.json */
	RAW_OWN_LOG, /* kexec-dmesg.log */
	RAW_KINDS,
};

enum raw_state {
	RAW_NONE,
	RAW_WRITING,     /* begun; `len` bytes were on stable storage when the label was written */
	RAW_COMPLETE,    /* all of it, durable */
	RAW_INCOMPLETE,  /* ended early, durable as far as it goes */
	RAW_RECOVERED,   /* a copy is on a file system, or it was found to be worthless */
	RAW_OVERWRITTEN, /* given up for a newer dump */
	RAW_STATES,
};

struct raw_part {
	enum raw_state state;
	uint32_t crc; /* of its bytes; of no meaning while RAW_WRITING */
	uint64_t off, len;
};

struct raw_dump {
	uint64_t seq; /* counts the dumps of this partition, from 1 */
	int64_t crash_time;
	char name[RAW_NAME]; /* directory it is meant for, "127.0.0.1-2026-11-21-18:00:00" */
	struct raw_part part[RAW_KINDS];
};

/* Data for flattened dumps is [0, notes), for everything small [notes, end), labels lie behind `end`. */
struct raw_label {
	uint64_t seq;  /* counts the writings of the label */
	uint64_t size; /* of the partition, whole blocks */
	uint64_t notes, end;
	uint8_t uuid[16];
	char machine[33], boot[37]; /* machine-id of who prepared it, boot_id of who wrote last; or "" */
	bool head_known;
	uint32_t head_crc; /* of the first MiB as it was left */
	uint64_t next;     /* seq of the next dump */
	struct raw_dump dump[RAW_DUMPS];
	unsigned ndump; /* ascending seq */
};

/* Where copy WHICH (0 or 1) lies on a partition of SIZE bytes. */
uint64_t raw_label_at(uint64_t size, unsigned which);

/* An empty label for SIZE bytes. -ENOSPC: too small. UUID and names are the caller's to fill. */
int must_check raw_label_init(struct raw_label *ret, uint64_t size, struct err *e);

/* All RAW_LABEL_SIZE bytes. Layout, little endian: raw_label.c. */
void raw_label_fill(const struct raw_label *l, uint8_t p[RAW_LABEL_SIZE]);

/* Reads a copy from a partition of SIZE bytes. -EINVAL: it is none, torn, or of another partition. */
int must_check raw_label_read(struct raw_label *ret, const uint8_t p[RAW_LABEL_SIZE], uint64_t size);

/* True when D holds something that no file system has yet. */
bool raw_dump_live(const struct raw_dump *d);
bool raw_part_live(const struct raw_part *p);

/* The dump of that number or name (the newest), or NULL. */
struct raw_dump *raw_dump_find(struct raw_label *l, uint64_t seq);
struct raw_dump *raw_dump_named(struct raw_label *l, const char *name);

/*
 * A new dump called NAME; one whose name is taken gets ".1" and so on behind it. When the table is full the oldest
 * recovered dump leaves it, else one that raw_place() would give up first. Gives it, or NULL: the name is none.
 */
struct raw_dump *raw_dump_add(struct raw_label *l, const char *name, int64_t crash_time);

struct raw_room {
	uint64_t off, len;
	uint32_t gone; /* bit N: the part of that kind of l->dump[N] lies there and has to be given up */
};

/*
 * Where the part KIND of dump SEQ may be written. What was recovered is free room. A dump that was not is given up
 * only when the largest room is smaller than the largest dump so far, and never the first nor the last whole one of
 * those that wait. Byte 0 is taken where it is free and enough: other software looks there. -ENOSPC.
 */
int must_check raw_place(const struct raw_label *l, enum raw_kind kind, uint64_t seq, struct raw_room *ret);

const char *raw_state_word(enum raw_state s);
/* The name of the file that part KIND becomes; "vmcore.flat" for RAW_VMCORE. */
const char *raw_kind_name(enum raw_kind kind);

#endif
