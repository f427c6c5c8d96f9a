/* gauges.h: how the other parts are at this moment, for /metrics. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_GAUGES_H
#define PARLEY_GAUGES_H

#include "config.h"
#include "metrics.h"

#define GAUGES_EVERY_MS 1000	/* asked at most so often, whoever wants them */
#define GAUGES_WAIT_MS 2000	/* what has not answered by then is left out */
#define GAUGES_MOST 32

/*
 * Asks MySQL, Redis, RabbitMQ and the search backend all at once, each in a
 * thread and with connections of its own, that begin with the first call.
 * Apart from health.h: what that finds out decides whether requests come
 * here, so it asks nothing dear; counting what waits may take MySQL seconds.
 */
struct gauges;
struct gauges *gauges_new(const struct config *);
/* Waits for what is being asked. NULL is fine. */
void gauges_free(struct gauges *);

/*
 * Fills in what is known, and returns how many that are. METRIC_DEPENDENCY_UP
 * is there for each part, the others if their part has answered.
 */
size_t gauges_ask(struct gauges *, struct sample out[GAUGES_MOST]);

#endif
