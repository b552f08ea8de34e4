/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: time.
 * Deadlines are points of CLOCK_BOOTTIME in milliseconds; a step of the wall clock cannot move them.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define DEADLINE_NEVER INT64_MAX

/* Milliseconds since the kernel started (CLOCK_BOOTTIME). */
int64_t clock_ms(void);

/* Microseconds since the kernel started. */
int64_t clock_us(void);

/* The point in time MS milliseconds from now; MS <= 0 means never. */
int64_t deadline_in(int64_t ms);

/* What poll(2) wants: milliseconds until DEADLINE, 0 when it has passed, at most CAP (-1: no cap). */
int deadline_poll(int64_t deadline, int cap);

/* Seconds since 1970 of the wall clock. */
int64_t clock_wall(void);

#endif
