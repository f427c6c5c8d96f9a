/* combine.h: what many threads ask for at once, asked by one of them. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_COMBINE_H
#define PARLEY_COMBINE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>

#include "result.h"

/*
 * Who asks while nobody does, asks at once, for itself alone. Who asks while
 * somebody is asking, waits; when that one has its answers, the first who
 * waits asks for all who do. So the busier it is the more goes into a round
 * trip, and who is alone waits for nobody (Hendler et al., "Flat Combining
 * and the Synchronization-Parallelism Tradeoff", 2010). Where a whole group
 * waits already, one more may ask: a disk that is slow serves several.
 */
struct combiner {
	pthread_mutex_t mutex;	/* of what follows */
	struct combined *first, **last;	/* who waits */
	size_t waiting;		/* the sum of their sizes */
	int asking;		/* how many do */
	int most_asking;	/* at once; const */
	size_t most;		/* of the sizes in a group; const */
};

/* What one thread asks; first member of what it asks for. */
struct combined {
	size_t size;		/* in: of a group's most, 1 or more */
	struct combined *next;
	enum result result;
	sem_t turn;		/* it is answered, or is to ask */
	bool leads;
};

/*
 * Asks for a group, in order; RESULT_OK if each has its own result. One that
 * is larger than the most is a group of its own.
 */
typedef enum result combine_ask(void *mine, struct combined *group);

void combiner_init(struct combiner *, int most_asking, size_t most);
void combiner_clear(struct combiner *);

/*
 * Gets it answered, with how(mine, …) if it is this thread that asks for the
 * group; that has to have a deadline, waiting for a turn has none. Where it
 * fails, it fails for all who wait by then: what kept one round trip waiting
 * until its deadline would keep the next one, too.
 */
MUST_CHECK enum result combine(struct combiner *, struct combined *,
    combine_ask *how, void *mine);

#endif
