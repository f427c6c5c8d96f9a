/* db.h: connections to MySQL or MariaDB, alone and pooled. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_H
#define PARLEY_DB_H

#include "config.h"
#include "result.h"

/*
 * A connection and its prepared statements, kept for as long as it lives.
 * One thread at a time. Connects when first used; a lost connection is made
 * anew by the next call. Every call is bounded by db_timeout_ms (connect,
 * read and write timeouts of the connector, whole milliseconds rounded up to
 * its seconds). Isolation is READ COMMITTED. Results:
 *   RESULT_UNAVAILABLE  down, late, or shutting down: nothing was changed
 *                       unless a commit was under way (then RESULT_UNKNOWN)
 *   RESULT_CONFLICT     deadlock or lock wait (1213, 1205) in a transaction:
 *                       it is rolled back, try again; or as the call says
 *   RESULT_REFUSED      the server refuses this content (too long, bad value)
 */
struct db;

/* The config must outlive the connection. Never NULL; connects lazily. */
struct db *db_new(const struct config *);
void db_free(struct db *);

/*
 * How long a call may take once connected, if not db_timeout_ms: for what
 * takes long (counting, migrations) or should not be given up early
 * (persisting). Begins a new connection; not inside a transaction.
 */
void db_set_timeout(struct db *, int ms);

/* What the server or the connector said of the last failure, for people. */
const char *db_error(const struct db *);

/* One round trip that shows that the server answers. */
MUST_CHECK enum result db_ping(struct db *);

/* Transactions. After any failure inside one, db_rollback. */
MUST_CHECK enum result db_begin(struct db *);
MUST_CHECK enum result db_commit(struct db *);
void db_rollback(struct db *);

/*
 * At most config.db_connections connections shared by many threads. take
 * waits up to db_timeout_ms for a free one, then RESULT_UNAVAILABLE.
 */
struct db_pool;
struct db_pool *db_pool_new(const struct config *);
void db_pool_free(struct db_pool *);
MUST_CHECK enum result db_pool_take(struct db_pool *, struct db **);
void db_pool_give(struct db_pool *, struct db *);

#endif
