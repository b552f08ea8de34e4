/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lint: what clang-tidy cannot see because it looks at one file at a time.
 * Put in front of every file but src/base/err.c: the error functions give the code they are given, never 0.
 */
#ifndef TESTS_LINT_ANALYZER_H
#define TESTS_LINT_ANALYZER_H

#include "base/err.h"

static inline void known_args(const char *fmt, ...)
{
	(void)fmt;
}

#define err_sys(e, ...)       ((void)(e), known_args(__VA_ARGS__), -5)
#define err_set(e, code, ...) ((void)(e), known_args(__VA_ARGS__), (int)(code))
#define err_add(e, rc, ...)   ((void)(e), known_args(__VA_ARGS__), (int)(rc))

#endif
