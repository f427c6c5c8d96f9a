/* measure.c: counts requests and their answers. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define NO_ROUTE "none"

/* Rows of the same path stand together. */
static size_t
paths_of(const struct route *route, const char **out)
{
	size_t count = 0;

	for (; route != NULL && route->path != NULL; route++)
		if (count == 0 || strcmp(out[count - 1], route->path) != 0)
			out[count++] = route->path;
	return count;
}

const char **
measure_routes(const struct family *family)
{
	const char **out;
	size_t rows = 0, count = 0;

	while (family->routes != NULL && family->routes[rows].path != NULL)
		rows++;
	while (family->dialects != NULL && family->dialects[count] != NULL)
		count++;
	out = xcalloc(rows + count + 2, sizeof(*out));
	if (count > 0)
		memcpy(out, family->dialects, count * sizeof(*out));
	else
		count = paths_of(family->routes, out);
	out[count] = NO_ROUTE;
	return out;
}

void
measure_begins(struct worker *worker)
{
	metrics_add(worker->metrics, METRIC_THREADS_BUSY, 0, 1);
}

void
measure_ends(struct worker *worker, const struct exchange *x)
{
	const struct request *const req = &x->request;
	const struct answered answered = {
		.route = req->spoken != NULL ? req->spoken :
		    req->route != NULL ? req->route : NO_ROUTE,
		.method = req->head ? METHOD_HEAD : req->method,
		.status = x->response.status,
		.us = spent_total(&worker->spent) -
		    worker->spent.us[SPENT_WEB],
		.bytes = x->out.len,
	};

	metrics_answer(worker->metrics, &answered);
	if (worker->charge.refused)
		metrics_add(worker->metrics, METRIC_RATE_LIMITED,
		    worker->charged_as, 1);
	if (req->once != NULL && req->once->replayed)
		metrics_add(worker->metrics, METRIC_REPLAYS, 0, 1);
	metrics_add(worker->metrics, METRIC_THREADS_BUSY, 0, UINT64_MAX);
}
