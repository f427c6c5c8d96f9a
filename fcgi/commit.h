/* commit.h: the process's committer: writes of many threads, in groups. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_COMMIT_H
#define PARLEY_COMMIT_H

#include <semaphore.h>

#include "buffer.h"
#include "cache.h"
#include "config.h"
#include "db.h"
#include "life.h"
#include "metrics.h"
#include "result.h"
#include "spent.h"

/*
 * A worker thread hands its write over and sleeps. A lane of the committer
 * takes all that wait (bounded by commit_writes and commit_bytes), numbers
 * and hides them in one round trip to Redis, publishes them as one message,
 * waits for its confirm, reveals them in one more round trip, and wakes the
 * workers. While one lane waits for its confirm, the next one numbers. The
 * dearer a commit gets, the more it carries.
 *
 * A lane is up while its Redis and its broker answer. A lane that fails
 * tries both again, growing slower, with a probe that must be confirmed; no
 * write is numbered meanwhile, and with no lane up writes are turned away
 * at once.
 */
struct committer;

/*
 * Starts the lanes; returns when each has tried to come up once. What is
 * given must outlive the committer.
 */
struct committer *committer_new(const struct config *, struct db_pool *,
    struct life_keeper *, struct metrics *);

/*
 * Stops taking writes, settles those in hand, ends the lanes. No thread may
 * be in commit_write any more. NULL is fine.
 */
void committer_free(struct committer *);

/* A write on its way through. All zero but for what commit_write reads. */
struct write {
	struct admission admission;
	enum result result;
	sem_t done;
	struct write *next;
	struct spent spent;	/* out: by the group that it went with */
};

/*
 * Commits one write: admission has token, tail, creates, is_chat and the
 * known part of the key. Returns when its fate is known:
 *   RESULT_OK           look at admission.admit: only ADMIT_OK is stored,
 *                       with its number and version, durable and visible
 *   RESULT_FULL, RESULT_UNAVAILABLE  nothing was stored
 *   RESULT_UNKNOWN      it may have been stored
 */
MUST_CHECK enum result commit_write(struct committer *, struct write *);

#endif
