/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: time.
 * CLOCK_BOOTTIME never jumps, whatever the battery-backed clock of a crashed machine claims.
 */
#include "base/clock.h"

#include <limits.h>
#include <time.h>

int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t deadline_in(int64_t ms)
{
	return ms <= 0 ? DEADLINE_NEVER : clock_ms() + ms;
}

int deadline_poll(int64_t deadline, int cap)
{
	int64_t left;

	if (deadline == DEADLINE_NEVER)
		return cap;
	left = deadline - clock_ms();
	if (left < 0)
		left = 0;
	if (cap >= 0 && left > cap)
		left = cap;
	return left > INT_MAX ? INT_MAX : (int)left;
}

int64_t clock_wall(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec;
}
