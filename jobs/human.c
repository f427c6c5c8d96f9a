/* human.c: numbers and times as people like to read them. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "human.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"

void
human_number(uint64_t number, char out[HUMAN_SIZE])
{
	char digits[HUMAN_SIZE];
	int count = snprintf(digits, sizeof(digits), "%" PRIu64, number);

	for (int i = 0; i < count; i++) {
		if (i > 0 && (count - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
}

/* In the largest unit of which there are two, so that little is lost. */
void
human_span(int64_t ms, char out[HUMAN_SIZE])
{
	static const struct {
		int64_t ms;
		const char *name;
	} units[] = {
		{ 86400000, "days" }, { 3600000, "h" }, { 60000, "min" },
		{ 1000, "s" },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (ms >= 2 * units[i].ms) {
			snprintf(out, HUMAN_SIZE, "%" PRId64 " %s",
			    ms / units[i].ms, units[i].name);
			return;
		}
	snprintf(out, HUMAN_SIZE, "%" PRId64 " ms", ms > 0 ? ms : 0);
}

void
human_time(int64_t wall_ms, char out[HUMAN_SIZE])
{
	struct clock_date date;

	clock_split(wall_ms, &date);
	snprintf(out, HUMAN_SIZE, "%04u-%02u-%02u %02u:%02u:%02u", date.year,
	    date.month, date.day, date.hour, date.minute, date.second);
}

size_t
human_columns(int fd)
{
	struct winsize size = {0};

	if (!isatty(fd))
		return 0;
	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ?
	    size.ws_col : 80;
}
