/* db_pending.h: messages that are still to be indexed. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_PENDING_H
#define PARLEY_DB_PENDING_H

#include "db.h"
#include "item.h"

/*
 * index_pending is a list that the persister only ever appends to, so that
 * it never waits for an indexer; a message may stand in it more than once.
 */
struct index_entry {
	uint64_t sequence;	/* its key in index_pending */
	unsigned attempts;	/* earlier tries that the index refused */
	struct item item;	/* the message as stored now */
};

/*
 * Begins a transaction and locks up to limit due entries, oldest first,
 * skipping those that another indexer holds (SKIP LOCKED), and reads their
 * messages; of large ones fewer, the rest is unlocked with them. *count ==
 * 0: nothing is due, and no transaction is open. The caller frees the array,
 * each item cleared, and ends the transaction with db_index_finish or
 * db_rollback.
 */
MUST_CHECK enum result db_index_claim(struct db *, size_t limit,
    struct index_entry **out, size_t *count);

/*
 * Strikes off the count entries with done[i] nonzero, puts the others off
 * (attempts + 1, due again after a pause that doubles from 1 s to 10 min),
 * and commits.
 */
MUST_CHECK enum result db_index_finish(struct db *,
    const struct index_entry *, size_t count, const unsigned char *done);

/* How many entries wait (due or not), and the age of the oldest in ms. */
MUST_CHECK enum result db_index_backlog(struct db *, uint64_t *entries,
    int64_t *oldest_ms);

#endif
