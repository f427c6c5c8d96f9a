/* life.h: which life of Redis this process works in, and its marker. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_LIFE_H
#define PARLEY_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "broker.h"
#include "cache.h"
#include "config.h"
#include "db.h"
#include "result.h"

/*
 * A life of Redis ends when it forgets: a restart, FLUSHALL, a failover.
 * Whoever meets a new one raises the epoch in MySQL, puts it into Redis,
 * and sees to it that a marker goes through the queue. When the jobs have
 * passed the marker, all that earlier lives accepted is in MySQL: the epoch
 * is settled, and what is found nowhere is not there.
 *
 * One for each process, used by all its threads. It has a thread of its own
 * that sends the marker (again, until it is passed).
 */
struct life_keeper;
struct life_keeper *life_keeper_new(const struct config *, struct db_pool *);
/* Stops the thread. NULL is fine. */
void life_keeper_free(struct life_keeper *);

/*
 * The epoch of the Redis behind this connection, raising it if need be.
 * RESULT_UNAVAILABLE: Redis is down, or it has a new life and MySQL, where
 * the epoch must be raised, is down.
 */
MUST_CHECK enum result life_epoch(struct life_keeper *, struct cache *,
    uint32_t *epoch);

/*
 * Whether an epoch that Redis holds is none that can be worked in: 0, or one
 * that a later one has followed. A Redis that others replaced, and that is
 * met again, still holds its own; so does one that learns late of an epoch
 * it was to be given. life_epoch then raises a new one. Asks MySQL only
 * about an epoch that is news, and takes Redis's word if MySQL is down.
 */
MUST_CHECK bool life_is_past(struct life_keeper *, uint32_t epoch);

/*
 * Whether the epoch is settled. Ask before reading MySQL, not after: what
 * was settled then is in what is read next. Asks MySQL until it is so.
 */
MUST_CHECK enum result life_settled(struct life_keeper *, struct db *,
    uint32_t epoch, bool *settled);

/*
 * Whether the broker takes writes: publishes an event that means nothing and
 * waits for its confirm. Connects if need be.
 */
MUST_CHECK enum result life_broker_probe(struct broker *);

#endif
