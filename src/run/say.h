/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: what the administrator sees.
 * One line a step, at most 79 columns, with the time since the panic; the same on every console and
 * in the kernel log of the capture kernel.
 */
#ifndef RUN_SAY_H
#define RUN_SAY_H

#include "run/run.h"

/*
 * "crashbox: +12s  vmcore   TEXT", wrapped at words; what a screen would not show is named (invisible_show()).
 * crashbox.quiet sends it to the kernel log only.
 */
void say(struct run *r, const char *stage, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same, and a note in the report. */
void say_note(struct run *r, const char *stage, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * The sentence of a failed step as a line of its stage and a note, with AFTER behind it: the words
 * before the first ": " are the stage.
 */
void say_fault(struct run *r, const struct err *e, const char *after);

/* A line of the crashed kernel's log, on the consoles only: "crashbox: | TEXT". */
void say_line(struct run *r, const char *text);

/* A line of the summary: "  WHAT     TEXT". Nothing when TEXT is empty. */
void say_field(struct run *r, const char *what, const char *text);

/* A line without time or stage: the opening line and the frame of the summary. */
void say_plain(struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
