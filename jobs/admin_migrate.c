/* admin_migrate.c: parley-admin migrate: the schema brought up to date. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "admin.h"
#include "db_migrate.h"

/* One migration statement may rebuild a big table: an hour, in ms. */
#define MIGRATE_TIMEOUT_MS 3600000

static void
report_migration(const char *name)
{
	printf("%s\n", name);
	fflush(stdout);
}

int
admin_migrate(const struct call *call)
{
	struct migration migration = {
		.directory = call->sql_directory,
		.dry_run = (call->given & GIVEN_DRY_RUN) != 0,
		.report = report_migration,
	};
	struct db *db = db_new(call->config);
	enum result result;

	db_set_timeout(db, MIGRATE_TIMEOUT_MS);
	result = db_migrate(db, &migration);
	db_free(db);
	if (result == RESULT_OK)
		return EXIT_OK;
	return admin_fail(result == RESULT_INVALID ||
	    result == RESULT_REFUSED ? EXIT_USAGE : EXIT_AGAIN,
	    "migrate: %s", migration.error);
}
