/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: what of a plan this program can do.
 * The one place that says which targets and filters are built in.
 */
#ifndef CONF_BUILTIN_H
#define CONF_BUILTIN_H

#include "iface/plan.h"

#include <stdbool.h>

#define BUILTIN_MISSING 8 /* most sentences that one plan can draw */

enum builtin_part {
	BUILTIN_COLLECTOR, /* missing: another codec takes its place */
	BUILTIN_SERVICE,   /* missing: the capture goes on without it */
};

/* True when targets like T can be saved to. */
bool builtin_target(const struct plan_target *t);

/* True when the collector of P does what its line says, with the codec that it names. */
bool builtin_collector(const struct plan *p);

/*
 * Gives the features of PART that P asks for and this program lacks: static words such as
 * "compression". Gives their number, at most BUILTIN_MISSING.
 */
unsigned builtin_missing(const struct plan *p, enum builtin_part part,
			 const char *ret[BUILTIN_MISSING]);

#endif
