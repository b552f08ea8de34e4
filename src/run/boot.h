/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: PID 1's first steps.
 * Consoles, pseudo file systems, kernel command line, configuration, recipe, watchdog.
 */
#ifndef RUN_BOOT_H
#define RUN_BOOT_H

#include "run/run.h"

/* Fills R. Nothing here can fail for good: what is missing is told and a default stands in. */
void boot_up(struct run *r);

/*
 * Arms a watchdog if there is one and none is armed yet. Its driver may be a module, so it is tried
 * again after a target's modules are loaded.
 */
void boot_watchdog(struct run *r);

/* The opening lines: which kernel crashed and when, from what save_look() found. */
void boot_opening(struct run *r);

/*
 * In a child: parses what boot_configure() will parse. That the child survives it is a fact which
 * boot_configure() wants to see.
 */
void boot_try_config(struct run *r, struct channel *ch);

/* Reads kdump.conf and the recipe; complaints are shown and go into the report. */
void boot_configure(struct run *r);

#endif
