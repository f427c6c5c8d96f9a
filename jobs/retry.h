/* retry.h: tries again what the database refused, each event alone. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_RETRY_H
#define PARLEY_RETRY_H

#include <stdatomic.h>

#include "config.h"
#include "metrics.h"

struct indexer;

/*
 * Takes single events from the queue of retries, waits until each is due, and
 * stores it; what is refused once more goes to the end of that queue, to be
 * tried later, or at last to the dead letters. Several may run.
 */
struct retrier;

/* Has connections of its own. All that it is given must outlive it. */
struct retrier *retrier_new(const struct config *, struct indexer *,
    struct metrics *);
void retrier_free(struct retrier *);

/* Works until *stop; what is not due by then stays in the queue. */
void retrier_run(struct retrier *, const atomic_bool *stop);

#endif
