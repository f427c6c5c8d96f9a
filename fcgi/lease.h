/* lease.h: winning the numbers that Redis may hand out next. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_LEASE_H
#define PARLEY_LEASE_H

#include "cache.h"
#include "config.h"
#include "db.h"
#include "life.h"
#include "metrics.h"
#include "result.h"

/*
 * Wins leases; ahead of use in a thread of its own, so that writers seldom
 * wait for MySQL. One for each process that writes.
 */
struct lessor;
struct lessor *lessor_new(const struct config *, struct db_pool *,
    struct life_keeper *, struct metrics *);
void lessor_free(struct lessor *);

/*
 * Wins the next lease for a chat's messages (or, chat 0, an application's
 * chats) in MySQL and installs it in Redis. seen is the limit that the
 * counter has reached, LEASE_NONE if there is no counter. When another
 * thread or process is at it, waits until its lease is there, and only if
 * none comes wins one itself.
 *   RESULT_OK           there are numbers again: try the write again
 *   RESULT_UNAVAILABLE  MySQL or Redis is down
 */
MUST_CHECK enum result lease_obtain(struct lessor *, struct cache *,
    uint32_t epoch, const struct key *chat, uint64_t seen);

/*
 * Asks for the next lease of a chat whose newest one, up to seen, is half
 * used. Never waits; a request too many is dropped (the next write asks
 * again).
 */
void lessor_ask(struct lessor *, const struct key *chat, uint64_t seen);

#endif
