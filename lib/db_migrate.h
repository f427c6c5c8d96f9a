/* db_migrate.h: brings the schema of the database up to date. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_DB_MIGRATE_H
#define PARLEY_DB_MIGRATE_H

#include <stdbool.h>

#include "db.h"

/* What is to be done, and how it went. */
struct migration {
	const char *directory;	/* has schema.sql and NNN-<change>.sql */
	bool dry_run;		/* only report what would be applied */
	/* Before each file, with its statements, each ended by ";\n". May be
	 * NULL. */
	void (*report)(void *user, const char *name, const char *statements);
	void *user;		/* report's */
	char error[1024];	/* out: what is wrong, in a line; else "" */
};

/*
 * Applies schema.sql, then each NNN-*.sql of the directory, in their order,
 * each that schema_migrations does not have yet. Safe to run twice and by
 * two at once: an advisory lock is waited for. A dry run reads the records,
 * if there are any, and wants no right but that.
 *   RESULT_INVALID      a file is missing, misnamed, not SQL, or was changed
 *                       after it had been applied
 *   RESULT_REFUSED      the server refused a statement: error says which
 *                       file and statement, and what to do
 *   RESULT_UNAVAILABLE  the server was not there or left
 *   RESULT_CONFLICT     somebody else has been migrating for long
 */
MUST_CHECK enum result db_migrate(struct db *, struct migration *);

#endif
