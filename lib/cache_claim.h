/* cache_claim.h: Redis: which writes with an Idempotency-Key there were. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_CACHE_CLAIM_H
#define PARLEY_CACHE_CLAIM_H

#include "cache.h"

/*
 * The first write with a key claims it when it gets its number: p:k then
 * holds its whole event, and until when its owner has time. Whoever comes
 * with the same key is told to wait; after that time he takes the event over
 * and publishes it again: the same number, version and UUID. When the write
 * was answered the claim keeps what that answer was made of, and when MySQL
 * has that too (db_once.h) it soon goes.
 */
struct claim {
	/* In. */
	const char *key;	/* a UUID made of scope and key */
	const char *print;	/* one made of the payload */
	uint32_t clear;		/* in this epoch, settled, MySQL did not have
				 * the key; 0: that is not known */
	/* In: of this write; out of ADMIT_REPLAY or a takeover: the first's. */
	int64_t created_at, updated_at;
	uint64_t count;
	/* Out. */
	unsigned owner;		/* of ADMIT_OK: 1 the first, then who took it */
	uint64_t slot;		/* the version that was there for this write;
				 * what was taken over has its own already */
	int64_t wait_ms;	/* of ADMIT_RUNNING */
	char *tail;		/* of the event that was taken over, or NULL */
};

/* Frees what cache_admit brought; not the struct itself. */
void claim_clear(struct claim *);

/*
 * Notes that an admitted write of this epoch is confirmed and visible.
 * RESULT_CONFLICT: it can't be: that life is over, or the claim is gone. Then
 * somebody else may have the key, and only MySQL will know who.
 */
MUST_CHECK enum result cache_claim_done(struct cache *, uint32_t epoch,
    const struct admission *);

/*
 * Gives up an admitted write: never_sent: nobody can have seen it, so the key
 * is free again, unless the write was another's before.
 */
MUST_CHECK enum result cache_claim_give_up(struct cache *,
    const struct admission *, bool never_sent);

/* Claims whose answers MySQL has now; sent ahead, as by cache_mark_ahead. */
struct claim_stored {
	uint32_t application;
	const char *key;
	uint64_t version;
};
MUST_CHECK enum result cache_claims_ahead(struct cache *,
    const struct claim_stored *, size_t count);

/* For cache_admit: the claim's words to the script, and the text it told. */
void claim_argument(struct cache *, const struct claim *);
MUST_CHECK enum result claim_answer(struct admission *, const char *told);

#endif
