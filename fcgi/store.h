/* store.h: what handlers know of storage: find, list, write. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_STORE_H
#define PARLEY_STORE_H

#include <stdbool.h>

#include "cache_charge.h"
#include "combine.h"
#include "commit.h"
#include "config.h"
#include "db.h"
#include "event.h"
#include "health.h"
#include "item.h"
#include "lease.h"
#include "life.h"
#include "metrics.h"
#include "once.h"
#include "pages.h"
#include "result.h"
#include "spent.h"

/*
 * Reads ask Redis for what is fresh, then MySQL, and merge: you read your
 * own write at once. One store for each worker thread; what all threads
 * share (pool, committer, life) is made once for the process.
 */
struct shared {
	const struct config *config;
	struct db_pool *pool;
	struct life_keeper *life;
	struct pages *pages;
	struct combiner cache_readers;	/* who looks for one thing in Redis */
	struct combiner row_readers;	/* who reads one row of MySQL */
	struct combiner list_readers;	/* who reads a list of MySQL */
	struct health_keeper *health;
	struct committer *committer;	/* NULL where nothing is written */
	struct lessor *lessor;		/* NULL where nothing is written */
	struct gauges *gauges;		/* works only where it is asked */
	struct metrics *metrics;	/* borrowed */
};

/*
 * Makes all that threads share; writes: whether chats or messages are. The
 * metrics, which may be NULL, must outlive it.
 */
void shared_init(struct shared *, const struct config *, bool writes,
    struct metrics *);
/* Settles what is being written, and ends it. No worker may be left. */
void shared_clear(struct shared *);

struct store;
/* Its calls outside are counted in spent, which outlives it. */
struct store *store_new(struct shared *, struct spent *);
void store_free(struct store *);

/*
 * All of them: RESULT_NOT_FOUND is certain (token, chat or message is not
 * there); RESULT_UNAVAILABLE when that cannot be known now.
 */

/* The application's internal number. */
MUST_CHECK enum result store_application(struct store *, const char *token,
    uint32_t *application);

/*
 * A chat (message 0) or message, newest version. Fills in key.application.
 * messages_count is valid only when the item comes from store_get_chat.
 */
MUST_CHECK enum result store_get(struct store *, const char *token,
    struct key *, struct item *out);
MUST_CHECK enum result store_get_chat(struct store *, const char *token,
    struct key *, struct item *out);

/*
 * Chats (chat 0) or the messages of a chat; *more says that the list goes on
 * behind the last one. RESULT_NOT_FOUND: no such application or chat. *change
 * is for store_list_same.
 */
MUST_CHECK enum result store_list(struct store *, const char *token,
    uint64_t chat, const struct range *, struct items *out, bool *more,
    struct list_change *change);

/*
 * Whether a list that was read at most CHANGED_S ago would be the same now,
 * but for messages_count, which is written past Redis. Asks Redis only. False
 * also when that cannot be known.
 */
MUST_CHECK bool store_list_same(struct store *, const char *token,
    uint64_t chat, const struct list_change *since);

/*
 * Creates or updates: the event has type, id, origin, times, text, request
 * id and the known part of the key; gets the rest of the key and the
 * version. An update is one whose id differs from its origin. The charge is
 * taken in the same script that numbers it, unless it was already.
 *   RESULT_OK           durable in the queue, and visible
 *   RESULT_LIMITED      the charge was refused; nothing was stored
 *   RESULT_NOT_FOUND    unknown application or chat
 *   RESULT_FULL, RESULT_UNAVAILABLE  nothing was stored ("not-accepted")
 *   RESULT_UNKNOWN      it may have been stored ("outcome-unknown")
 */
MUST_CHECK enum result store_write(struct store *, const char *token,
    struct event *, struct charge *);

/*
 * The same for a request with an Idempotency-Key: the first one is stored,
 * the others get what it was answered; once says which it was.
 *   RESULT_CONFLICT     the key is in use, or was used for another payload
 *   RESULT_UNAVAILABLE  by this request nothing was stored; what others with
 *                       the same key did stays as it is
 */
MUST_CHECK enum result store_write_once(struct store *, const char *token,
    struct event *, struct charge *, struct once *);

/* Takes from token buckets, see cache_charge.h. */
MUST_CHECK enum result store_charge(struct store *, struct charge *);

/*
 * A pooled connection to MySQL for what is asked of it directly
 * (applications, search). Give it back.
 */
MUST_CHECK enum result store_db(struct store *, struct db **);
void store_db_give(struct store *, struct db *);

#endif
