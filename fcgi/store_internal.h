/* store_internal.h: what store.c and store_read.c share. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_STORE_INTERNAL_H
#define PARLEY_STORE_INTERNAL_H

#include "db_items.h"
#include "store.h"

/* Who reads together, at most: one answer holds what all of them read. */
#define READERS_MOST ITEMS_MOST

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

/*
 * Commits the event, after getting what it needs to be admitted. The write's
 * claim, if any, is the caller's; all the rest of it is filled in. RESULT_OK:
 * look at its admission.admit; if that is ADMIT_OK or ADMIT_REPLAY the event
 * has its key and version.
 */
MUST_CHECK enum result store_commit(struct store *, const char *token,
    struct event *, struct charge *, struct write *);

#endif
