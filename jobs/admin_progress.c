/* admin_progress.c: how far a long piece of work is, for who waits for it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "admin_progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"

#define WIDTH 40		/* characters of the bar */
#define BAR_PAUSE_MS 100	/* between two drawings */
#define LINE_PAUSE_MS 5000

void
progress_begin(struct progress *progress, const char *what, uint64_t total)
{
	*progress = (struct progress){
		.what = what,
		.total = total,
		.bar = isatty(STDERR_FILENO) != 0,
		.shown_at = clock_mono_ms(),
	};
}

static void
draw(struct progress *progress, uint64_t done)
{
	uint64_t total = done > progress->total ? done : progress->total;
	int full = total ? (int)(done * WIDTH / total) : WIDTH;

	progress->shown_at = clock_mono_ms();
	if (progress->bar)
		fprintf(stderr, "\r[%.*s%*s] ", full,
		    "########################################", WIDTH - full,
		    "");
	fprintf(stderr, "%s %" PRIu64 " of %" PRIu64 "%s", progress->what,
	    done, total, progress->bar ? "" : "\n");
}

void
progress_show(struct progress *progress, uint64_t done)
{
	if (clock_mono_ms() - progress->shown_at >=
	    (progress->bar ? BAR_PAUSE_MS : LINE_PAUSE_MS))
		draw(progress, done);
}

void
progress_end(struct progress *progress, uint64_t done)
{
	draw(progress, done);
	if (progress->bar)
		fputc('\n', stderr);
}
