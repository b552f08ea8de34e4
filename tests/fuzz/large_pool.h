/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: large aligned buffers out of a pool.
 * The allocator of the sanitizer gives each of them fresh memory, which takes longer than what is done with it. What is
 * free, and what lies behind a buffer, is poisoned as it would be there.
 */
#ifndef TESTS_FUZZ_LARGE_POOL_H
#define TESTS_FUZZ_LARGE_POOL_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <sanitizer/asan_interface.h>

#define LARGE_LEAST ((size_t)512 << 10)
#define LARGE_MOST  ((size_t)8 << 20)
#define LARGE_SLOTS 4u

int __real_posix_memalign(void **ret, size_t align, size_t n);
void __real_free(void *p);
int __wrap_posix_memalign(void **ret, size_t align, size_t n);
void __wrap_free(void *p);

static struct {
	_Alignas(4096) uint8_t b[LARGE_SLOTS][LARGE_MOST];
	bool taken[LARGE_SLOTS], known[LARGE_SLOTS];
	size_t n[LARGE_SLOTS];
	pthread_mutex_t lock;
} large = { .lock = PTHREAD_MUTEX_INITIALIZER };

int __wrap_posix_memalign(void **ret, size_t align, size_t n)
{
	unsigned i = 0;

	if (n < LARGE_LEAST || n > LARGE_MOST || align > 4096)
		return __real_posix_memalign(ret, align, n);
	pthread_mutex_lock(&large.lock);
	while (i < LARGE_SLOTS && large.taken[i])
		i++;
	if (i < LARGE_SLOTS)
		large.taken[i] = true;
	pthread_mutex_unlock(&large.lock);
	if (i == LARGE_SLOTS)
		return ENOMEM;
	if (!large.known[i])
		ASAN_POISON_MEMORY_REGION(large.b[i], LARGE_MOST);
	large.known[i] = true;
	large.n[i] = n;
	ASAN_UNPOISON_MEMORY_REGION(large.b[i], n);
	*ret = large.b[i];
	return 0;
}

void __wrap_free(void *p)
{
	for (unsigned i = 0; i < LARGE_SLOTS; i++) {
		if (p != large.b[i])
			continue;
		if (!large.taken[i])
			abort(); /* freed twice */
		ASAN_POISON_MEMORY_REGION(large.b[i], large.n[i]);
		large.taken[i] = false;
		return;
	}
	__real_free(p);
}

/* Nothing of the pool may be in use: a leak. */
static inline void large_check(void)
{
	for (unsigned i = 0; i < LARGE_SLOTS; i++)
		if (large.taken[i])
			abort();
}

#endif
