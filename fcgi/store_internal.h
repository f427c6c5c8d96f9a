/* store_internal.h: what the store_*.c files share. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_STORE_INTERNAL_H
#define PARLEY_STORE_INTERNAL_H

#include "store.h"

/*
 * Lists that are read together are short ones: rows that one thread reads for
 * many are memory that each thread may come to have. So many rows a list
 * counts as, at least.
 */
#define LIST_LEAST 21

struct store {
	struct shared *shared;
	struct cache *cache;
	struct spent *spent;
};

/*
 * Looks a token up in MySQL, and tells Redis whose it is. RESULT_OK also
 * when Redis could not be told.
 */
MUST_CHECK enum result store_learn_token(struct store *, const char *token,
    uint32_t *application);

/* What is asked of Redis: one thing, or (range not NULL) a list. */
struct question {
	const char *token;
	struct key key;
	const struct range *range;
	struct list_change *change;	/* out, of a list */
};

/*
 * Asks Redis, learning token and life where it knows them not. RESULT_OK:
 * the application is known; with look->epoch == 0 Redis can't be asked, and
 * nothing that is only missing is known to be missing.
 */
MUST_CHECK enum result store_look_up(struct store *, const struct question *,
    struct look *, struct items *fresh);

/* The newer of the two; empties both. The count is always the row's. */
void store_take_newer(struct item *fresh, struct item *row, struct item *out);

/*
 * Commits the event, after getting what it needs to be admitted. The write's
 * claim, if any, is the caller's; all the rest of it is filled in. RESULT_OK:
 * look at its admission.admit; if that is ADMIT_OK or ADMIT_REPLAY the event
 * has its key and version.
 */
MUST_CHECK enum result store_commit(struct store *, const char *token,
    struct event *, struct charge *, struct write *);

#endif
