/* metrics_layout.h: how counts lie in a file; for metrics*.c only. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_METRICS_LAYOUT_H
#define PARLEY_METRICS_LAYOUT_H

#include <stdbool.h>

#include "metrics_table.h"
#include "result.h"

/*
 * The layout is a text at the head of each file, so that programs of another
 * version can read it. A line is a metric: its name, its kind with the
 * bounds, each label with its values. Its cells, of 8 bytes, follow those of
 * the lines before: one for each combination of values, the last label's
 * changing first; in a histogram for each of them the buckets (the one
 * without a bound last; not cumulative), then the sum.
 */
#define LAYOUT_CELLS (METRIC_BOUNDS + 2)	/* of one series, at most */

struct layout {
	struct buffer text;
	size_t cells;
};

/*
 * That of our own table, in a program with these routes (or without any, for
 * NULL: then also without what only those have that answer). Its text is the
 * caller's to free.
 */
void layout_make(struct layout *, const char *const *routes);

/* Of one row of ours: how many series, and cells in each. */
size_t layout_series(enum metric, const char *const *routes);
size_t layout_width(enum metric);

/*
 * Calls visit for every series of a text: its labels as they are printed,
 * and where its cells begin. What our table does not have, or has otherwise,
 * is left out. visit may be NULL. False: it is no layout, or none of so many
 * cells; then part of it may have been visited.
 */
struct series_at {
	enum metric metric;
	const char *labels;
	size_t cell, width;
};
MUST_CHECK bool layout_walk(const char *text, size_t cells,
    void (*visit)(void *context, const struct series_at *), void *context);

#endif
