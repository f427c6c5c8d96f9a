/* admin_migrate.c: parley-admin migrate: the schema brought up to date. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "admin.h"
#include "admin_output.h"
#include "buffer.h"
#include "db_migrate.h"

/* One migration statement may rebuild a big table: an hour, in ms. */
#define MIGRATE_TIMEOUT_MS 3600000

/* What is said when all is done, to programs. */
struct told {
	bool json, dry_run;
	json_t *applied;	/* names of files */
	struct buffer sql;	/* of a dry run */
};

/* A dry run's output is SQL, for whoever wants to look or to do it himself. */
static void
report(void *user, const char *name, const char *statements)
{
	struct told *told = user;

	json_array_append_new(told->applied, json_string(name));
	if (told->dry_run)
		buffer_printf(&told->sql, "-- %s\n%s\n", name, statements);
	if (told->json)
		return;
	if (told->dry_run)
		fputs(told->sql.data, stdout);
	else
		printf("%s\n", name);
	fflush(stdout);
	buffer_reset(&told->sql);
}

/* Whatever came between: what was applied stays so. */
static void
say_json(const struct told *told)
{
	output_json(json_pack("{s:b,s:O,s:o}", "dry_run", told->dry_run,
	    "applied", told->applied, "sql", told->dry_run ?
	    json_stringn(told->sql.len > 0 ? told->sql.data : "",
		told->sql.len) : json_null()));
}

/* Of a dry run: whether there is anything to do. */
static int
conclude(const struct migration *migration, const struct told *told,
    enum result result)
{
	if (told->json)
		say_json(told);
	if (result == RESULT_OK)
		return told->dry_run && json_array_size(told->applied) > 0 ?
		    EXIT_NO : EXIT_OK;
	return admin_fail(result == RESULT_INVALID ||
	    result == RESULT_REFUSED ? EXIT_USAGE : EXIT_AGAIN,
	    "migrate: %s", migration->error);
}

int
admin_migrate(const struct call *call)
{
	struct told told = {
		.json = admin_wants_json(call),
		.dry_run = (call->given & GIVEN_DRY_RUN) != 0,
		.applied = json_array(),
		.sql = BUFFER_EMPTY,
	};
	struct migration migration = {
		.directory = call->sql_directory,
		.dry_run = told.dry_run,
		.report = report,
		.user = &told,
	};
	struct db *db = db_new(call->config);
	int status;

	db_set_timeout(db, MIGRATE_TIMEOUT_MS);
	status = conclude(&migration, &told, db_migrate(db, &migration));
	db_free(db);
	json_decref(told.applied);
	buffer_free(&told.sql);
	return status;
}
