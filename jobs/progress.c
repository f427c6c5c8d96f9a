/* progress.c: how far a long piece of work is, for who waits for it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "progress.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "human.h"

#define WIDTH_MOST 40		/* characters of the bar */
#define WIDTH_LEAST 10
#define FRAME 4			/* "[", "] ", and one column that stays free */
#define BAR_PAUSE_MS 100	/* between two drawings */
#define LINE_PAUSE_MS 5000
#define RATE_AFTER_MS 200	/* before, it would only be a guess */
#define TEXT_SIZE 200

void
progress_begin(struct progress *progress, const char *what, uint64_t first,
    uint64_t total, bool quiet)
{
	*progress = (struct progress){
		.what = what,
		.first = first,
		.total = total,
		.quiet = quiet,
		.began_at = clock_mono_ms(),
		.shown_at = clock_mono_ms(),
	};
}

/* "1,200 of 40,000 messages copied, 600/s, 64 s left". */
static void
describe(const struct progress *progress, uint64_t done, uint64_t total,
    char out[TEXT_SIZE])
{
	int64_t spent = clock_mono_ms() - progress->began_at;
	uint64_t here = done - progress->first, rate = 0;
	char number[HUMAN_SIZE], most[HUMAN_SIZE], span[HUMAN_SIZE];
	int len;

	human_number(done, number);
	human_number(total, most);
	len = snprintf(out, TEXT_SIZE, "%s of %s %s", number, most,
	    progress->what);
	if (spent >= RATE_AFTER_MS)
		rate = here * 1000 / (uint64_t)spent;
	if (rate == 0)
		return;
	human_number(rate, number);
	human_span((int64_t)((total - done) * 1000 / rate), span);
	snprintf(out + len, TEXT_SIZE - (size_t)len, ", %s/s%s%s%s", number,
	    total > done ? ", " : "", total > done ? span : "",
	    total > done ? " left" : "");
}

/* In one write, so that nobody sees half of it. */
static void
draw_bar(const char *text, size_t columns, uint64_t done, uint64_t total)
{
	size_t taken = strlen(text) + FRAME;
	size_t width = columns > taken ? columns - taken : 0, full;
	char bar[WIDTH_MOST + FRAME] = "";

	if (width > WIDTH_MOST)
		width = WIDTH_MOST;
	full = total ? (size_t)(done * width / total) : width;
	if (width >= WIDTH_LEAST) {
		bar[0] = '[';
		memset(bar + 1, '#', full);
		memset(bar + 1 + full, ' ', width - full);
		memcpy(bar + 1 + width, "] ", sizeof("] "));
	}
	fprintf(stderr, "\r%s%s\033[K", bar, text);
}

static void
draw(struct progress *progress, uint64_t done)
{
	uint64_t total = done > progress->total ? done : progress->total;
	size_t columns = human_columns(STDERR_FILENO);
	char text[TEXT_SIZE];

	progress->shown_at = clock_mono_ms();
	describe(progress, done, total, text);
	if (columns > 0)
		draw_bar(text, columns, done, total);
	else
		fprintf(stderr, "%s\n", text);
}

void
progress_show(struct progress *progress, uint64_t done)
{
	int64_t pause = isatty(STDERR_FILENO) ? BAR_PAUSE_MS : LINE_PAUSE_MS;

	if (!progress->quiet && clock_mono_ms() - progress->shown_at >= pause)
		draw(progress, done);
}

void
progress_end(struct progress *progress, uint64_t done)
{
	if (progress->quiet)
		return;
	draw(progress, done);
	if (isatty(STDERR_FILENO))
		fputc('\n', stderr);
}
