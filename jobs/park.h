/* park.h: events that cannot be stored, put aside into queues of their own. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_PARK_H
#define PARLEY_PARK_H

#include <stdint.h>

#include "batch.h"
#include "broker.h"
#include "config.h"

/*
 * Publishes each entry that has a reason, alone. One that may be tried again,
 * and was not as often as jobs_retries, goes to the queue of retries with
 *   x-parley-due     when it is to be tried, milliseconds since 1970
 * any other one into the queue of dead letters with
 *   x-parley-time    now, ISO 8601
 * and both have
 *   x-parley-reason  why it was not stored
 *   x-parley-count   how often that was tried
 * RESULT_OK: each is confirmed, so the batch may be acked. Else try again:
 * those that are done are skipped. Both counts are of this call.
 */
struct parked {
	unsigned again, dead;
};
MUST_CHECK enum result park(struct broker *, const struct config *,
    struct batch *, struct parked *);

/* How long before the next try, if it was tried again so often already. */
int64_t park_pause_ms(int retries);

/*
 * Whether it would work now: publishes a probe, which the consumer of the
 * retries ignores.
 */
MUST_CHECK enum result park_probe(struct broker *);

#endif
