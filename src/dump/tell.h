/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: what is going on and what came of it, in words.
 * Pure: numbers in, text out, cut when the buffer is small.
 */
#ifndef DUMP_TELL_H
#define DUMP_TELL_H

#include "dump/dump.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TELL_LINE     160  /* bytes that hold any line of progress */
#define TELL_TEXT     4096 /* bytes that hold any report */
#define TELL_SENTENCE 1024 /* bytes of a sentence; its JSON form has at most twice as many */

/* Speed of the stage that runs; starts as { 0 }. */
struct tell_pace {
	bool begun;
	enum dump_stage stage;
	int64_t since; /* clock_ms() at the start of the stage */
	uint64_t from; /* pages that were done then */
};

/* Progress at one moment. */
struct tell_view {
	enum dump_stage stage;
	unsigned permille;
	uint64_t rate;  /* bytes of memory per second */
	uint64_t bytes; /* written so far */
	int64_t left_s; /* seconds to the end of the stage, -1: nobody knows yet */
	uint64_t done;  /* pages */
	uint64_t total; /* pages */
};

/* What P means at NOW (clock_ms()), with pages of PAGE_SIZE bytes. */
struct tell_view tell_view(struct tell_pace *pace, const struct dump_progress *p, uint64_t page_size, int64_t now);

/* "copying pages  42.1 %, 813.0 MiB/s, 120.4 MiB written, 12 s left" into BUF. Gives BUF. */
char *tell_line(char *buf, size_t n, const struct tell_view *v);

/* The same as one JSON object without line break. */
char *tell_json(char *buf, size_t n, const struct tell_view *v);

/* "user data": a class of pages for people, and whether LEVEL leaves it out. */
const char *tell_class(enum page_class c);
bool tell_class_dropped(enum page_class c, unsigned level);

/* Everything that ST knows, in lines: pages by class, codecs, times. */
char *tell_report(char *buf, size_t n, const struct dump_stat *st, uint64_t page_size);

/* The same as one JSON object without line break. RESULT: "complete", "incomplete", "counted", "failed". */
char *tell_report_json(char *buf, size_t n, const struct dump_stat *st, uint64_t page_size, const char *result);

/* A remark as one JSON object: {"stage":"note","text":"…"}, TEXT made printable. */
char *tell_sentence_json(char *buf, size_t n, const char *stage, const char *text);

/* A table of the classes of ST with the level that leaves each out. */
char *tell_usage(char *buf, size_t n, const struct dump_stat *st, uint64_t page_size);

/* What is missing of a dump that is to be converted, as a sentence. */
char *tell_input(char *buf, size_t n, const struct dump_info *info);

/* What is lost in the dump NAME, which was written as far as its source goes: ST->incomplete. As a sentence. */
char *tell_lost(char *buf, size_t n, const char *name, const struct dump_stat *st);

/* After a dump NAME that broke off, WHY: what is there, as a sentence. */
char *tell_broken(char *buf, size_t n, const char *name, const struct dump_stat *st, const char *why);

/* After -R or --reassemble made NAME of pieces that are not whole; WHY may be "". As a sentence. */
char *tell_pieces(char *buf, size_t n, const char *name, uint64_t lost, const char *why);

#endif
