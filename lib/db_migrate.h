/* db_migrate.h: brings the schema of the database up to date. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_MIGRATE_H
#define PARLEY_DB_MIGRATE_H

#include "db.h"

/*
 * Applies schema.sql to an empty database, then each NNN-*.sql in directory
 * that is not yet recorded in schema_migrations, in order, each once. Safe
 * to run twice and by two at once (an advisory lock). report, if not NULL,
 * is called with the name of each file before it is applied. On failure
 * error says which file, which statement, and what the server said.
 */
MUST_CHECK enum result db_migrate(struct db *, const char *directory,
    void (*report)(const char *name), char *error, size_t size);

#endif
