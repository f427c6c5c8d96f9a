/* db_lives.h: epochs (lives of Redis) and leases of numbers in MySQL. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_LIVES_H
#define PARLEY_DB_LIVES_H

#include <stdbool.h>
#include <stdint.h>

#include "db.h"

#define LEASE_FIRST 32		/* size of a first lease: (0, 32] */
#define LEASE_MOST 65536	/* leases double up to this */
#define LEASE_BUSY_MS 60000	/* taken within this of the last: doubles */

/* The newest epoch, 0 if there was none yet. */
MUST_CHECK enum result db_epoch_newest(struct db *, uint32_t *epoch);

/*
 * Compare-and-set: makes `from` + 1 the newest epoch, for the life described
 * by `life`, if `from` still is the newest. Else RESULT_CONFLICT.
 */
MUST_CHECK enum result db_epoch_raise(struct db *, uint32_t from,
    const char *life, int64_t now);

/* Whether the jobs have passed the marker of this epoch (or a later one). */
MUST_CHECK enum result db_epoch_passed(struct db *, uint32_t epoch,
    bool *passed);

/*
 * Notes that the marker of this epoch was passed; part of the persister's
 * transaction.
 */
MUST_CHECK enum result db_epoch_pass(struct db *, uint32_t epoch,
    int64_t now);

/* A range of numbers (from, to] that nobody else will ever hand out. */
struct lease {
	uint64_t from, to;
};

/*
 * Wins the next range for the messages of a chat, or for the chats of an
 * application (chat == 0), by compare-and-set on its recorded limit.
 *
 * epoch: the caller's life of Redis. seen: the limit up to which Redis counts
 * now in that life, or LEASE_NONE. If the record was won in this same epoch
 * and is not what Redis has, somebody has won a lease and is about to
 * install it: RESULT_CONFLICT, as when the compare-and-set itself is lost.
 * The caller then looks again in Redis; only when nothing came for a while
 * (the winner died) does it insist. A record of another epoch is simply
 * continued after. Where nothing is recorded, counting goes on after
 * LEASE_FIRST for a chat's messages (given with its birth) and after 0 for
 * an application's chats. Sizes double while leases are taken within
 * LEASE_BUSY_MS, up to LEASE_MOST, and start again at LEASE_FIRST,
 * as they do in a new life.
 */
#define LEASE_NONE UINT64_MAX
struct lease_request {
	uint32_t application;
	uint64_t chat;
	uint32_t epoch;
	uint64_t seen;
	bool insist;
};
MUST_CHECK enum result db_lease_take(struct db *,
    const struct lease_request *, struct lease *out);

#endif
