/* clock.c: the time, as dates and as distances. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "clock.h"

#include <stdio.h>
#include <time.h>

#define YEAR_0_MS (-62167219200000)
#define YEAR_10000_MS 253402300800000

static int64_t
read_clock(clockid_t clock)
{
	struct timespec now;

	/* Cannot fail for these clocks and a valid pointer. */
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_wall_ms(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
clock_mono_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void
clock_format(int64_t wall_ms, char out[CLOCK_SIZE])
{
	struct tm tm;
	time_t seconds;
	int64_t ms;

	if (wall_ms < YEAR_0_MS)
		wall_ms = YEAR_0_MS;
	if (wall_ms >= YEAR_10000_MS)
		wall_ms = YEAR_10000_MS - 1;
	ms = (wall_ms % 1000 + 1000) % 1000;
	seconds = (time_t)((wall_ms - ms) / 1000);
	gmtime_r(&seconds, &tm);

	/* The remainders change nothing; they show the compiler the bounds. */
	snprintf(out, CLOCK_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
	    (unsigned)(tm.tm_year + 1900) % 10000,
	    (unsigned)(tm.tm_mon + 1) % 100, (unsigned)tm.tm_mday % 100,
	    (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
	    (unsigned)tm.tm_sec % 100, (unsigned)ms % 1000);
}
