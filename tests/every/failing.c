/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests: the allocation of a given number fails.
 * Linked into the program in place of malloc and its kin (ld --wrap). FAIL_ALLOCATION=N: the N-th call gives NULL, and
 * the line "INJECTED" goes to descriptor 9 when that is open.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);

static bool fails(void)
{
	static atomic_long calls;
	const char *which = getenv("FAIL_ALLOCATION");

	if (!which || atomic_fetch_add(&calls, 1) + 1 != strtol(which, NULL, 10))
		return false;
	if (write(9, "INJECTED\n", 9) < 0)
		errno = 0;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

char *__wrap_strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = __wrap_malloc(n);

	return p ? memcpy(p, s, n) : NULL;
}
