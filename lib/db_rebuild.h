/* db_rebuild.h: how far a new search index has been built. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_REBUILD_H
#define PARLEY_DB_REBUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "item.h"

/* The row of index_rebuild. */
#define REBUILD_NAME_SIZE 256
struct rebuild {
	char target[REBUILD_NAME_SIZE];		/* what is being built */
	char retired[REBUILD_NAME_SIZE];	/* what it replaces; "": none */
	struct key copied_to;			/* all 0 at first */
	uint64_t copied, refused;		/* messages */
};

/*
 * One operator's tool at a time looks after the index: RESULT_CONFLICT if
 * another does.
 */
MUST_CHECK enum result db_rebuild_lock(struct db *);
void db_rebuild_unlock(struct db *);

/* RESULT_NOT_FOUND: none is under way. */
MUST_CHECK enum result db_rebuild_get(struct db *, struct rebuild *out);

/*
 * Whether one is under way, for the indexer. To be asked after entries were
 * claimed: then what is claimed while the answer is no was stored before the
 * rebuild began, and is copied by it.
 */
MUST_CHECK enum result db_rebuild_runs(struct db *, bool *runs);

/* Begins one; notes how far it is; ends it. */
MUST_CHECK enum result db_rebuild_begin(struct db *, const struct rebuild *);
MUST_CHECK enum result db_rebuild_note(struct db *, const struct rebuild *);
MUST_CHECK enum result db_rebuild_end(struct db *);

#endif
