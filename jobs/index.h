/* index.h: brings stored messages into the search index. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_INDEX_H
#define PARLEY_INDEX_H

#include <stdatomic.h>

#include "config.h"
#include "metrics.h"

/*
 * Works off what the persister has written into index_pending. Several may
 * run, in as many processes. However long the index is down, the debt lies
 * in MySQL, and no more than one batch of it in memory.
 */
struct indexer;

/* Has connections of its own, made when needed. Both must outlive it. */
struct indexer *indexer_new(const struct config *, struct metrics *);
void indexer_free(struct indexer *);

/* Runs until *stop and a wake (or half a second); a batch is finished. */
void indexer_run(struct indexer *, const atomic_bool *stop);

/* Says that there is something new to index, or to stop. From any thread. */
void indexer_wake(struct indexer *);

#endif
