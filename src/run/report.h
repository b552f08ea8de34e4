/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: what happened, for people and machines.
 * PID 1 collects facts and timed stages; they become crashbox-report.json and the last summary.
 */
#ifndef RUN_REPORT_H
#define RUN_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPORT_FACTS  96
#define REPORT_STAGES 32
#define REPORT_NOTES  32

struct report_fact {
	char key[32];
	char value[224];
};

struct report_stage {
	char name[16];
	int64_t start_ms, end_ms; /* CLOCK_BOOTTIME of the capture kernel */
	bool ok;
};

struct report {
	struct report_fact fact[REPORT_FACTS];
	unsigned nfact;
	struct report_stage stage[REPORT_STAGES];
	unsigned nstage;
	char note[REPORT_NOTES][256]; /* what was skipped and why, in order */
	unsigned nnote, lost_notes;
};

/* Sets KEY to VALUE, replacing an earlier value. A full table drops the fact. */
void report_fact(struct report *r, const char *key, const char *value);
void report_number(struct report *r, const char *key, uint64_t value);

/* The value of KEY, "" when there is none. */
const char *report_get(const struct report *r, const char *key);

/* Adds a sentence of what was skipped or went wrong. */
void report_note(struct report *r, const char *text);

/* Adds a finished stage. */
void report_stage(struct report *r, const char *name, int64_t start_ms, int64_t end_ms, bool ok);

/*
 * Writes the report as JSON (UTF-8, one object, format 1; docs/design.md has the keys) into BUF.
 * Bytes that are not printable ASCII are escaped. Gives the length; -ENOSPC when BUF is too small.
 */
int report_json(const struct report *r, char *buf, size_t n);

#endif
