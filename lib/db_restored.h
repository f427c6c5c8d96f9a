/* db_restored.h: after an older state of the database was put back. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_RESTORED_H
#define PARLEY_DB_RESTORED_H

#include <stdint.h>

#include "db.h"

/*
 * What a dump cannot know of is what was handed out after it: numbers, epochs,
 * and the ids of applications. So all counting goes on that much further on.
 */
#define RESTORED_GAP 1000000	/* numbers of a chat or an application */
#define RESTORED_GAP_MOST 1000000000000
#define RESTORED_EPOCHS 256	/* lives of Redis */
#define RESTORED_IDS 65536	/* applications */

struct restored {
	uint64_t gap;			/* in: so many numbers, 1 or more */
	uint64_t counters;		/* out: how many were moved on */
	uint32_t epoch;			/* out: newer than any there was */
	uint32_t next_application;	/* out: the next one's id */
};

/*
 * Moves everything on; all or, if that fails, nothing but the id. Whatever
 * life of Redis there is, it is over then, for all who look at the database.
 * Again it moves on again, which costs another gap and no more.
 * RESULT_FULL: there is no room above what was handed out.
 */
MUST_CHECK enum result db_restored(struct db *, struct restored *,
    int64_t now);

#endif
