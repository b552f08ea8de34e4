/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the whole capture.
 * What PID 1 does from its first instruction to the reboot.
 */
#ifndef RUN_CAPTURE_H
#define RUN_CAPTURE_H

/* Runs as PID 1 of a capture kernel. Never returns. */
void capture_main(void) __attribute__((noreturn));

#endif
