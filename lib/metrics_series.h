/* metrics_series.h: sums of counts, by name and labels; for metrics*.c only. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_METRICS_SERIES_H
#define PARLEY_METRICS_SERIES_H

#include "metrics_file.h"

struct series {
	enum metric metric;
	char *labels;			/* as printed, without braces */
	uint64_t value[LAYOUT_CELLS];
	size_t width;			/* values in use */
};

/* All zero is an empty list. */
struct series_list {
	struct series *series;
	size_t count, size;
};
void series_clear(struct series_list *);

/* Copies the labels and values; values NULL: zeros. */
void series_add(struct series_list *, enum metric, const char *labels,
    const uint64_t *values, size_t width);

/*
 * Adds what a good file (or mapping) has counted, but for what is 0; and if
 * some process has it, what is said of the living.
 */
void series_take(struct series_list *, struct metrics_head *, bool living);

/* Sorts, and makes one series of all those with the same name and labels. */
void series_merge(struct series_list *);

/* In a merged list; or NULL. */
const struct series *series_find(const struct series_list *, enum metric,
    const char *labels);

#endif
