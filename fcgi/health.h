/* health.h: how each dependency is, asked at most once a second. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_HEALTH_H
#define PARLEY_HEALTH_H

#include <stdint.h>

#include "config.h"
#include "life.h"

enum dependency {
	DEPENDENCY_MYSQL,
	DEPENDENCY_REDIS,
	DEPENDENCY_RABBITMQ,
	DEPENDENCY_SEARCH,
	DEPENDENCY_JOBS,
	DEPENDENCIES
};

enum condition {
	CONDITION_OK,
	CONDITION_DEGRADED,	/* works, but late or not wholly */
	CONDITION_UNAVAILABLE,	/* no answer, a wrong one, or none in time */
};

struct dependency_state {
	enum condition condition;
	int64_t since;		/* wall ms of the first check that found it
				 * so, with none in between that did not */
	int64_t checked_ago;	/* ms */
	int64_t ms;		/* how long that check took */
};

/* What the jobs have still to do. -1: it could not be found out. */
struct backlog {
	int64_t consumers;	/* of the queue of writes */
	int64_t fresh_oldest;	/* age in ms of what waits longest: */
	int64_t index_oldest;	/* to be stored, to be indexed, to be */
	int64_t count_oldest;	/* counted; 0: nothing waits */
};

struct health {
	struct dependency_state of[DEPENDENCIES];
	struct backlog backlog;
};

/*
 * One for each process, used by all its threads. Each dependency is asked by
 * a thread of its own over its own connection, so one that hangs delays none
 * of the others. The threads begin with the first look.
 */
struct health_keeper;
struct health_keeper *health_keeper_new(const struct config *,
    struct life_keeper *);
/* Waits for the checks that are under way. NULL is fine. */
void health_keeper_free(struct health_keeper *);

/*
 * How everything is. What was asked less than a second ago is not asked
 * again. The others are waited for, for HEALTH_LATE_MS at most: an answer
 * that takes longer counts as none. When half of the process's threads wait
 * already, the rest are told at once what was last known, so that a storm of
 * questions does not take all threads.
 */
#define HEALTH_FRESH_MS 1000
#define HEALTH_LATE_MS 1500
void health_look(struct health_keeper *, struct health *out);

#endif
