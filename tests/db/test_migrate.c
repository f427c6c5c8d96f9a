/* test_migrate.c: migrations: in order, once, and what goes wrong. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "database.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db_lock.h"
#include "db_migrate.h"

/* Migrations of these tests alone: a folder whose files are then removed. */
static char directory[] = "/tmp/parley-test-XXXXXX";
static char reported[256];

static void
report(void *user, const char *name, const char *statements)
{
	(void)user;
	(void)statements;
	strcat(reported, name);
	strcat(reported, " ");
}

static void
write_file(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* A database that knows nothing but the marks of what these tests make. */
static int
setup(void **state)
{
	strcpy(directory, "/tmp/parley-test-XXXXXX");
	assert_non_null(mkdtemp(directory));
	database_setup(state);
	database_run(*state, "DROP TABLE IF EXISTS schema_migrations, one, "
	    "two, three");
	write_file("schema.sql", "-- A comment; with a semicolon.\n"
	    "CREATE TABLE IF NOT EXISTS one (a INT);\n");
	return 0;
}

static int
teardown(void **state)
{
	char command[64];

	database_run(*state, "DROP TABLE IF EXISTS schema_migrations, one, "
	    "two, three");
	snprintf(command, sizeof(command), "rm -r %s", directory);
	assert_int_equal(system(command), 0);
	return database_teardown(state);
}

/* Migrates, and says what was reported and, in error, what was wrong. */
static enum result
run(struct db *db, bool dry_run, char error[1024])
{
	struct migration migration = { .directory = directory,
		.dry_run = dry_run, .report = report };
	enum result result;

	reported[0] = '\0';
	result = db_migrate(db, &migration);
	strcpy(error, migration.error);
	if (result == RESULT_OK)
		assert_string_equal(error, "");
	return result;
}

static void
files_are_applied_in_order_and_once(void **state)
{
	char error[1024];

	write_file("002-three.sql", "INSERT INTO two VALUES ('a;b');\n"
	    "CREATE TABLE three (a INT)");
	write_file("001-two.sql", "CREATE TABLE two (a TEXT);");
	assert_ok(run(*state, false, error));
	assert_string_equal(reported,
	    "schema.sql 001-two.sql 002-three.sql ");
	assert_ok(run(*state, false, error));
	assert_string_equal(reported, "");
	write_file("003-more.sql", "INSERT INTO three VALUES (3);");
	assert_ok(run(*state, false, error));
	assert_string_equal(reported, "003-more.sql ");
	assert_int_equal(database_number("SELECT a FROM three"), 3);
	assert_int_equal(database_number("SELECT COUNT(*) FROM two "
	    "WHERE a = 'a;b'"), 1);
}

static void
a_dry_run_changes_nothing(void **state)
{
	char error[1024];

	write_file("001-two.sql", "CREATE TABLE two (a INT);");
	assert_ok(run(*state, true, error));
	assert_string_equal(reported, "schema.sql 001-two.sql ");
	assert_int_equal(database_number("SELECT COUNT(*) FROM "
	    "information_schema.tables WHERE table_schema = DATABASE() AND "
	    "table_name IN ('one', 'two', 'schema_migrations')"), 0);
	assert_ok(run(*state, false, error));
	assert_ok(run(*state, true, error));
	assert_string_equal(reported, "");
}

static void
a_failure_names_file_statement_and_cause(void **state)
{
	char error[1024];

	write_file("001-two.sql", "CREATE TABLE two (a INT);\n"
	    "-- the next one is wrong\nCREATE TABEL three (a INT);\n");
	assert_int_equal(run(*state, false, error), RESULT_REFUSED);
	assert_non_null(strstr(error, "001-two.sql, statement 2"));
	assert_non_null(strstr(error, "TABEL"));
	assert_non_null(strstr(error, "1 before it was applied"));
	/* It is not recorded, so once repaired it is applied. */
	database_run(*state, "DROP TABLE two");
	write_file("001-two.sql", "CREATE TABLE two (a INT);\n"
	    "CREATE TABLE three (a INT);\n");
	assert_ok(run(*state, false, error));
	assert_string_equal(reported, "001-two.sql ");
}

static void
a_file_that_was_changed_afterwards_is_noticed(void **state)
{
	char error[1024];

	assert_ok(run(*state, false, error));
	write_file("schema.sql", "-- Another comment is no change.\n\n"
	    "CREATE TABLE IF NOT EXISTS one (a INT);\n\n");
	assert_ok(run(*state, false, error));
	write_file("schema.sql", "CREATE TABLE IF NOT EXISTS one (b INT);");
	assert_int_equal(run(*state, false, error), RESULT_INVALID);
	assert_non_null(strstr(error, "schema.sql was changed"));
}

static void
files_that_are_wrong_are_named(void **state)
{
	char error[1024];

	write_file("01-short.sql", "SELECT 1;");
	assert_int_equal(run(*state, false, error), RESULT_INVALID);
	assert_non_null(strstr(error, "01-short.sql"));
	assert_int_equal(remove(strcat(strcpy(error, directory),
	    "/01-short.sql")), 0);
	write_file("001-open.sql", "INSERT INTO one VALUES ('a;\n");
	assert_int_equal(run(*state, false, error), RESULT_INVALID);
	assert_non_null(strstr(error, "001-open.sql"));
	write_file("001-open.sql", "-- nothing\n");
	assert_int_equal(run(*state, false, error), RESULT_INVALID);
	assert_non_null(strstr(error, "001-open.sql"));
	assert_int_equal(remove(strcat(strcpy(error, directory),
	    "/schema.sql")), 0);
	assert_int_equal(run(*state, false, error), RESULT_INVALID);
	assert_non_null(strstr(error, "schema.sql"));
}

static void *
migrate(void *argument)
{
	struct migration migration = { .directory = directory };
	struct db *db = db_new(database_config());

	db_set_timeout(db, 30000);
	*(enum result *)argument = db_migrate(db, &migration);
	db_free(db);
	return NULL;
}

static void
two_at_once_are_as_one(void **state)
{
	enum result results[4];
	pthread_t threads[4];

	(void)state;
	write_file("001-two.sql", "CREATE TABLE two (a INT);\n"
	    "INSERT INTO two VALUES (SLEEP(0.2));");
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, migrate, &results[i]);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(results[i], RESULT_OK);
	}
	assert_int_equal(database_number("SELECT COUNT(*) FROM two"), 1);
}

#define MIGRATE_TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

const struct CMUnitTest migrate_tests[] = {
	MIGRATE_TEST(files_are_applied_in_order_and_once),
	MIGRATE_TEST(a_dry_run_changes_nothing),
	MIGRATE_TEST(a_failure_names_file_statement_and_cause),
	MIGRATE_TEST(a_file_that_was_changed_afterwards_is_noticed),
	MIGRATE_TEST(files_that_are_wrong_are_named),
	MIGRATE_TEST(two_at_once_are_as_one),
	NO_MORE_TESTS,
};
