/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: faults on purpose.
 * A wrapper around any sink, for tests and rehearsals: no stage below or above knows of it.
 */
#ifndef SINK_SINK_FAULT_H
#define SINK_SINK_FAULT_H

#include "base/err.h"
#include "iface/sink.h"

struct sink_fault {
	uint64_t fail_at;  /* the write that reaches this byte of a file fails; UINT64_MAX: never */
	int code;          /* with this -errno */
	unsigned stall_ms; /* every write sleeps so long first */
	int fail_commit;   /* -errno of every commit; 0: none */
	int fail_space;    /* -errno of every question for the space; 0: none */
};

/* Replaces *INOUT by a sink that does as HOW says and owns the wrapped one. */
int must_check sink_fault_wrap(struct sink **inout, const struct sink_fault *how, struct err *e);

#endif
