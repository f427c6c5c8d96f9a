/* park.h: events that cannot be stored, put aside for the operator. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_PARK_H
#define PARLEY_PARK_H

#include "batch.h"
#include "broker.h"

/*
 * Publishes each entry that has a reason, alone, into the queue of dead
 * letters, with the headers x-parley-reason, x-parley-time (ISO 8601) and
 * x-parley-count (how often it was delivered). RESULT_OK: each is confirmed,
 * so the batch may be acked. Else try again: those that are done are skipped.
 */
MUST_CHECK enum result park(struct broker *, struct batch *);

#endif
