/* transact.h: entries of a batch into MySQL; finds those that cannot be. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_TRANSACT_H
#define PARLEY_TRANSACT_H

#include "batch.h"
#include "cache.h"
#include "cache_claim.h"
#include "db.h"

/*
 * What is known to be stored, to be told to Redis: things, and claims, whose
 * keys are in the batch. All zero is an empty list.
 */
struct marks {
	struct mark *mark;
	size_t count, size;
	struct claim_stored *claim;
	size_t claims, claims_size;
};
void marks_clear(struct marks *);

/*
 * Stores all good entries, in as few transactions as possible, in an order
 * in which a marker is never passed before what stands in front of it.
 * RESULT_OK: each entry is stored or has a reason why not; marks holds what
 * Redis is to be told. Otherwise the store is down: some may be stored,
 * and doing it again is right.
 */
MUST_CHECK enum result transact(struct db *, const struct config *,
    struct batch *, struct marks *);

#endif
