/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit tests: checks that count.
 * A test program is a main() of CHECKs that ends in `return check_done();`.
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stdio.h>
#include <string.h>

static int check_passed, check_failed;

#define CHECK(expr)     check_that(!!(expr), #expr, __FILE__, __LINE__)
#define CHECK_INT(a, b) check_int((long long)(a), (long long)(b), #a " == " #b, __FILE__, __LINE__)
#define CHECK_STR(a, b) check_str((a), (b), #a " == " #b, __FILE__, __LINE__)

static inline void check_that(int ok, const char *what, const char *file, int line)
{
	if (ok) {
		check_passed++;
		return;
	}
	check_failed++;
	fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
}

static inline void check_int(long long a, long long b, const char *what, const char *file, int line)
{
	check_that(a == b, what, file, line);
	if (a != b)
		fprintf(stderr, "  %lld is not %lld\n", a, b);
}

static inline void check_str(const char *a, const char *b, const char *what, const char *file, int line)
{
	int same = a && b ? strcmp(a, b) == 0 : a == b;

	check_that(same, what, file, line);
	if (!same)
		fprintf(stderr, "  \"%s\" is not \"%s\"\n", a ? a : "(null)", b ? b : "(null)");
}

static inline int check_done(void)
{
	printf("%d passed, %d failed\n", check_passed, check_failed);
	return check_failed || !check_passed;
}

#endif
