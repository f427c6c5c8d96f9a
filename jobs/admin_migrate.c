/* admin_migrate.c: parley-admin migrate: the schema brought up to date. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>
#include <stdio.h>

#include "admin.h"
#include "admin_output.h"
#include "db_migrate.h"

/* One migration statement may rebuild a big table: an hour, in ms. */
#define MIGRATE_TIMEOUT_MS 3600000

/* Into an array for programs; or at once, if there is none. */
static void
report(void *array, const char *name)
{
	if (array != NULL) {
		json_array_append_new(array, json_string(name));
		return;
	}
	printf("%s\n", name);
	fflush(stdout);
}

/* Whatever came between: what was applied stays so. */
static void
say_json(const struct migration *migration)
{
	output_json(json_pack("{s:b,s:O}", "dry_run", migration->dry_run,
	    "applied", migration->user));
}

int
admin_migrate(const struct call *call)
{
	struct migration migration = {
		.directory = call->sql_directory,
		.dry_run = (call->given & GIVEN_DRY_RUN) != 0,
		.report = report,
		.user = admin_wants_json(call) ? json_array() : NULL,
	};
	struct db *db = db_new(call->config);
	enum result result;

	db_set_timeout(db, MIGRATE_TIMEOUT_MS);
	result = db_migrate(db, &migration);
	db_free(db);
	if (migration.user != NULL)
		say_json(&migration);
	json_decref(migration.user);
	if (result == RESULT_OK)
		return EXIT_OK;
	return admin_fail(result == RESULT_INVALID ||
	    result == RESULT_REFUSED ? EXIT_USAGE : EXIT_AGAIN,
	    "migrate: %s", migration.error);
}
