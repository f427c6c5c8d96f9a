/* persist.h: from the queue into MySQL, in batches, then the ack. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_PERSIST_H
#define PARLEY_PERSIST_H

#include <stdatomic.h>

#include "config.h"
#include "metrics.h"

struct indexer;

/*
 * Connections of its own to broker, database and Redis, all made when first
 * needed. All that it is given must outlive it; the indexer is woken after
 * each batch.
 */
struct persister *persister_new(const struct config *, struct indexer *,
    struct metrics *);
void persister_free(struct persister *);

/*
 * Works until stop is set: finishes the batch in hand and acks it, unless
 * the store is down; then it goes back to the queue.
 */
void persister_run(struct persister *, const atomic_bool *stop);

#endif
