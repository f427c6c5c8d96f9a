/* db_counts.h: chats and applications that are still to be counted. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_COUNTS_H
#define PARLEY_DB_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db.h"

/* A chat whose messages, or (chat 0) an application whose chats, changed. */
struct count_entry {
	uint32_t application;
	uint64_t chat;
	uint64_t marks;		/* how often it was marked when read */
};

/* How many entries a walk over all, or over the marked ones, will meet. */
MUST_CHECK enum result db_count_total(struct db *, bool all, uint64_t *total);

/*
 * Reads up to limit marks after (application, chat) in key order, holding no
 * lock. The caller frees the array.
 */
MUST_CHECK enum result db_count_pending(struct db *,
    const struct count_entry *after, size_t limit,
    struct count_entry **out, size_t *count);

/* The same walk over every application and chat there is, for --full. */
MUST_CHECK enum result db_count_all(struct db *,
    const struct count_entry *after, size_t limit,
    struct count_entry **out, size_t *count);

/*
 * Counts the rows (never trusts the highest number) and stores the count;
 * then drops the mark if nobody marked it again meanwhile. RESULT_NOT_FOUND:
 * messages were stored before their chat was; the mark stays until it is.
 * RESULT_CONFLICT: a deadlock, or a lock that was long held; try again.
 */
MUST_CHECK enum result db_count_one(struct db *, const struct count_entry *);

/*
 * Takes or gives back the advisory lock that keeps two counters from
 * running at once, on whatever host. RESULT_CONFLICT: somebody has it.
 */
MUST_CHECK enum result db_count_lock(struct db *);
void db_count_unlock(struct db *);

#endif
