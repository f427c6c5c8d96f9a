/* settle.h: does with a batch all that must be done before it is acked. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_SETTLE_H
#define PARLEY_SETTLE_H

#include <stdatomic.h>

#include "batch.h"
#include "broker.h"
#include "cache.h"
#include "config.h"
#include "db.h"
#include "metrics.h"
#include "pause.h"
#include "transact.h"

/* Its connections are made when first needed. */
struct settler {
	const struct config *config;
	struct broker *aside;	/* a consumer's channel cannot confirm */
	struct db *db;
	struct cache *cache;
	struct metrics *metrics;
	struct pause store_pause, aside_pause;
	struct marks marks;	/* what the last batch stored */
	int64_t store_us;	/* how long that took */
	const atomic_bool *stop;
};

/* Both must outlive it; stop is to be set before settling. */
void settler_init(struct settler *, const struct config *, struct metrics *);
void settler_clear(struct settler *);

/*
 * Stores what can be stored and puts the rest aside, confirmed: then it is
 * RESULT_OK. While a part is down it tries again, for hold_ms at most; then
 * RESULT_UNAVAILABLE. Whatever happens between here and the ack, settling the
 * same again changes nothing.
 */
MUST_CHECK enum result settle(struct settler *, struct batch *, int hold_ms);

/*
 * After that: begins to tell Redis what is stored. The batch may be cleared
 * then, and the next one settled while Redis is at work.
 */
void settle_tell(struct settler *);

/* Waits until Redis has been told; then the batch is to be acked. */
void settle_told(struct settler *);

/*
 * After that failed and the deliveries went back: waits until it would go
 * well, by trying what changes nothing when it is done again. The queue
 * counts its deliveries, and this keeps it at one for each outage, also when
 * the database answers but takes no writes.
 */
void settle_wait(struct settler *, struct batch *);

#endif
