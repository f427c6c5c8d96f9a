/* db_lock.h: advisory locks: one at a time, on whatever host. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_LOCK_H
#define PARLEY_DB_LOCK_H

#include "db.h"

/*
 * Takes the lock of that name (at most 20 bytes) of this database, waiting
 * up to wait_s seconds: RESULT_CONFLICT if somebody else still has it. It
 * lives and dies with the connection, so a lost connection is not made anew:
 * all calls are RESULT_UNAVAILABLE then until db_unlock.
 */
MUST_CHECK enum result db_lock(struct db *, const char *name, unsigned wait_s);
void db_unlock(struct db *, const char *name);

#endif
