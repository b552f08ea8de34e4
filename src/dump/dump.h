/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: one dump, from the crashed kernel's memory to one file of a sink.
 * Filter, compress and write overlap; whatever ends it early, the file that is left opens.
 */
#ifndef DUMP_DUMP_H
#define DUMP_DUMP_H

#include "base/err.h"
#include "iface/filter.h"
#include "iface/plan.h"
#include "iface/sink.h"
#include "iface/source.h"

#include <stdbool.h>
#include <stdint.h>

enum dump_stage {
	DUMP_SCAN,  /* struct pages */
	DUMP_PAGES, /* content */
};

struct dump_progress {
	enum dump_stage stage;
	uint64_t done, total; /* pages */
	uint64_t bytes;       /* bytes written to the sink so far */
};

#define DUMP_CODECS 8

struct dump_stat {
	unsigned level; /* the one of the list that was written */
	struct filter_stat filter;
	uint64_t max_pfn;
	uint64_t kept;       /* pages that belong into the file */
	uint64_t done;       /* of them: those that were put into it, as lost ones too */
	uint64_t zero;       /* of those: pages of zeros that share one */
	uint64_t lost;       /* pages that are lost in the file because the source has lost them */
	uint64_t unreadable; /* pages that are lost in the file because they could not be read */
	bool incomplete;     /* the file says that it is incomplete, though all that can be had is in it */
	struct {
		const char *name;
		uint64_t pages, in, out; /* bytes */
	} codec[DUMP_CODECS];            /* those used; the first may be "stored" */
	unsigned ncodec;
	unsigned switches;  /* how often auto changed the codec */
	uint64_t file_size; /* bytes, holes included */
	uint64_t written;   /* bytes handed to the sink */
	unsigned threads;
	uint64_t windows; /* 1: one bit a page fitted into memory */
	bool important;   /* the important pages went first */
	int64_t scan_ms, total_ms;
	int64_t pack_us, write_us; /* summed over all threads */
};

struct dump_opts {
	enum plan_format format; /* FORMAT_KDUMP or FORMAT_ELF; flattened: wrap the sink */
	enum plan_codec codec;
	bool codec_level_given;
	int codec_level;
	uint8_t level[FILTER_LEVELS]; /* tried in order when the target is full */
	unsigned nlevel;
	unsigned threads;    /* 0: as many as there are CPUs */
	uint64_t mem_limit;  /* bytes the process may use; 0: half of what is free */
	uint64_t size_limit; /* bytes of the file; 0: none. As a full target */
	uint64_t keep_free;  /* leave these bytes on the target; 0: none */
	int64_t deadline;    /* clock_ms(): end incomplete then; DEADLINE_NEVER */
	bool important;      /* the pages that a debugger needs most go first */
	bool count_zero;     /* dump_count(): look for pages of zeros as well, which reads all kept pages */
	bool split;          /* only pfns [from, to), a multiple of 64 each but the end */
	uint64_t from, to;
	const char *temp, *name; /* for sink->begin */
	/* Every 100 ms or so, from one thread at a time; not 0 ends the dump with it. May be NULL. */
	int (*tick)(void *arg, const struct dump_progress *p);
	/* A sentence for people and the report: what was switched off, which level follows. May be NULL. */
	void (*note)(void *arg, const char *sentence);
	void *arg;
};

/*
 * Writes the dump and commits it. 0: durable, and whole unless ST->incomplete: then pages of SRC are lost or could not
 * be read, or SRC is incomplete; the file has all others, is marked incomplete and lists what is lost. Else the
 * -errno of the first cause: what was written has been completed to a file that opens, is marked incomplete and
 * abandoned under TEMP. *ST is filled in both cases.
 */
int must_check dump_run(struct source *src, struct sink *out, const struct dump_opts *how,
			struct dump_stat *st, struct err *e);

/* Only counts: fills ST->filter, kept (for level[0]) and, when LEVEL_ZERO is asked, zero. */
int must_check dump_count(struct source *src, const struct dump_opts *how, struct dump_stat *st,
			  struct err *e);

/* Bytes of memory that dump_run() takes at most with HOW for SRC, and how it divides them, as a sentence. */
uint64_t dump_memory(struct source *src, const struct dump_opts *how, char *text, unsigned n);

#endif
