/* clock.h: the time, as dates and as distances. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_CLOCK_H
#define PARLEY_CLOCK_H

#include <stdint.h>

/* Milliseconds since 1970-01-01 UTC; may jump when the clock is set. */
int64_t clock_wall_ms(void);

/* Milliseconds since some start; never jumps: for deadlines and pauses. */
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);

/*
 * A date and a time of day in UTC, and back, in the Gregorian calendar without
 * leap seconds, as POSIX counts them; for years 0 to 9999, to the nearest of
 * which what lies outside is moved. The C library's own functions take a lock
 * that all threads share, to look after time zones.
 */
struct clock_date {
	unsigned year, month, day;	/* month and day from 1 */
	unsigned hour, minute, second, ms;
};
void clock_split(int64_t wall_ms, struct clock_date *);
int64_t clock_join(const struct clock_date *);

/*
 * ISO 8601 in UTC with milliseconds: 2026-01-02T03:04:05.678Z. Times before
 * year 0 or after 9999 are written as the first or last that fit.
 */
#define CLOCK_SIZE 25
void clock_format(int64_t wall_ms, char out[CLOCK_SIZE]);

#endif
