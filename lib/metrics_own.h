/* metrics_own.h: what metrics.c and metrics_print.c share. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_METRICS_OWN_H
#define PARLEY_METRICS_OWN_H

#include "metrics_file.h"

struct metrics {
	char *dir;			/* of the files of all; or "" */
	const char *const *routes;
	struct metrics_head *head;	/* mapped, or with fd -1 allocated */
	int fd;				/* holds the file */
	metric_cell *cells[METRICS_COUNTED];
	unsigned series[METRICS_COUNTED], width[METRICS_COUNTED];
	unsigned methods, statuses;	/* values of these labels */
};

#endif
