/* metrics_table.h: the rows of the table of metrics; for metrics*.c only. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_METRICS_TABLE_H
#define PARLEY_METRICS_TABLE_H

#include "metrics.h"

#define METRIC_LABELS 3		/* of one metric */
#define METRIC_VALUES 64	/* of one label */
#define METRIC_BOUNDS 14	/* of one histogram */

enum metric_kind {
	KIND_COUNTER,
	KIND_HISTOGRAM,		/* of microseconds, printed as seconds */
	KIND_LIVING,		/* a gauge: the sum of living processes' */
	KIND_LATEST,		/* a gauge: the highest, living or dead */
	KIND_OLDEST,		/* a gauge: the lowest */
};

struct metric_label {
	const char *name;
	const char *const *values;	/* ends with NULL; NULL: the routes */
};

/*
 * A metric that is to be kept in files: a member in enum metric, a row, and
 * a line in doc/metrics.md. Files of other versions are understood, because
 * each says itself what is in it.
 */
struct metric_row {
	const char *name, *help;
	enum metric_kind kind;
	struct metric_label label[METRIC_LABELS];
	const uint32_t *bounds;		/* microseconds; 0 ends them */
	unsigned unit;			/* this many are 1 as printed; 0: 1 */
};

extern const struct metric_row metric_table[METRICS];

/* Where a status that has no place of its own is counted: the last one. */
extern const char *const metric_statuses[];
extern const char *const metric_methods[];

#endif
